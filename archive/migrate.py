"""Bringing a database to the schema of this version, with Alembic."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import alembic.config
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from archive.engine import Archive, ArchiveError

_UPGRADING = 0x7069766F74  # a lock of ours on PostgreSQL: one upgrade at a time


def _config() -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    return config


def upgrade(archive: Archive) -> None:
    """Create or upgrade the tables; a database that is up to date is only looked at.

    Raises:
        ArchiveError: the database was written by a newer pivotwatch, or does not answer.
    """
    if archive.path is not None:
        try:
            archive.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"{archive.path.parent}: {error.strerror}; name a folder that can be made"
            ) from error
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with archive.read() as connection:  # nobody waits for a writer, or for room, to be told so
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with archive.write() as connection:
        if connection.dialect.name != "sqlite":  # which has one writer as it is
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADING)))
        # another process may have been faster
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
            raise ArchiveError(
                f"the database has schema {current}, which this version does not know; "
                "install the pivotwatch that wrote it, or a newer one"
            )
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def is_ready(archive: Archive) -> bool:
    """Whether the database exists and has this version's schema."""
    if archive.path is not None and not archive.path.exists():
        return False
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with archive.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        return MigrationContext.configure(connection).get_current_revision() == head
