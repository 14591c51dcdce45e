"""Opening the database: SQLite in WAL mode or PostgreSQL, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)

CACHE_KIB = 8_192
"""Page cache of a SQLite connection. With the usual 2 MiB a writer into a million articles reads
the same index pages again and again, a quarter of its time."""

BUSY_TIMEOUT_MS = 45_000  # below a message's lease of 60 s, above the longest transaction seen


class ArchiveError(Exception):
    """The database could not be opened, read or written; the message says why and what to do."""


def parse_url(url: str) -> URL:
    """Return ``url`` as SQLAlchemy's, with the synchronous psycopg driver for PostgreSQL.

    Raises:
        ArchiveError: it is neither an SQLite nor a PostgreSQL URL.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        backend = ""
    if backend == "sqlite":
        return parsed
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise ArchiveError(
        "[database] url: not an SQLite or PostgreSQL URL; "
        "write sqlite:////path/to/file.db or postgresql://user@host/name"
    )


class Archive:
    """The database behind pivotwatch. Open it once a process; connections are pooled."""

    def __init__(self, url: str) -> None:
        """Prepare an engine for ``url``; nothing is opened before the first transaction."""
        self.url = parse_url(url)
        self.engine: Engine = _create_engine(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is an SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read-only view for the length of the block.

        Raises:
            ArchiveError: the database does not answer.
        """
        with _errors(self.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open one transaction that is committed when the block ends without an error.

        On SQLite it begins with BEGIN IMMEDIATE: a deferred one that reads first and writes
        later fails at once with SQLITE_BUSY_SNAPSHOT, whatever the busy timeout.

        Raises:
            ArchiveError: the database does not answer, is full, or stayed locked.
        """
        writer = self.engine.execution_options(pivotwatch_write=True)
        with _errors(self.url), writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def _create_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("pivotwatch_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def _errors(url: URL) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise  # a mistake of this code, not of the database's
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        raise ArchiveError(f"database {shown(url)}: {reason}; {_remedy(reason)}") from error


def shown(url: URL) -> str:
    """Return a URL as it may be printed: without a password, in whatever part it stands."""
    return url.set(query={}).render_as_string(hide_password=True)


def _remedy(reason: str) -> str:
    if "locked" in reason:
        return "another process holds it; the next run tries again"
    if "full" in reason or "disk I/O" in reason:
        return "free some disk space; nothing was lost, the next run goes on"
    if "no such table" in reason:
        return "run `pivotwatch init` first"
    if "not a database" in reason or "malformed" in reason:
        return "the file is damaged; restore it from a backup"
    if "unable to open" in reason:
        return "check that the folder exists and may be written, or run `pivotwatch init`"
    return "check [database] url and that the server runs"
