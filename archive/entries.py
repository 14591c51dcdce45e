"""Entries: what feeds have named, and which of it is still owed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.feeds import of_row
from archive.tables import entry, feed
from archive.types import DueEntry, Entry, EntryState, Feed
from archive.upsert import upsert

_ENTRY_FIELDS = tuple(f.name for f in fields(Entry))
_FEED_FIELDS = tuple(f.name for f in fields(Feed))
_SAID = ("url", "raw_url", "title", "author", "fingerprint", "published", "published_raw")
_OWED = ("date_flag", "content", "state", "attempts", "next_try", "error")


def observe(
    connection: Connection, feed_id: str, entries: Sequence[Entry], now: datetime
) -> tuple[int, int]:
    """Remember what a feed says; new and edited entries become due.

    Returns:
        How many entries are new, and how many known ones the outlet has edited.
    """
    known = {
        row.guid: row.fingerprint
        for row in connection.execute(
            sa.select(entry.c.guid, entry.c.fingerprint).where(
                entry.c.feed_id == feed_id, entry.c.guid.in_([e.guid for e in entries])
            )
        )
    }
    changed = [e for e in entries if known.get(e.guid) != e.fingerprint]
    owed = {"state": EntryState.DUE, "attempts": 0, "next_try": now, "error": None}
    rows = [asdict(e) | owed | {"first_seen": now} for e in changed]
    upsert(connection, entry, rows, update=(*_SAID, *_OWED))
    edited = sum(e.guid in known for e in changed)
    return len(changed) - edited, edited


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
        .where(entry.c.state == EntryState.DUE, entry.c.next_try <= now, feed.c.active)
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
    for one in entries:
        connection.execute(
            sa.update(entry)
            .where(
                entry.c.feed_id == one.feed_id,
                entry.c.guid == one.guid,
                entry.c.fingerprint == one.fingerprint,
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
