"""The watch flow's runs and what each reported."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import cycle
from archive.types import Cycle
from archive.upsert import upsert


def save(connection: Connection, one: Cycle) -> None:
    """Store a cycle, or its figures so far."""
    row = asdict(one) | {"report": dict(one.report)}
    upsert(connection, cycle, [row], update=("finished", "report"))


def last(connection: Connection, limit: int = 1, *, before: datetime | None = None) -> list[Cycle]:
    """Return the newest cycles; with ``before``, of those that began by that time."""
    statement = sa.select(cycle).order_by(cycle.c.started.desc()).limit(limit)
    if before is not None:  # later ones were dated by a wrong clock
        statement = statement.where(cycle.c.started <= before)
    return [Cycle(**row) for row in connection.execute(statement).mappings()]
