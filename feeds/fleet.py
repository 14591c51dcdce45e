"""What a round of polling has come to: what is learnt of each feed, and whether it was us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from archive.types import FailureKind, Feed, FeedDay, FeedNotice, FeedState, NoticeKind
from feeds import rhythm, schedule
from feeds.asking import Answer, Failure
from feeds.schedule import Found
from feeds.settings import FeedsSettings
from feeds.together import stamp
from feeds.urls import host_of, registered_domain

LEAST_FLEET = 5
"""Feeds; of fewer nothing is said of our own network."""

MOVED_AFTER = timedelta(days=3)
"""A permanent redirect that stays the same for that long is taken at its word."""

MOST_GAPS = 100
LONGEST_UNWATCHED = timedelta(hours=3)  # a gap in which we did not look is not the feed's
FUTURE = timedelta(days=1)  # a date further ahead says nothing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be stored of one answer: the feed's ``state`` and its ``day``, the notices that
    begin (``once`` of those that happen rather than last), the kinds that end, and the URL that
    the feed has moved to."""

    state: FeedState
    day: FeedDay | None = None
    notices: tuple[FeedNotice, ...] = ()
    once: tuple[FeedNotice, ...] = ()
    ended: tuple[NoticeKind, ...] = ()
    adopt: str | None = None


class Tally:
    """Tells, from the answers of a round, whether it was our own network that failed."""

    def __init__(self) -> None:
        self._asked = 0
        self._lost = 0

    def add(self, answers: Iterable[Answer]) -> None:
        """Count answers; feeds that could not be reached before say nothing of our network."""
        for one in answers:
            if one.pause is None and one.before.failure != FailureKind.NETWORK:
                self._asked += 1
                self._lost += one.failure is not None and one.failure.kind == FailureKind.NETWORK

    @property
    def is_our_network(self) -> bool:
        """Whether more than half of the feeds that could be reached before now cannot."""
        return self._asked >= LEAST_FLEET and self._lost > self._asked / 2


def postponed(answer: Answer, now: datetime) -> FeedState:
    """Return the state of a feed that was not asked, or not for a fault of its own.

    One that our own network has kept us from is marked ``FailureKind.OFFLINE`` with the time at
    which that began; nothing is counted, and a failure of its own stays as it was.
    """
    state = answer.before
    if answer.pause is not None:
        later = schedule.after_pause(state.feed_id, answer.pause.until)
        if state.failure == FailureKind.OFFLINE:  # its site has been heard
            state = replace(state, failure=None, failed_since=None)
        return replace(state, next_poll=later)
    if not state.failures:
        since = state.failed_since or now
        state = replace(state, failure=FailureKind.OFFLINE, failed_since=since)
    return replace(state, next_poll=schedule.after_outage(state.feed_id, now))


def settle(
    answer: Answer, new: int, edited: int, now: datetime, settings: FeedsSettings
) -> Outcome:
    """Return what an answer has taught, given how many of its entries are new and edited."""
    if answer.failure is not None:
        return _failed(answer, answer.failure, now, settings)
    before, state = answer.before, answer.state
    found = Found(len(answer.entries), new, _was_read(before))
    state = replace(state, rhythm=_rhythm(answer, new, now, settings))
    wait = schedule.interval(answer.feed, state.rhythm, now, settings, found)
    state = replace(
        state,
        next_poll=schedule.after_success(state.feed_id, now, wait, answer.wish),
        last_changed=now if new else before.last_changed,
        gaps=(*before.gaps, *_gap(before, now))[-MOST_GAPS:] if new else before.gaps,
        newest=_newest(answer, now),
        empty_polls=0 if state.items else before.empty_polls + 1,
    )
    day = FeedDay(state.feed_id, now.astimezone(UTC).date(), polls=1, new=new, edited=edited)
    notices, adopt = _move(answer.feed, state, now)
    once = (_possible_gap(answer.feed, found, before, now),) if found.whole_window else ()
    ended = (NoticeKind.GONE,) if before.failure == FailureKind.GONE else ()
    if before.moved_to and not notices:
        ended = (*ended, NoticeKind.MOVED)
    return Outcome(state, day, notices, once, ended, adopt)


