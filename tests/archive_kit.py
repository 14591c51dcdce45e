"""Empty archives for tests: the schema is made once a test process, and copied."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import Archive, upgrade


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        with closing(Archive(f"sqlite:///{path}")) as archive:
            upgrade(archive)
        return path.read_bytes()


def new_archive(folder: Path) -> Archive:
    """An empty archive on SQLite with the current schema."""
    path = folder / "pivotwatch.db"
    path.write_bytes(_migrated())
    return Archive(f"sqlite:///{path}")
