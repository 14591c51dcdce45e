"""Notices: what is wrong with which feed, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import feed_notice
from archive.types import FeedNotice
from archive.upsert import upsert


def put(connection: Connection, notices: Sequence[FeedNotice], *, renew: bool = False) -> None:
    """Store ``notices``, one a feed and kind.

    One that stands already keeps its ``since`` and takes the new ``detail``; ``renew`` sets
    ``since`` too, for what happens again rather than lasts.
    """
    changed = ("detail", "since") if renew else ("detail",)
    upsert(connection, feed_notice, [asdict(one) for one in notices], update=changed)


def clear(connection: Connection, feed_id: str, *kinds: str) -> None:
    """Take back the notices of ``kinds`` of one feed."""
    connection.execute(
        sa.delete(feed_notice).where(
            feed_notice.c.feed_id == feed_id, feed_notice.c.kind.in_(kinds)
        )
    )


def expire(connection: Connection, kind: str, before: datetime) -> None:
    """Take back the notices of a kind that stand since before then."""
    connection.execute(
        sa.delete(feed_notice).where(feed_notice.c.kind == kind, feed_notice.c.since < before)
    )


def every(connection: Connection, feed_id: str | None = None) -> list[FeedNotice]:
    """Return all notices, or those of one feed, by feed and kind."""
    statement = sa.select(feed_notice)
    if feed_id is not None:
        statement = statement.where(feed_notice.c.feed_id == feed_id)
    statement = statement.order_by(feed_notice.c.feed_id, feed_notice.c.kind)
    return [FeedNotice(**row) for row in connection.execute(statement).mappings()]
