"""Collecting: turns due entries into articles."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import anyio
from sqlalchemy.engine import Connection

from archive import Archive, ids
from archive import articles as article_store
from archive import entries as entry_store
from archive.types import Article, DueEntry
from feeds import crew
from feeds.copies import find_original
from feeds.dates import parse_date
from feeds.language import detect
from feeds.pace import Pace
from feeds.page import Fetched, PageAwayError, PageError, PageGoneError, PageReader
from feeds.schedule import page_retry
from feeds.settings import FeedsSettings
from feeds.types import Progress
from feeds.workers import Workers
from net import Door

_log = logging.getLogger(__name__)
FUTURE = timedelta(days=1)  # a date further ahead of us is none
LONGEST_AWAY = timedelta(days=3)  # a page that cannot be reached is tried that long
BATCH = 50
"""Articles a transaction at most: what a crash can make be fetched again."""


@dataclass(frozen=True, slots=True)
class CollectReport:
    """How a round of collecting went: articles new, with a new version, new ones that copy
    another article's text (counted in ``new`` too), pages that failed, and one line for each."""

    new: int
    updated: int
    duplicate: int
    failed: int
    errors: tuple[str, ...]


async def collect(
    archive: Archive,
    door: Door,
    settings: FeedsSettings,
    now: datetime,
    *,
    on_progress: Progress | None = None,
    pace: Pace | None = None,
    seconds: float = math.inf,
) -> CollectReport:
    """Fetch, extract and store the articles behind the entries that are due at ``now``.

    Entries with one canonical URL are one article, fetched once. An entry that carries the whole
    text is not fetched at all. Results are stored as they arrive, so that a crash loses what is
    in flight, and the entries of that stay due. ``on_progress`` is called in another thread;
    ``pace`` is the one that ``poll`` has used. After ``seconds`` no further page is begun; what
    is left stays due.

    Raises:
        ArchiveError: the database failed; what was stored before stays.
    """
    with archive.read() as connection:
        groups = _by_article(entry_store.due(connection, now))
        known = article_store.current(connection, groups)
    keeper = _Keeper(archive, now, len(groups), on_progress)
    async with Workers(settings.workers, settings.deadline) as workers:
        pace = pace or Pace(settings.parallel, door.is_open)
        reader = PageReader(door, workers, pace, settings.page_spacing)
        until = time.monotonic() + seconds
        collector = _Collector(reader, now, settings.attempts, until, anyio.CapacityLimiter(1))
        jobs = [partial(collector.take, group, known.get(key)) for key, group in groups.items()]
        await crew.run(jobs, keeper.keep, BATCH)
    return keeper.report()


def _by_article(due: Sequence[DueEntry]) -> dict[str, tuple[DueEntry, ...]]:
    groups: dict[str, tuple[DueEntry, ...]] = {}
    for one in due:
        key = ids.article_id(one.entry.url)
        groups[key] = (*groups.get(key, ()), one)
    return groups


@dataclass(frozen=True, slots=True)
class _Taken:
    """What the entries of one article have come to: the article, or an error, or neither when it
    is held already and they only name it again."""

    group: tuple[DueEntry, ...]
    article: Article | None = None
    shingles: tuple[int, ...] = ()
    held: bool = False
    error: str = ""
    retry: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Collector:
    """Makes articles of entries; stores nothing."""

    reader: PageReader
    now: datetime
    attempts: int
    until: float
    one: anyio.CapacityLimiter

    async def take(self, group: tuple[DueEntry, ...], held: Article | None) -> _Taken:
        """Turn entries with one canonical URL into its article; ``held`` is what we have of it.

        Only the feed that an article came from can say that it was edited; entries of other
        feeds name it again.
        """
        own = [due for due in group if held is None or due.feed.id == held.feed_id]
        if not own:
            return _Taken(group)
        lead = max(own, key=lambda due: due.entry.content is not None)  # the first that has it
        if time.monotonic() >= self.until:
            return _Taken(())
        try:
            fetched = await self.reader.read(lead.entry)
            page = fetched.page
            lang = await self._language(f"{page.title}\n{page.text}", lead.feed.lang)
        except PageError as error:
            retry = self._retry(lead, error)
            ending = "given up" if retry is None else "tried again later"
            return _Taken(group, error=f"{error}; {ending}", retry=retry)
        except Exception as error:  # one page, however odd, must not stop the others
            _log.exception("page %s could not be read", lead.entry.raw_url)
            line = f"{lead.entry.raw_url}: {type(error).__name__} while it was read; given up"
            return _Taken(group, error=line)
        article = _article(lead, fetched, lang)
        if held is not None:
            article = replace(article, first_seen=self.now)  # of the new version
        return _Taken(group, article, page.shingles, held is not None)

    def _retry(self, due: DueEntry, error: PageError) -> datetime | None:
        """Return when a page is tried again: an outage of hours must not cost an article."""
        if isinstance(error, PageAwayError):
            waited = self.now - due.first_seen
            return None if waited > LONGEST_AWAY else page_retry(self.now, due.attempts)
        if isinstance(error, PageGoneError) or due.attempts + 1 >= self.attempts:
            return None
        return page_retry(self.now, due.attempts)

    async def _language(self, text: str, declared: str) -> str:
        # one at a time: the first call loads a model
        return await anyio.to_thread.run_sync(detect, text, declared, limiter=self.one)


