"""Alembic's entry: runs migrations on the connection that ``archive.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from archive.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
