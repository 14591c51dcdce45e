"""INSERT … ON CONFLICT in the dialect at hand: the one statement SQLAlchemy Core has no neutral
form for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

Row = Mapping[str, Any]


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: Sequence[Row],
    *,
    update: Sequence[str] = (),
    increment: Sequence[str] = (),
) -> None:
    """Insert ``rows``; where the primary key exists, set the ``update`` columns and add to the
    ``increment`` columns, or do nothing when there are neither."""
    if not rows:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    keys = list(table.primary_key.columns)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in update}
    changed |= {name: table.c[name] + statement.excluded[name] for name in increment}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, [dict(row) for row in rows])
