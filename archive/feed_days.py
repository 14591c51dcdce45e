"""What each feed has given, day by day: counters that polling and collecting add to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import feed_day
from archive.types import FeedDay
from archive.upsert import upsert

COUNTERS = tuple(f.name for f in fields(FeedDay) if f.name not in {"feed_id", "day"})


def count(connection: Connection, feed_id: str, day: date, **increments: int) -> None:
    """Add ``increments``, by the names of ``FeedDay``'s counters, to a feed's day (UTC)."""
    add(connection, [FeedDay(feed_id, day, **increments)])


def add(connection: Connection, days: Sequence[FeedDay]) -> None:
    """Add the counters of ``days`` to what is stored of these days."""
    upsert(connection, feed_day, [asdict(one) for one in days], increment=COUNTERS)


def since(connection: Connection, day: date, feed_id: str | None = None) -> list[FeedDay]:
    """Return the days from ``day`` on, of one feed or of all, by feed and day."""
    statement = sa.select(feed_day).where(feed_day.c.day >= day)
    if feed_id is not None:
        statement = statement.where(feed_day.c.feed_id == feed_id)
    rows = connection.execute(statement.order_by(feed_day.c.feed_id, feed_day.c.day)).mappings()
    return [FeedDay(**row) for row in rows]