def taken(feed: Feed, state: FeedState, now: datetime) -> FeedNotice:
    """Return the notice of a feed that has moved to where another feed is read already."""
    detail = (
        f"{feed.url} has moved to {state.moved_to}, which is watched already; remove one of the two"
    )
    return FeedNotice(feed.id, NoticeKind.MOVED, detail, state.moved_since or now)


def _failed(answer: Answer, failure: Failure, now: datetime, settings: FeedsSettings) -> Outcome:
    before = answer.before
    failures = before.failures + 1
    wait = schedule.interval(answer.feed, before.rhythm, now, settings)
    later = schedule.after_failure(
        before.feed_id,
        now,
        wait,
        failures,
        failure.retry_after,
        longest=schedule.longest_back_off(failure.kind, failure.status),
    )
    state = replace(
        before,
        next_poll=later,
        last_polled=now,
        failures=failures,
        error=failure.line,
        failure=failure.kind,
        failed_since=_own_trouble(before) or now,
    )
    day = FeedDay(state.feed_id, now.astimezone(UTC).date(), polls=1, failures=1)
    notices: tuple[FeedNotice, ...] = ()
    if failure.kind == FailureKind.GONE:
        since = state.failed_since or now
        notices = (FeedNotice(state.feed_id, NoticeKind.GONE, failure.line, since),)
    return Outcome(state, day, notices)


def _was_read(before: FeedState) -> bool:
    return before.last_changed is not None if before.items is None else before.items > 0


def _own_trouble(state: FeedState) -> datetime | None:
    """Return since when a feed fails; None when it does not, or only our own network did."""
    return state.failed_since if state.failures else None


def _rhythm(answer: Answer, new: int, now: datetime, settings: FeedsSettings) -> rhythm.Rhythm:
    before = answer.before
    known = before.rhythm if len(before.rhythm) == rhythm.BUCKETS else ()
    since = _own_trouble(before) or before.last_polled
    if known and since is not None:
        return rhythm.learn(known, since, now, new)
    dates = rhythm.first((one.published for one in answer.entries), now)
    return known or dates or schedule.unknown(settings)


def _gap(before: FeedState, now: datetime) -> tuple[int, ...]:
    """Return the minutes since the last arrival, if we have looked all the time."""
    last, looked = before.last_changed, before.last_polled
    if last is None or looked is None or before.failures:
        return ()
    if last >= now or now - looked > LONGEST_UNWATCHED:
        return ()
    return (round((now - last) / timedelta(minutes=1)),)


def _newest(answer: Answer, now: datetime) -> datetime | None:
    dates = [one.published for one in answer.entries if one.published is not None]
    known = [at for at in (*dates, answer.before.newest) if at is not None and at <= now + FUTURE]
    return max(known, default=None)


def _move(feed: Feed, state: FeedState, now: datetime) -> tuple[tuple[FeedNotice, ...], str | None]:
    """Return the notice of a move that a person has to decide, or the URL of one that is plain."""
    target, since = state.moved_to, state.moved_since
    if target is None or since is None or target == feed.url:
        return (), None
    home, there = registered_domain(host_of(feed.url)), registered_domain(host_of(target))
    if home == there:
        return (), target if now - since >= MOVED_AFTER else None
    detail = (
        f"{feed.url} redirects for good to {target}, on another domain; if that is the outlet, "
        f"run `pivotwatch feeds add {target}` and remove the old one"
    )
    return (FeedNotice(feed.id, NoticeKind.MOVED, detail, since),), None


def _possible_gap(feed: Feed, found: Found, before: FeedState, now: datetime) -> FeedNotice:
    last = f" since {before.last_polled:%Y-%m-%d %H:%M} UTC" if before.last_polled else ""
    detail = (
        f"{feed.url}: all {found.items} entries were new{last}; "
        "some may have come and gone between two polls"
    )
    return FeedNotice(feed.id, NoticeKind.POSSIBLE_GAP, detail, now)


def outage_line(away: Sequence[Answer], asked: int, now: datetime) -> str:
    """Return the line that says that our own network failed, and since when."""
    marked = [one.before for one in away if one.before.failure == FailureKind.OFFLINE]
    since = min((one.failed_since or now for one in marked), default=now)
    return (
        f"{len(away)} of {asked} feeds could not be reached, since {stamp(since)}: "
        "this machine's network or resolver seems to be down; "
        "nothing is counted against them, asked again in 5 minutes"
    )
