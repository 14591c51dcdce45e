"""Feeds and what polling knows about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from archive.tables import feed, feed_state
from archive.types import Feed, FeedState, Selectors
from archive.upsert import upsert

_FEED_COLUMNS = (
    *("url", "outlet", "lang", "kind", "family", "country", "reliability"),
    *("form", "zone", "selectors"),
)
_STATE_COLUMNS = tuple(c.name for c in feed_state.columns if c.name != "feed_id")


def add(connection: Connection, feeds: Sequence[Feed], now: datetime) -> int:
    """Add ``feeds``, or update the ones with a known URL; return how many are new."""
    known = {row.id for row in connection.execute(sa.select(feed.c.id).where(feed.c.active))}
    rows = [asdict(f) | {"added": now, "active": True} for f in feeds]
    upsert(connection, feed, rows, update=(*_FEED_COLUMNS, "active"))
    upsert(connection, feed_state, [{"feed_id": f.id, "failures": 0} for f in feeds])
    return len({f.id for f in feeds} - known)


def remove(connection: Connection, url: str) -> bool:
    """Stop polling the feed at ``url``; its articles stay. Return whether it was there."""
    statement = sa.update(feed).where(feed.c.url == url, feed.c.active).values(active=False)
    return connection.execute(statement).rowcount > 0


def every(connection: Connection) -> list[tuple[Feed, FeedState]]:
    """Return all active feeds with their states, by outlet."""
    return _select(connection, sa.true())


def due(connection: Connection, now: datetime) -> list[tuple[Feed, FeedState]]:
    """Return the active feeds whose next poll is not in the future."""
    return _select(
        connection, sa.or_(feed_state.c.next_poll.is_(None), feed_state.c.next_poll <= now)
    )


def save_state(connection: Connection, state: FeedState) -> None:
    """Store what a poll has taught about a feed."""
    upsert(connection, feed_state, [asdict(state)], update=_STATE_COLUMNS)


def _select(
    connection: Connection, condition: sa.ColumnElement[bool]
) -> list[tuple[Feed, FeedState]]:
    statement = (
        sa.select(feed, feed_state)
        .join(feed_state, feed_state.c.feed_id == feed.c.id)
        .where(feed.c.active, condition)
        .order_by(feed.c.outlet, feed.c.url)
    )
    return [(of_row(row), _state(row)) for row in connection.execute(statement).mappings()]


def of_row(row: RowMapping, prefix: str = "") -> Feed:
    """Return the feed in a row whose columns begin with ``prefix``."""
    values = {name: row[prefix + name] for name in ("id", *_FEED_COLUMNS)}
    chosen = values.pop("selectors")
    return Feed(**values, selectors=Selectors(**chosen) if chosen else None)


def _state(row: RowMapping) -> FeedState:
    values = {name: row[name] for name in _STATE_COLUMNS}
    for name in ("rhythm", "gaps"):
        values[name] = tuple(values[name] or ())
    return FeedState(feed_id=row["feed_id"], **values)
