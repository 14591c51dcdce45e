"""Pauses: registered domains that asked to be left alone for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import pause
from archive.types import Pause
from archive.upsert import upsert

LONGEST = timedelta(hours=25)
"""A pause that ends later than this was stored while the clock was wrong; it does not count."""


def put(connection: Connection, pauses: Sequence[Pause]) -> None:
    """Store ``pauses``; of two for one domain the later one stands."""
    upsert(connection, pause, [asdict(one) for one in pauses], update=("until", "reason"))


def active(connection: Connection, now: datetime) -> tuple[Pause, ...]:
    """Return the pauses that have not ended at ``now``, by domain."""
    statement = (
        sa.select(pause)
        .where(pause.c.until > now, pause.c.until <= now + LONGEST)
        .order_by(pause.c.domain)
    )
    return tuple(Pause(**row) for row in connection.execute(statement).mappings())


def drop_ended(connection: Connection, now: datetime) -> None:
    """Forget the pauses that are over."""
    connection.execute(
        sa.delete(pause).where(sa.or_(pause.c.until <= now, pause.c.until > now + LONGEST))
    )
