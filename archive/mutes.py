"""What is muted, by whom, why and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import mute
from archive.types import Mute, MuteKind
from archive.upsert import upsert


def add(connection: Connection, one: Mute) -> None:
    """Store a mute; one with the same id, on the same thing, takes the place of the earlier."""
    row = asdict(one) | {"kind": one.kind.value}
    columns = [name for name in row if name != "id"]
    upsert(connection, mute, [row], update=columns)


def lift(connection: Connection, mute_id: str, at: datetime) -> bool:
    """End a mute before its time; False when there is none that still holds."""
    holds = sa.and_(mute.c.id == mute_id, mute.c.lifted.is_(None), mute.c.expires > at)
    return connection.execute(sa.update(mute).where(holds).values(lifted=at)).rowcount > 0


def active(connection: Connection, now: datetime) -> list[Mute]:
    """Return the mutes that hold, oldest first."""
    holds = sa.and_(mute.c.created <= now, mute.c.expires > now, mute.c.lifted.is_(None))
    statement = sa.select(mute).where(holds).order_by(mute.c.created, mute.c.id)
    return [_mute(row) for row in connection.execute(statement).mappings()]


def every(connection: Connection) -> list[Mute]:
    """Return all mutes there ever were, newest first."""
    statement = sa.select(mute).order_by(mute.c.created.desc(), mute.c.id)
    return [_mute(row) for row in connection.execute(statement).mappings()]


def _mute(row: Mapping[Any, Any]) -> Mute:
    return Mute(**(dict(row) | {"kind": MuteKind(row["kind"])}))
