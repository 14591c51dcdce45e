"""Polling: asks the feeds that are due and remembers what is new in them."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from archive import Archive
from archive import entries as entry_store
from archive import feeds as feed_store
from archive.types import Entry, Feed, FeedState
from feeds import crew
from feeds.errors import FeedError
from feeds.pace import Pace
from feeds.schedule import after_failure, after_success
from feeds.settings import FeedsSettings
from feeds.types import Progress, status_line
from feeds.workers import Workers
from net import FEED_LIMITS, Door, NetError, Response

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PollReport:
    """How a round of polling went: feeds asked, feeds with nothing new to read, feeds that
    failed, entries new and edited, and one line for each failure."""

    polled: int
    unchanged: int
    failed: int
    new_entries: int
    edited_entries: int
    errors: tuple[str, ...]


async def poll(
    archive: Archive,
    door: Door,
    settings: FeedsSettings,
    now: datetime,
    *,
    everything: bool = False,
    on_progress: Progress | None = None,
    pace: Pace | None = None,
) -> PollReport:
    """Ask the feeds that are due at ``now`` (or ``everything``) for what is new.

    What one feed says and what polling learnt about it are stored in one transaction. A feed
    that fails is reported, asked again later and later, and stops nothing else. ``on_progress``
    is called in another thread; ``pace`` is shared with ``collect`` so that both keep one
    distance to a host.

    Raises:
        ArchiveError: the database failed; what was stored before stays.
    """
    with archive.read() as connection:
        wanted = feed_store.every(connection) if everything else feed_store.due(connection, now)
    keeper = _Keeper(archive, now, len(wanted), on_progress)
    async with Workers(settings.workers, settings.deadline) as workers:
        pace = pace or Pace(settings.parallel, door.is_open)
        poller = _Poller(door, settings, now, workers, pace)
        jobs = [partial(poller.ask, feed, state) for feed, state in wanted]
        await crew.run(jobs, keeper.keep, batch=1)
    return keeper.report()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What asking one feed has come to; ``state.error`` is set when it failed."""

    state: FeedState
    changed: bool = False
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class _Poller:
    """Asks feeds; stores nothing."""

    door: Door
    settings: FeedsSettings
    now: datetime
    workers: Workers
    pace: Pace

    async def ask(self, feed: Feed, state: FeedState) -> _Answer:
        headers = {"accept": _ACCEPT}
        if state.etag:
            headers["if-none-match"] = state.etag
        if state.last_modified:
            headers["if-modified-since"] = state.last_modified
        try:
            async with self.pace.turn(feed.url, self.settings.feed_spacing):
                response = await self.door.get(feed.url, headers=headers, limits=FEED_LIMITS)
                return await self._read(feed, state, response)
        except NetError as error:
            return self._failure(state, str(error))
        except Exception as error:  # one feed, however odd, must not stop the others
            _log.exception("feed %s could not be read", feed.url)
            line = f"{feed.url}: {type(error).__name__} while it was read; asked again later"
            return self._failure(state, line)

    async def _read(self, feed: Feed, state: FeedState, response: Response) -> _Answer:
        if response.status == HTTPStatus.NOT_MODIFIED:
            return self._success(state, response, state.body_hash)
        if response.status != HTTPStatus.OK:
            line = f"{feed.url}: {status_line(response.status)}; asked again later"
            return self._failure(state, line, response.headers.get("retry-after", ""))
        body_hash = hashlib.sha256(response.body).hexdigest()
        if body_hash == state.body_hash:
            return self._success(state, response, body_hash)
        content_type = response.headers.get("content-type", "")
        try:
            parsed = await self.workers.parse(
                response.body, content_type, response.url, feed, self.settings.max_items
            )
        except FeedError as error:
            return self._failure(state, f"{feed.url}: {error}")
        answer = self._success(state, response, body_hash, parsed.ttl)
        return replace(answer, changed=True, entries=parsed.entries)

    def _success(
        self, state: FeedState, response: Response, body_hash: str | None, ttl: int | None = None
    ) -> _Answer:
        interval = timedelta(minutes=self.settings.interval)
        kept = response.status == HTTPStatus.NOT_MODIFIED  # a 304 may leave its validators out
        learnt = replace(
            state,
            etag=response.headers.get("etag", state.etag if kept else None),
            last_modified=response.headers.get(
                "last-modified", state.last_modified if kept else None
            ),
            next_poll=after_success(state.feed_id, self.now, interval, ttl),
            last_polled=self.now,
            failures=0,
            error=None,
            body_hash=body_hash,
        )
        return _Answer(learnt)

    def _failure(self, state: FeedState, line: str, retry_after: str = "") -> _Answer:
        interval, failures = timedelta(minutes=self.settings.interval), state.failures + 1
        learnt = replace(
            state,
            next_poll=after_failure(state.feed_id, self.now, interval, failures, retry_after),
            last_polled=self.now,
            failures=failures,
            error=line,
        )
        return _Answer(learnt)


class _Keeper:
    """Stores what feeds have answered, one transaction a feed, and keeps count."""

    def __init__(
        self, archive: Archive, now: datetime, total: int, on_progress: Progress | None
    ) -> None:
        self._archive = archive
        self._now = now
        self._total = total
        self._on_progress = on_progress
        self._count: Counter[str] = Counter()
        self._errors: list[str] = []

    def keep(self, answers: list[_Answer]) -> None:
        for answer in answers:
            state = answer.state
            with self._archive.write() as connection:
                new, edited = entry_store.observe(
                    connection, state.feed_id, answer.entries, self._now
                )
                if new or edited:
                    state = replace(state, last_changed=self._now)
                feed_store.save_state(connection, state)
            self._count.update(polled=1, new=new, edited=edited)
            if state.error is not None:
                self._errors.append(state.error)
            elif not answer.changed:
                self._count.update(unchanged=1)
            if self._on_progress is not None:
                self._on_progress(self._count["polled"], self._total)

    def report(self) -> PollReport:
        return PollReport(
            polled=self._count["polled"],
            unchanged=self._count["unchanged"],
            failed=len(self._errors),
            new_entries=self._count["new"],
            edited_entries=self._count["edited"],
            errors=tuple(self._errors),
        )
