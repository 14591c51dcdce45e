"""Whether the database is sound: readable, whole, of the present schema, free to be written."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from archive.engine import Archive, ArchiveError, parse_url
from archive.migrate import is_ready

_STEPS = 10_000  # of SQLite's machine between two looks at the clock; a few ms
_CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Soundness:
    """What a look at the database has found.

    ``ready``: it is there and of this version's schema. ``faults``: what SQLite's own check says.
    ``whole`` is None when that check did not end in time. ``locked``: another process kept it
    from being written for the whole of the wait. ``size`` is in bytes, of an SQLite file with
    what is not merged into it yet; None on PostgreSQL.
    """

    ready: bool
    whole: bool | None = None
    faults: tuple[str, ...] = ()
    locked: bool = False
    size: int | None = None


def hasty(url: str) -> Archive:
    """Return an archive that does not wait for minutes when a PostgreSQL server is away.

    Raises:
        ArchiveError: it is neither an SQLite nor a PostgreSQL URL.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" and "connect_timeout" not in parsed.query:
        parsed = parsed.update_query_dict({"connect_timeout": str(_CONNECT_SECONDS)})
    return Archive(parsed.render_as_string(hide_password=False))


def look(archive: Archive, *, seconds: float, patience: float) -> Soundness:
    """Look the database over; nothing in it is changed.

    Args:
        archive: the database.
        seconds: how long SQLite may check the file; PostgreSQL looks after its own.
        patience: how long to wait, in seconds, for another process to end its writing.

    Raises:
        ArchiveError: the database does not answer.
    """
    if archive.path is not None and not archive.path.exists():
        return Soundness(ready=False)
    if archive.path is None or not is_ready(archive):
        return Soundness(ready=is_ready(archive), whole=archive.path is None or None)
    faults = _quick_check(archive, seconds)
    return Soundness(
        ready=True,
        whole=None if faults is None else not faults,
        faults=faults or (),
        locked=_is_locked(archive, patience),
        size=size_of(archive.path),
    )


def size_of(path: Path) -> int:
    """Return the bytes that an SQLite database takes, with its log of what is not merged yet."""
    files = [path, path.with_name(f"{path.name}-wal")]
    return sum(one.stat().st_size for one in files if one.exists())


def _quick_check(archive: Archive, seconds: float) -> tuple[str, ...] | None:
    """Return what SQLite finds wrong with its file, or None when it has not ended in time."""
    end = time.monotonic() + seconds
    with archive.read() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            rows = connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().all()
        except DBAPIError as error:
            if "interrupted" in str(error.orig):
                return None
            raise
        finally:
            driver.set_progress_handler(None, 0)
    return tuple(str(row) for row in rows if row != "ok")


def _is_locked(archive: Archive, patience: float) -> bool:
    """Whether no transaction that writes can be begun within ``patience`` seconds."""
    engine = sa.create_engine(archive.url, connect_args={"timeout": patience})
    try:
        with closing(engine.raw_connection()) as connection:
            driver = connection.driver_connection
            assert driver is not None
            driver.isolation_level = None
            driver.execute("BEGIN IMMEDIATE")
            driver.execute("ROLLBACK")
    except Exception as error:  # the driver's own, whose module is not ours to import
        if "locked" in str(error):
            return True
        raise ArchiveError(f"database {archive.path}: {error}; check its permissions") from None
    finally:
        engine.dispose()
    return False
