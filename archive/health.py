"""Health: what feeds have given on their last days, as judging them needs it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import feed_day
from archive.types import FeedDay

_COLUMNS = tuple(column.name for column in feed_day.columns)


def days(connection: Connection, since: date) -> dict[str, list[FeedDay]]:
    """Return the days from ``since`` on, by the feed's id, the oldest first.

    A day on which a feed was not asked is left out.
    """
    found: defaultdict[str, list[FeedDay]] = defaultdict(list)
    statement = (
        sa.select(*(feed_day.c[name] for name in _COLUMNS))
        .where(feed_day.c.day >= since)
        .order_by(feed_day.c.feed_id, feed_day.c.day)
    )
    for row in connection.execute(statement):
        found[row[0]].append(FeedDay(*row))
    return dict(found)


def prune(connection: Connection, before: date) -> None:
    """Forget the days before that day."""
    connection.execute(sa.delete(feed_day).where(feed_day.c.day < before))
