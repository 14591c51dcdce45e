"""Analysts' labels, as stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

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


def remove(connection: Connection, ids: Sequence[str]) -> None:
    """Take labels back."""
    connection.execute(sa.delete(label).where(label.c.id.in_(ids)))


def get(connection: Connection, label_id: str) -> Label | None:
    """Return a label by its id, if it is there."""
    statement = sa.select(label).where(label.c.id == label_id)
    row = connection.execute(statement).mappings().first()
    return None if row is None else _label(row)


def every(connection: Connection) -> list[Label]:
    """Return all labels, oldest first."""
    statement = sa.select(label).order_by(label.c.at, label.c.id)
    return [_label(row) for row in connection.execute(statement).mappings()]


def reviewed(connection: Connection) -> list[Label]:
    """Return the newest label of each article that has one, by article id."""
    statement = (
        sa.select(label)
        .where(label.c.article_id.is_not(None))
        .order_by(label.c.article_id, label.c.at, label.c.id)
    )
    newest = {row["article_id"]: row for row in connection.execute(statement).mappings()}
    return [_label(row) for row in newest.values()]


def _label(row: RowMapping) -> Label:
    values = dict(row)
    labels, direction = tuple(values.pop("labels")), Direction(values.pop("direction"))
    return Label(**values, labels=labels, direction=direction)
