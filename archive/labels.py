"""Analysts' labels, as stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import label
from archive.types import Direction, Label
from archive.upsert import upsert


def add(connection: Connection, labels: Sequence[Label]) -> None:
    """Store labels; a later one with the same id replaces the earlier."""
    rows = [
        asdict(one) | {"labels": list(one.labels), "direction": one.direction.value}
        for one in labels
    ]
    upsert(connection, label, rows, update=("labels", "direction", "at"))


def every(connection: Connection) -> list[Label]:
    """Return all labels, oldest first."""
    statement = sa.select(label).order_by(label.c.at, label.c.id)
    return [
        Label(
            **(
                dict(row)
                | {"labels": tuple(row["labels"]), "direction": Direction(row["direction"])}
            )
        )
        for row in connection.execute(statement).mappings()
    ]
