"""Health: what is wrong with each feed and with the fleet, judged from what is stored of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from archive import Archive, notices
from archive import feeds as feed_store
from archive import health as health_store
from archive.enums import FailureKind, NoticeKind
from archive.types import Feed, FeedDay, FeedNotice, FeedState
from feeds import silence, texts
from feeds.opml import UNKNOWN_LANGUAGE
from feeds.urls import host_of, registered_domain

FAILURES = 3
"""Polls in a row that must fail before a feed that used to answer is called failing."""

FAILING = timedelta(hours=6)
"""The same as a time, for feeds that are asked seldom."""

EMPTY_POLLS = 3
CERTIFICATE = timedelta(days=14)
STALE = timedelta(days=30)
"""Age of the newest entry at which a feed that is not yet known counts as silent."""

AHEAD = timedelta(hours=2)  # a wrong zone puts a date that far into the future, a slip less

KEPT = timedelta(days=90)
"""How long the counters of a feed's days are kept."""

_FAILURES = {
    FailureKind.BLOCKED: NoticeKind.BLOCKED,
    FailureKind.HTML: NoticeKind.NOT_A_FEED,
    FailureKind.EMPTY: NoticeKind.NOT_A_FEED,
    FailureKind.BROKEN: NoticeKind.NOT_A_FEED,
    FailureKind.GONE: NoticeKind.GONE,
}
_FLEET_LEAST = 5  # feeds that make a fleet
_FLEET_MISSED = 15.0  # entries of the whole fleet that cannot all be missing by chance
_FLEET_SHORTEST = timedelta(hours=1)
_LATELY = timedelta(hours=2)
_NOT_ASKED = timedelta(hours=3)
_DRIP = 3  # days: any three hold a working day
_DRIP_PAST = 14  # days that make a past
_DRIP_LEAST = 12  # entries in three days of a feed that this can be told of
_DRIP_SHARE = 0.34


@dataclass(frozen=True, slots=True)
class Health:
    """What judging the feeds has shown: how many have something wrong, how many notices are new
    and how many taken back, and a line for each trouble of the fleet as a whole."""

    noticed: int
    new: int
    cleared: int
    fleet: tuple[str, ...]


def refresh(archive: Archive, now: datetime) -> Health:
    """Judge all feeds at ``now`` and store their notices; call it after polling and collecting.

    A notice that stands keeps its ``since``.

    Raises:
        ArchiveError: the database failed.
    """
    with archive.read() as connection:
        watched = feed_store.every(connection)
        days = health_store.days(connection, (now - texts.BASELINE).date())
        stored = {(one.feed_id, one.kind): one for one in notices.every(connection)}
    judged: list[FeedNotice] = []
    for feed, state in watched:
        judged += judge(feed, state, days.get(feed.id, ()), now)
    keys = {(one.feed_id, one.kind) for one in judged}
    theirs = {key for key in stored if key[1] == NoticeKind.POSSIBLE_GAP}
    theirs |= {(feed.id, NoticeKind.MOVED) for feed, state in watched if state.moved_to}
    over = [key for key in stored if key not in keys and key not in theirs]
    with archive.write() as connection:
        for feed_id, kind in over:
            notices.clear(connection, feed_id, kind)
        notices.put(connection, [one for one in judged if _differs(one, stored)])
    troubles = fleet((state for _, state in watched), now)
    return Health(
        noticed=len({one.feed_id for one in judged}),
        new=len(keys - stored.keys()),
        cleared=len(over),
        fleet=troubles,
    )


def forget(archive: Archive, now: datetime) -> None:
    """Drop what is stored of days that nothing is compared with any more.

    Raises:
        ArchiveError: the database failed.
    """
    with archive.write() as connection:
        health_store.prune(connection, (now - KEPT).date())


def judge(
    feed: Feed, state: FeedState, days: Sequence[FeedDay], now: datetime
) -> tuple[FeedNotice, ...]:
    """Return what is wrong with ``feed`` at ``now``; empty when it is well.

    ``days`` are the feed's last days, oldest first. Possible gaps are told by polling, not here.
    """
    if state.last_polled is None:
        return ()
    found = [
        _failing(feed, state, now),
        _no_items(state),
        _certificate(state, now),
        _moved(feed, state),
    ]
    if not state.failures:
        found.append(_silent(feed, state) or _drip(state, days, now))
        found.append(_ahead(state))
    lang = "" if feed.lang == UNKNOWN_LANGUAGE else feed.lang
    for one in texts.findings(days, now.astimezone(UTC).date(), lang):
        found.append(_notice(state, one.kind, one.detail, _midnight(one.since)))
    kept: dict[str, FeedNotice] = {}
    for notice in found:
        if notice is not None:
            kept.setdefault(notice.kind, notice)
    return tuple(kept.values())


def fleet(states: Iterable[FeedState], now: datetime) -> tuple[str, ...]:
    """Return a line for each trouble of the fleet as a whole, which is then no feed's fault.

    ``states`` are of all feeds. A trouble is that most feeds asked lately could not be reached,
    or that none has had anything new for much longer than all of them together usually take.
    """
    asked = [state for state in states if state.last_polled is not None]
    if len(asked) < _FLEET_LEAST:
        return ()
    latest = max(_asked_at(state) for state in asked)
    found = (_out_of_reach(asked, latest), _fleet_silent(asked, latest))
    late = now - latest
    if late > _NOT_ASKED:
        return (f"no feed has been asked for {_span(late)}: is `pivotwatch up` running?",)
    return tuple(line for line in found if line)


