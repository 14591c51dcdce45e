"""Collecting: turns due entries into articles."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import anyio
from sqlalchemy.engine import Connection

from archive import Archive, aliases, ids, pauses
from archive import articles as article_store
from archive import entries as entry_store
from archive.types import DueEntry
from feeds import crew
from feeds.captures import Captures
from feeds.identity import MANY_VERSIONS, spellings
from feeds.pace import Pace
from feeds.page import PageReader
from feeds.robots import Robots
from feeds.settings import FeedsSettings
from feeds.storing import CollectReport, Keeper
from feeds.taking import Taker, Work
from feeds.types import Progress
from feeds.workers import Workers
from net import Door

__all__ = ["CollectReport", "collect"]

BATCH = 50
"""Articles a transaction at most: what a crash can make be fetched again."""
REST = timedelta(days=1)
"""Between two versions of an article that has had very many."""


async def collect(
    archive: Archive,
    door: Door,
    settings: FeedsSettings,
    now: datetime,
    *,
    on_progress: Progress | None = None,
    pace: Pace | None = None,
    seconds: float = math.inf,
    captures: Captures | None = None,
) -> CollectReport:
    """Fetch, extract and store the articles behind the entries that are due at ``now``.

    Entries whose URLs are known to name one article are one, fetched once. An entry that carries
    the whole text is not fetched at all. Results are stored as they arrive, so that a crash loses
    what is in flight, and the entries of that stay due. ``on_progress`` is called in another
    thread; ``pace`` is the one that ``poll`` has used. After ``seconds`` no further page is begun;
    what is left stays due. ``captures`` keeps what each version was read from.

    Raises:
        ArchiveError: the database failed; what was stored before stays.
    """
    pace = pace or Pace(settings.parallel, door.is_open)
    with archive.read() as connection:
        work = _work(connection, now)
        pace.load(pauses.active(connection, now), now)
    keeper = Keeper(archive, now, pace, len(work), on_progress)
    async with Workers(settings.workers, settings.deadline) as workers:
        robots = Robots(archive, door, pace, settings.page_spacing, now)
        reader = PageReader(door, workers, pace, settings.page_spacing, robots, now)
        until = time.monotonic() + seconds
        taker = Taker(reader, captures, now, settings.attempts, until, anyio.CapacityLimiter(1))
        await crew.run([partial(taker.take, one) for one in work], keeper.keep, BATCH)
    await anyio.to_thread.run_sync(keeper.prune)
    return keeper.report()


def _work(connection: Connection, now: datetime) -> list[Work]:
    due = entry_store.due(connection, now)
    named = aliases.resolve(connection, (url for one in due for url in spellings(one.entry.url)))
    groups = _by_article(due, named)
    held = article_store.current(connection, groups)
    many = [key for key, article in held.items() if article.version >= MANY_VERSIONS]
    rests = article_store.changed_since(connection, many, now - REST)
    put_off = {key: min(seen, now) + REST for key, seen in rests.items()}
    return [Work(group, held.get(key), put_off.get(key)) for key, group in groups.items()]


def _by_article(
    due: Sequence[DueEntry], named: Mapping[str, str]
) -> dict[str, tuple[DueEntry, ...]]:
    """Return the entries by the article they name; ``named`` are the URLs that are known."""
    known = dict(named)
    groups: dict[str, tuple[DueEntry, ...]] = {}
    for one in due:
        urls = spellings(one.entry.url)
        key = next((known[url] for url in urls if url in known), ids.article_id(one.entry.url))
        for url in urls:
            known.setdefault(url, key)
        groups[key] = (*groups.get(key, ()), one)
    return groups
