"""Opening what the commands work with: home, configuration, archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from archive import Archive, upgrade
from flows.home import Home
from flows.settings import Settings, load


@dataclass(frozen=True, slots=True)
class Opened:
    """A home with its checked configuration and its open archive."""

    home: Home
    settings: Settings
    archive: Archive


@contextmanager
def opened() -> Iterator[Opened]:
    """Open the home that the environment names, for the length of the block.

    Raises:
        ConfigError: the configuration is missing or has mistakes.
        ArchiveError: the database does not answer.
    """
    home = Home.find()
    settings = load(home)
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        yield Opened(home, settings, archive)


def settings_if_any(home: Home) -> Settings | None:
    """Return the configuration, or None where ``init`` has not run: some commands need none."""
    return load(home) if home.config.exists() else None
