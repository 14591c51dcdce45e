"""Entries: what feeds have named, and which of it is still owed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from archive import aliases
from archive.feeds import of_row
from archive.tables import entry, feed
from archive.types import DueEntry, Entry, EntryState, Feed
from archive.upsert import upsert

_ENTRY_FIELDS = tuple(f.name for f in fields(Entry))
_FEED_FIELDS = tuple(f.name for f in fields(Feed))
_SAID = ("url", "raw_url", "title", "author", "fingerprint", "published", "published_raw")
_KNOWN = ("guid", "fingerprint", "url", "title", "published")
_SHORT_WORD = 3  # letters; such words say little of what a title is about
_OWED = ("date_flag", "content", "state", "attempts", "next_try", "error")


LONGEST_WAIT = timedelta(days=2)
"""An entry that waits longer was put off while the clock was wrong; it counts as due."""


def observe(
    connection: Connection, feed_id: str, entries: Sequence[Entry], now: datetime
) -> tuple[int, int]:
    """Remember what a feed says; new and edited entries become due.

    A known entry whose URL has changed is the same article: the new URL becomes its alias.

    Returns:
        How many entries are new, and how many known ones the outlet has edited.
    """
    known = {
        row.guid: row
        for row in connection.execute(
            sa.select(*(entry.c[name] for name in _KNOWN)).where(
                entry.c.feed_id == feed_id, entry.c.guid.in_([e.guid for e in entries])
            )
        )
    }
    changed = [e for e in entries if _differs(known.get(e.guid), e)]
    moved = {e.url: known[e.guid].url for e in changed if _has_moved(known.get(e.guid), e)}
    if moved:
        held = aliases.resolve(connection, moved.values())
        aliases.add(connection, {url: held[old] for url, old in moved.items() if old in held}, now)
    owed = {"state": EntryState.DUE, "attempts": 0, "next_try": now, "error": None}
    rows = [asdict(e) | owed | {"first_seen": now} for e in changed]
    upsert(connection, entry, rows, update=(*_SAID, *_OWED))
    edited = sum(e.guid in known for e in changed)
    return len(changed) - edited, edited


def _differs(known: Row[Any] | None, one: Entry) -> bool:
    return known is None or known.fingerprint != one.fingerprint


def _has_moved(known: Row[Any] | None, one: Entry) -> bool:
    """Whether a known guid has a new URL of the same article.

    Feeds that number their places use a guid again for another article: then it has another
    date and no word of the title is left. And no feed may say so of another site's URLs.
    """
    if known is None or known.url == one.url or not _is_one_site(known.url, one.url):
        return False
    is_same_date = known.published is None or known.published == one.published
    return is_same_date or bool(_words(known.title) & _words(one.title))


def _is_one_site(one: str, other: str) -> bool:
    hosts = [(urlsplit(url).hostname or "").removeprefix("www.") for url in (one, other)]
    return hosts[0] == hosts[1]


def _words(title: str) -> set[str]:
    return {word for word in re.findall(r"\w+", title.casefold()) if len(word) > _SHORT_WORD}


def due(connection: Connection, now: datetime, limit: int = 5_000) -> list[DueEntry]:
    """Return entries that have yet to become articles and may be tried now, oldest first."""
    statement = (
        sa.select(
            *(entry.c[name].label(f"entry_{name}") for name in _ENTRY_FIELDS),
            *(feed.c[name].label(f"feed_{name}") for name in _FEED_FIELDS),
            entry.c.attempts,
            entry.c.first_seen,
        )
        .join(feed, feed.c.id == entry.c.feed_id)
        .where(entry.c.state == EntryState.DUE, feed.c.active)
        .where(sa.or_(entry.c.next_try <= now, entry.c.next_try > now + LONGEST_WAIT))
        .order_by(entry.c.first_seen, entry.c.published, entry.c.guid)
        .limit(limit)
    )
    return [
        DueEntry(
            entry=Entry(**{name: row[f"entry_{name}"] for name in _ENTRY_FIELDS}),
            feed=of_row(row, "feed_"),
            attempts=row["attempts"],
            first_seen=row["first_seen"],
        )
        for row in connection.execute(statement).mappings()
    ]


def stored(connection: Connection, entries: Iterable[Entry]) -> None:
    """Mark ``entries`` as turned into articles; the content they carried is let go.

    An entry that the feed edited in the meantime stays due.
    """
    rows = [{"of_feed": one.feed_id, "named": one.guid, "said": one.fingerprint} for one in entries]
    if rows:
        connection.execute(_stored(), rows)


@cache
def _stored() -> sa.Update:
    return (
        sa.update(entry)
        .where(
            entry.c.feed_id == sa.bindparam("of_feed"),
            entry.c.guid == sa.bindparam("named"),
            entry.c.fingerprint == sa.bindparam("said"),
        )
        .values(state=EntryState.STORED, error=None, content=None)
    )


def failed(connection: Connection, due_entry: DueEntry, error: str, retry: datetime | None) -> None:
    """Note a failed try; ``retry`` is when to try again, or None to give up."""
    one = due_entry.entry
    connection.execute(
        sa.update(entry)
        .where(entry.c.feed_id == one.feed_id, entry.c.guid == one.guid)
        .values(
            state=EntryState.FAILED if retry is None else EntryState.DUE,
            attempts=due_entry.attempts + 1,
            next_try=retry,
            error=error,
        )
    )


def postponed(connection: Connection, entries: Iterable[Entry], until: datetime) -> None:
    """Note that ``entries`` are not tried before ``until``; no try is counted."""
    for one in entries:
        connection.execute(
            sa.update(entry)
            .where(entry.c.feed_id == one.feed_id, entry.c.guid == one.guid)
            .where(entry.c.state == EntryState.DUE)
            .values(next_try=until)
        )
