"""Polling: asks the feeds that are due and remembers what is new in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import anyio
from sqlalchemy.engine import Connection

from archive import Archive, feed_days, notices, pauses
from archive import entries as entry_store
from archive import feeds as feed_store
from archive.types import FailureKind, FeedState, NoticeKind
from feeds import crew, fleet
from feeds.asking import Answer, Asker
from feeds.fleet import Outcome
from feeds.pace import Pace
from feeds.robots import Robots
from feeds.settings import FeedsSettings
from feeds.types import Progress
from feeds.workers import Workers
from net import Door

BATCH = 50
"""Answers a transaction at most: what a crash can make be asked again."""

LINGER = 0.25
"""Seconds for which answers are gathered for one transaction: each waits for the disk once."""

_GAP_STANDS = timedelta(days=1)  # a possible gap is told for a day after the last one


@dataclass(frozen=True, slots=True)
class PollReport:
    """How a round of polling went: feeds asked, feeds with nothing new to read, feeds that
    failed, entries new and edited, and one line for each failure.

    ``paused`` feeds are those whose domain has asked to be left alone; they were not asked. When
    it was our own network that failed (``offline``), one line says so for all its feeds.
    """

    polled: int
    unchanged: int
    failed: int
    new_entries: int
    edited_entries: int
    errors: tuple[str, ...]
    paused: int = 0
    offline: bool = False


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

    What a feed says and what polling learnt about it are stored in one transaction. A feed
    that fails is reported, asked again later and later, and stops nothing else; when most of them
    cannot be reached, our own network is taken to be down and nothing is counted against them.
    ``on_progress`` is called in another thread; ``pace`` is shared with ``collect`` so that both
    keep one distance to a host.

    Raises:
        ArchiveError: the database failed; what was stored before stays.
    """
    with archive.read() as connection:
        wanted = feed_store.every(connection) if everything else feed_store.due(connection, now)
        paused = pauses.active(connection, now)
    pace = pace or Pace(settings.parallel, door.is_open)
    pace.load(paused, now)
    keeper = _Keeper(archive, settings, pace, now, len(wanted), on_progress)
    async with Workers(settings.workers, settings.deadline) as workers:
        robots = Robots(archive, door, pace, settings.page_spacing, now)
        asker = Asker(door, settings, now, workers, pace, robots)
        jobs = [partial(asker.ask, feed, state) for feed, state in wanted]
        await crew.run(jobs, keeper.keep, BATCH, LINGER)
    await anyio.to_thread.run_sync(keeper.finish)
    return keeper.report()


class _Keeper:
    """Stores what feeds have answered, a batch a transaction, and keeps count.

    Feeds that could not be reached are held back until all have answered: only then can be told
    whether it was they or we.
    """

    def __init__(
        self,
        archive: Archive,
        settings: FeedsSettings,
        pace: Pace,
        now: datetime,
        total: int,
        on_progress: Progress | None,
    ) -> None:
        self._archive = archive
        self._settings = settings
        self._pace = pace
        self._now = now
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        self._count: Counter[str] = Counter()
        self._errors: list[str] = []
        self._heard = fleet.Tally()
        self._away: list[Answer] = []
        self._offline = False

    def keep(self, answers: list[Answer]) -> None:
        """Store one batch; nothing of it is counted unless all of it was stored."""
        self._heard.add(answers)
        here = [one for one in answers if not _is_away(one)]
        self._away.extend(one for one in answers if _is_away(one))
        if here:
            self._store(here)
        for _ in answers:
            self._done += 1
            if self._on_progress is not None:
                self._on_progress(self._done, self._total)

    def finish(self) -> None:
        """Store what was held back, and forget what is over."""
        self._offline = self._heard.is_our_network
        for start in range(0, len(self._away), BATCH):
            self._store(self._away[start : start + BATCH])
        if self._offline:
            self._errors.append(fleet.outage_line(self._away, self._count["polled"], self._now))
        with self._archive.write() as connection:
            pauses.put(connection, self._pace.new_pauses())
            pauses.drop_ended(connection, self._now)
            notices.expire(connection, NoticeKind.POSSIBLE_GAP, self._now - _GAP_STANDS)

    def report(self) -> PollReport:
        """Return the figures so far."""
        return PollReport(
            polled=self._count["polled"],
            unchanged=self._count["unchanged"],
            failed=self._count["failed"],
            new_entries=self._count["new"],
            edited_entries=self._count["edited"],
            errors=tuple(self._errors),
            paused=self._count["paused"],
            offline=self._offline,
        )

    def _store(self, answers: Sequence[Answer]) -> None:
        count: Counter[str] = Counter()
        with self._archive.write() as connection:
            outcomes = [self._outcome(connection, one, count) for one in answers]
            for one in outcomes:
                if one.ended:
                    notices.clear(connection, one.state.feed_id, *one.ended)
            states = [self._moved(connection, a, o) for a, o in zip(answers, outcomes, strict=True)]
            feed_store.save_states(connection, states)
            feed_days.add(connection, [o.day for o in outcomes if o.day is not None])
            notices.put(connection, [n for o in outcomes for n in o.notices])
            notices.put(connection, [n for o in outcomes for n in o.once], renew=True)
            pauses.put(connection, self._pace.new_pauses())
        self._count.update(count)
        if not self._offline:
            self._errors.extend(a.failure.line for a in answers if a.failure is not None)

    def _outcome(self, connection: Connection, one: Answer, count: Counter[str]) -> Outcome:
        """Store the entries of an answer and return what else is to be stored of it."""
        if one.pause is not None:
            count.update(paused=1)
            return Outcome(fleet.postponed(one, self._now))
        count.update(polled=1, failed=int(one.failure is not None))
        if _is_away(one) and self._offline:
            return Outcome(fleet.postponed(one, self._now))
        new = edited = 0
        if one.entries:
            feed_id = one.state.feed_id
            new, edited = entry_store.observe(connection, feed_id, one.entries, self._now)
        count.update(new=new, edited=edited, unchanged=int(not (one.document or one.failure)))
        return fleet.settle(one, new, edited, self._now, self._settings)

    def _moved(self, connection: Connection, answer: Answer, outcome: Outcome) -> FeedState:
        """Have a feed that has moved for good asked where it is now, and return its state."""
        state = outcome.state
        if outcome.adopt is None:
            return state
        if feed_store.adopt(connection, state.feed_id, outcome.adopt):
            return replace(state, moved_to=None, moved_since=None)
        notices.put(connection, [fleet.taken(answer.feed, state, self._now)])
        return state


def _is_away(answer: Answer) -> bool:
    return answer.failure is not None and answer.failure.kind == FailureKind.NETWORK