def _out_of_reach(asked: Sequence[FeedState], latest: datetime) -> str:
    lately = [state for state in asked if latest - _asked_at(state) <= _LATELY]
    away = [state for state in lately if state.failure == FailureKind.NETWORK]
    if len(lately) < _FLEET_LEAST or 2 * len(away) <= len(lately):
        return ""
    since = min(state.failed_since or latest for state in away)
    return (
        f"{len(away)} of {len(lately)} feeds could not be reached, since {_stamp(since)}: "
        "look at this machine's own network"
    )


def _fleet_silent(asked: Sequence[FeedState], latest: datetime) -> str:
    arrivals = [state.last_changed for state in asked if state.last_changed is not None]
    if not arrivals or latest - max(arrivals) < _FLEET_SHORTEST:
        return ""
    since = max(arrivals)
    missed = sum(silence.expected(state.rhythm, since, latest) for state in asked)
    if missed < _FLEET_MISSED:
        return ""
    return (
        f"nothing new in any feed since {_stamp(since)}, where {missed:.0f} entries are usual: "
        "look at this machine's own network and clock"
    )


def _failing(feed: Feed, state: FeedState, now: datetime) -> FeedNotice | None:
    if not state.failures:
        return None
    kind = _FAILURES.get(FailureKind(state.failure or "network"), NoticeKind.FAILING)
    since = state.failed_since or _asked_at(state)
    known = state.domain is not None  # it could be read before: give it a little time
    patient = kind is not NoticeKind.GONE and known
    if patient and state.failures < FAILURES and now - since <= FAILING:
        return None
    line = state.error or "no reason given"
    if kind is not NoticeKind.GONE:  # polling tells that one too, in the same words
        line = f"{line.removeprefix(f'{feed.url}: ')} ({state.failures} polls in a row)"
    return _notice(state, kind, line, since)


def _no_items(state: FeedState) -> FeedNotice | None:
    if state.failures or state.empty_polls < EMPTY_POLLS:
        return None
    detail = f"the document has had no entries for {state.empty_polls} polls"
    return _notice(state, NoticeKind.NO_ITEMS, detail, _asked_at(state))


def _certificate(state: FeedState, now: datetime) -> FeedNotice | None:
    ends = state.certificate_ends
    if ends is None or ends - now >= CERTIFICATE:
        return None
    word = "ends" if ends > now else "has ended"
    detail = f"the site's TLS certificate {word} on {ends:%-d %B %Y}; its owner must renew it"
    return _notice(state, NoticeKind.CERTIFICATE, detail, _asked_at(state))


def _moved(feed: Feed, state: FeedState) -> FeedNotice | None:
    """Return whether another domain answers; permanent redirects are told by polling."""
    home = registered_domain(host_of(feed.url))
    if state.moved_to is not None or state.domain in {None, home}:
        return None
    detail = (
        f"answered by {state.domain} in place of {home}; if that is the outlet, "
        "add the feed under its new address and remove this one"
    )
    return _notice(state, NoticeKind.MOVED, detail, _asked_at(state))


def _silent(feed: Feed, state: FeedState) -> FeedNotice | None:
    """Return whether a feed that answers names nothing new, or only what is old."""
    until, newest = _asked_at(state), state.newest
    arrived = state.last_changed or newest
    if arrived is not None and silence.is_silent(feed, state, arrived, until):
        usual = _span(silence.longest_usual(feed, state))
        detail = f"nothing new since {_stamp(arrived)}; {usual} without is long for this feed"
        return _notice(state, NoticeKind.SILENT, detail, arrived)
    if newest is None:
        return None
    known = len(state.gaps) >= silence.LEAST_GAPS
    if newest.minute == newest.second == 0:  # a date without a time, most likely
        newest += timedelta(days=1)
    if until - newest > STALE or (known and silence.is_silent(feed, state, newest, until)):
        detail = f"names only old entries: the newest is of {_stamp(newest)}"
        return _notice(state, NoticeKind.SILENT, detail, newest)
    return None


def _drip(state: FeedState, days: Sequence[FeedDay], now: datetime) -> FeedNotice | None:
    """Return whether a feed has given far less on its last three days than on any three before."""
    today = now.astimezone(UTC).date()
    new = [0] * (texts.BASELINE.days + 1)
    for day in days:
        age = (today - day.day).days
        if 0 <= age < len(new):
            new[age] = day.new
    watched = (today - days[0].day).days if days else 0
    if watched < _DRIP_PAST:
        return None
    late = sum(new[1 : 1 + _DRIP])
    least = min(sum(new[n : n + _DRIP]) for n in range(1 + _DRIP, watched - _DRIP + 1))
    if least < _DRIP_LEAST or _DRIP_SHARE * least < late:
        return None
    detail = f"{late} new entries in {_DRIP} days, where there have never been fewer than {least}"
    return _notice(state, NoticeKind.SILENT, detail, _midnight(today - timedelta(days=_DRIP)))


def _ahead(state: FeedState) -> FeedNotice | None:
    at = _asked_at(state)
    if state.newest is None or state.newest - at <= AHEAD:
        return None
    detail = f"an entry is dated {_stamp(state.newest)}, in the future"
    return _notice(state, NoticeKind.BAD_DATES, detail, at)


def _differs(one: FeedNotice, stored: Mapping[tuple[str, str], FeedNotice]) -> bool:
    before = stored.get((one.feed_id, one.kind))
    return before is None or before.detail != one.detail


def _notice(state: FeedState, kind: NoticeKind, detail: str, since: datetime) -> FeedNotice:
    return FeedNotice(state.feed_id, kind, detail, since)


def _asked_at(state: FeedState) -> datetime:
    assert state.last_polled is not None
    return state.last_polled


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h"
