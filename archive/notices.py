"""Notices: what is wrong with a feed, and since when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import feed, feed_notice
from archive.types import FeedNotice
from archive.upsert import upsert


def every(connection: Connection) -> list[FeedNotice]:
    """Return the notices of all active feeds, the oldest first."""
    statement = (
        sa.select(feed_notice)
        .join(feed, feed.c.id == feed_notice.c.feed_id)
        .where(feed.c.active)
        .order_by(feed_notice.c.since, feed_notice.c.feed_id, feed_notice.c.kind)
    )
    return [FeedNotice(**row) for row in connection.execute(statement).mappings()]


def put(connection: Connection, notices: Iterable[FeedNotice]) -> None:
    """Store ``notices``; one that is known gets the new line and keeps its ``since``."""
    upsert(connection, feed_notice, [asdict(one) for one in notices], update=("detail",))


def clear(connection: Connection, feed_id: str, kinds: Collection[str]) -> None:
    """Forget the notices of a feed that are of these ``kinds``."""
    connection.execute(
        sa.delete(feed_notice).where(
            feed_notice.c.feed_id == feed_id, feed_notice.c.kind.in_(kinds)
        )
    )
