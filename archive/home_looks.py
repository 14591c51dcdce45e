"""Looks at home pages: what they have shown of feeds that are suspected of silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import aliases
from archive.listed import bound, listed
from archive.tables import entry, home_look
from archive.types import HomeLook
from archive.upsert import upsert

_SAID = tuple(column.name for column in home_look.columns if column.name != "feed_id")


def every(connection: Connection) -> dict[str, HomeLook]:
    """Return what is remembered of looks, by the feed's id."""
    rows = connection.execute(sa.select(home_look)).mappings()
    return {row["feed_id"]: _of_row({**row}) for row in rows}


def put(connection: Connection, looks: Sequence[HomeLook]) -> None:
    """Store what looks have shown, in place of what was stored of these feeds before."""
    rows = [
        asdict(one) | {"fresh": [[url, at.timestamp()] for url, at in one.fresh]} for one in looks
    ]
    upsert(connection, home_look, rows, update=_SAID)


def forget(connection: Connection, feed_ids: Iterable[str]) -> None:
    """Forget the looks for feeds that are no longer suspected."""
    ids = list(feed_ids)
    if ids:
        connection.execute(sa.delete(home_look).where(home_look.c.feed_id.in_(ids)))


def named(connection: Connection, feed_id: str, most: int) -> tuple[str, ...]:
    """Return the URLs that a feed has named last, the newest first."""
    statement = (
        sa.select(entry.c.url)
        .where(entry.c.feed_id == feed_id)
        .order_by(entry.c.first_seen.desc(), entry.c.published.desc())
        .limit(most)
    )
    return tuple(connection.scalars(statement))


def known(connection: Connection, feed_id: str, urls: Iterable[str]) -> set[str]:
    """Return those of ``urls`` that name an article of the archive or an entry of the feed."""
    asked = tuple(dict.fromkeys(urls))
    among = sa.select(listed(connection.dialect.name, "urls").c.value)
    own = sa.select(entry.c.url).where(entry.c.feed_id == feed_id, entry.c.url.in_(among))
    entries = connection.scalars(own, {"urls": bound(asked)})
    return {*aliases.resolve(connection, asked), *entries}


def _of_row(row: dict[str, Any]) -> HomeLook:
    row["baseline"] = tuple(row["baseline"] or ())
    fresh = row["fresh"] or ()
    row["fresh"] = tuple((url, datetime.fromtimestamp(at, UTC)) for url, at in fresh)
    return HomeLook(**row)
