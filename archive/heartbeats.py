"""Signs of life: when something was last seen at work, and whether it was well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import heartbeat
from archive.upsert import upsert


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of ``name``: when, whether it was well, and what it had to say."""

    name: str
    at: datetime
    ok: bool = True
    detail: str = ""


def put(connection: Connection, beats: Iterable[Beat]) -> None:
    """Store signs of life, each in place of the one before."""
    rows = [asdict(one) for one in beats]
    upsert(connection, heartbeat, rows, update=("at", "ok", "detail"))


def every(connection: Connection) -> dict[str, Beat]:
    """Return the last sign of life of everything that has given one, by name."""
    rows = connection.execute(sa.select(heartbeat)).mappings()
    return {row["name"]: Beat(**row) for row in rows}