def _article(due: DueEntry, fetched: Fetched, lang: str) -> Article:
    entry, feed, page = due.entry, due.feed, fetched.page
    published, flag = entry.published, entry.date_flag
    if published is None:
        published, page_flag = parse_date(page.date)
        flag = page_flag if published else flag
    if published is not None and published > due.first_seen + FUTURE:
        published, flag = due.first_seen, "bad"  # 9999-12-31 and its like
    title = entry.title or page.title
    return Article(
        id=ids.article_id(entry.url),
        url=entry.url,
        title=title,
        text=page.text,
        lang=lang,
        outlet=feed.outlet,
        published=published,
        first_seen=due.first_seen,
        final_url=fetched.url,
        author=entry.author or page.author,
        feed_id=feed.id,
        family=feed.family,
        kind=feed.kind,
        reliability=feed.reliability,
        date_flag=flag,
        content_hash=ids.content_hash(title, page.text),
        reservation=fetched.reservation,
    )


def _appeared(one: _Taken) -> datetime:
    first = one.group[0]
    return (one.article and one.article.published) or first.entry.published or first.first_seen


class _Keeper:
    """Stores what has been taken, a batch a transaction, and keeps count."""

    def __init__(
        self, archive: Archive, now: datetime, total: int, on_progress: Progress | None
    ) -> None:
        self._archive = archive
        self._now = now
        self._total = total
        self._on_progress = on_progress
        self._count: Counter[str] = Counter()
        self._errors: list[str] = []

    def keep(self, taken: list[_Taken]) -> None:
        """Store one batch; nothing of it is counted unless all of it was stored."""
        taken = [one for one in taken if one.group]  # the rest was not begun and stays due
        ordered = sorted(taken, key=_appeared)  # so that of two copies the first is the original
        with self._archive.write() as connection:
            counted = Counter(word for one in ordered for word in self._store(connection, one))
        self._count.update(counted)
        self._errors.extend(one.error for one in taken if one.error)
        if self._on_progress is not None:
            self._on_progress(self._count["taken"], self._total)

    def _store(self, connection: Connection, one: _Taken) -> tuple[str, ...]:
        if one.error:
            for due in one.group:
                entry_store.failed(connection, due, one.error, one.retry)
            return ("taken",)
        entry_store.stored(connection, (due.entry for due in one.group))
        article = one.article
        if article is None:
            return ("taken",)
        if not one.held:
            copy_of, origin = find_original(connection, article, one.shingles, self._now)
            article = replace(article, copy_of=copy_of, origin=origin)
        done = article_store.put(connection, article, one.shingles)
        is_copy = done == "new" and article.copy_of is not None
        return ("taken", done, "duplicate") if is_copy else ("taken", done)

    def report(self) -> CollectReport:
        """Return the figures so far."""
        return CollectReport(
            new=self._count["new"],
            updated=self._count["updated"],
            duplicate=self._count["duplicate"],
            failed=len(self._errors),
            errors=tuple(self._errors),
        )
