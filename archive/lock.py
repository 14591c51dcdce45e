"""One holder at a time across processes, freed by the system when the holder dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from archive.engine import Archive
from archive.ids import digest


class BusyError(Exception):
    """Somebody else holds the lock."""


@contextmanager
def only_one(archive: Archive, name: str) -> Iterator[None]:
    """Hold the lock ``name`` for the block.

    A file lock beside the SQLite file, or a PostgreSQL session-level advisory lock: both end
    with the process that holds them, so a killed run blocks nobody.

    Raises:
        BusyError: another process holds it.
    """
    if archive.path is not None:
        with _file_lock(archive.path.with_name(f"{name}.lock"), name):
            yield
        return
    key = int.from_bytes(digest("lock", name).encode()[:7], "big")
    # A connection of its own that is not in a transaction: idle sessions hold the lock for free.
    with archive.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key)))
        if not taken:
            raise BusyError(name)
        try:
            yield
        finally:
            with suppress(DBAPIError):  # the connection is gone, and the lock with it
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


@contextmanager
def _file_lock(path: Path, name: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(name) from error
        yield
