"""Where pivotwatch keeps its state: one directory, ``PIVOTWATCH_HOME``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "PIVOTWATCH_HOME"
DEFAULT = Path(".pivotwatch")
SHIPPED_SEEDS = Path(__file__).resolve().parent.parent / "seeds"
"""The labelled corpus that comes with pivotwatch."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory and the places in it."""

    root: Path

    @classmethod
    def find(cls) -> Home:
        """Return the home that the environment names, or ``./.pivotwatch``."""
        return cls(Path(os.environ.get(VARIABLE) or DEFAULT).expanduser().resolve())

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.root / "pivotwatch.toml"

    @property
    def database(self) -> Path:
        """The SQLite database, unless the configuration names another one."""
        return self.root / "pivotwatch.db"

    @property
    def models(self) -> Path:
        """The model files and their cards."""
        return self.root / "models"

    @property
    def captures(self) -> Path:
        """The raw responses behind the articles: see ``feeds.captures``."""
        return self.root / "captures"

    @property
    def prefect(self) -> Path:
        """Prefect's own database and settings, apart from any other Prefect of this user."""
        return self.root / "prefect"

    @property
    def logs(self) -> Path:
        """Log files of the processes that ``up`` starts."""
        return self.root / "logs"

    @property
    def link_key(self) -> Path:
        """The key that signs links, when the configuration names none."""
        return self.root / "link.key"

    @property
    def server(self) -> Path:
        """A note of the running Prefect server: address and process id."""
        return self.root / "server.json"
