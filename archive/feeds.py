"""Feeds and what polling knows about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from archive import ids
from archive.tables import feed, feed_state
from archive.types import Feed, FeedState, Selectors
from archive.upsert import upsert

FURTHEST = timedelta(days=9)
"""A next poll further ahead than this was planned while the clock was wrong."""

_CLOCK_ERROR = timedelta(minutes=10)
_FEED_COLUMNS = (
    *("url", "outlet", "lang", "kind", "family", "country", "reliability"),
    *("form", "zone", "selectors"),
)
_STATE_COLUMNS = tuple(c.name for c in feed_state.columns if c.name != "feed_id")
_PAGE = 500  # well below SQLite's limit of bound values in one statement


def add(connection: Connection, feeds: Sequence[Feed], now: datetime) -> int:
    """Add ``feeds``, or update the ones with a known URL; return how many are new.

    A feed that has moved is known by its first URL and by the present one; it keeps the latter.
    """
    active = {row.id for row in connection.execute(sa.select(feed.c.id).where(feed.c.active))}
    rows = _as_known(connection, feeds)
    added = [asdict(f) | {"added": now, "active": True} for f in rows]
    upsert(connection, feed, added, update=(*_FEED_COLUMNS, "active"))
    upsert(connection, feed_state, [{"feed_id": f.id, "failures": 0} for f in rows])
    return len({f.id for f in rows} - active)


def remove(connection: Connection, url: str) -> bool:
    """Stop polling the feed at ``url``, where it is or was first; its articles stay.

    Returns:
        Whether it was there.
    """
    here = sa.or_(feed.c.url == url, feed.c.id == ids.feed_id(url))
    statement = sa.update(feed).where(here, feed.c.active).values(active=False)
    return connection.execute(statement).rowcount > 0


def adopt(connection: Connection, feed_id: str, url: str) -> bool:
    """Have a feed asked at ``url`` from now on; False when that is another feed's URL."""
    taken = sa.select(feed.c.id).where(feed.c.url == url, feed.c.id != feed_id)
    if connection.execute(taken).first() is not None:
        return False
    connection.execute(sa.update(feed).where(feed.c.id == feed_id).values(url=url))
    return True


def every(connection: Connection) -> list[tuple[Feed, FeedState]]:
    """Return all active feeds with their states, by outlet."""
    return _select(connection, sa.true())


def due(connection: Connection, now: datetime) -> list[tuple[Feed, FeedState]]:
    """Return the active feeds whose next poll is not in the future.

    One that was planned, or last asked, in what is now the far future is due too: the clock was
    wrong then.
    """
    state = feed_state.c
    return _select(
        connection,
        sa.or_(
            state.next_poll.is_(None),
            state.next_poll <= now,
            state.next_poll > now + FURTHEST,
            state.last_polled > now + _CLOCK_ERROR,
        ),
    )


def save_state(connection: Connection, state: FeedState) -> None:
    """Store what a poll has taught about a feed."""
    save_states(connection, [state])


def save_states(connection: Connection, states: Sequence[FeedState]) -> None:
    """Store what polls have taught about feeds, in one statement."""
    rows = [{name: getattr(s, name) for name in ("feed_id", *_STATE_COLUMNS)} for s in states]
    upsert(connection, feed_state, rows, update=_STATE_COLUMNS)


def _as_known(connection: Connection, feeds: Sequence[Feed]) -> list[Feed]:
    """Return ``feeds`` with the ids and URLs under which they are stored already, if they are."""
    by_url: dict[str, str] = {}
    by_id: dict[str, str] = {}
    for start in range(0, len(feeds), _PAGE):
        part = feeds[start : start + _PAGE]
        for condition in (
            feed.c.url.in_([f.url for f in part]),
            feed.c.id.in_([f.id for f in part]),
        ):
            for row in connection.execute(sa.select(feed.c.id, feed.c.url).where(condition)):
                by_url[row.url] = row.id
                by_id[row.id] = row.url
    return [
        replace(f, id=by_url[f.url]) if f.url in by_url else replace(f, url=by_id.get(f.id, f.url))
        for f in feeds
    ]


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
    values: dict[str, Any] = {name: row[prefix + name] for name in ("id", *_FEED_COLUMNS)}
    chosen = values.pop("selectors")
    return Feed(**values, selectors=Selectors(**chosen) if chosen else None)


def _state(row: RowMapping) -> FeedState:
    values = {name: row[name] for name in _STATE_COLUMNS}
    for name in ("rhythm", "gaps"):
        values[name] = tuple(values[name] or ())
    return FeedState(feed_id=row["feed_id"], **values)
