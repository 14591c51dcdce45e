"""Health: what is wrong with each feed, judged from what is stored of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from archive import Archive, home_looks, notices
from archive import feeds as feed_store
from archive import health as health_store
from archive.enums import FailureKind, NoticeKind
from archive.types import Feed, FeedDay, FeedNotice, FeedState, HomeLook
from feeds import looks, silence, texts, together
from feeds.opml import UNKNOWN_LANGUAGE
from feeds.together import asked_at, span, stamp
from feeds.urls import host_of, registered_domain

FAILURES = 3
"""Polls in a row that must fail before a feed that used to answer is called failing."""

FAILING = timedelta(hours=6)
"""The same as a time, for feeds that are asked seldom."""

EMPTY_POLLS = 3
QUICK = timedelta(hours=12)
"""A feed that has had three arrivals in this time needs a document of more than one entry."""

CERTIFICATE = timedelta(days=14)
STALE = timedelta(days=30)
"""Age of the newest entry at which a feed that is not yet known counts as silent."""

_LATE = timedelta(hours=1)  # an article may be dated so long before it is named
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
        seen = home_looks.every(connection)
        stored = {(one.feed_id, one.kind): one for one in notices.every(connection)}
    calm = together.quiet(watched, days, now)
    judged: list[FeedNotice] = []
    for feed, state in watched:
        own, quiet = days.get(feed.id, ()), calm.get(feed.country, 1.0)
        judged += judge(feed, state, own, now, quiet, seen.get(feed.id))
    keys = {(one.feed_id, one.kind) for one in judged}
    theirs = {key for key in stored if key[1] == NoticeKind.POSSIBLE_GAP}
    theirs |= {(feed.id, NoticeKind.MOVED) for feed, state in watched if state.moved_to}
    over = [key for key in stored if key not in keys and key not in theirs]
    with archive.write() as connection:
        for feed_id, kind in over:
            notices.clear(connection, feed_id, kind)
        notices.put(connection, [one for one in judged if _differs(one, stored)])
    troubles = together.fleet((state for _, state in watched), now)
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
    feed: Feed,
    state: FeedState,
    days: Sequence[FeedDay],
    now: datetime,
    quiet: float = 1.0,
    look: HomeLook | None = None,
) -> tuple[FeedNotice, ...]:
    """Return what is wrong with ``feed`` at ``now``; empty when it is well.

    ``days`` are the feed's last days, oldest first; ``quiet`` is the share of the usual that the
    feeds of its country bring today (1.0: as always), ``look`` what its outlet's home page has
    shown. Possible gaps are told by polling, not here.
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
        silent = _lacking(state, days, look) or _silent(feed, state, days, quiet, look)
        found.append(silent or _drip(state, days, now))
        found.append(_ahead(state))
    lang = "" if feed.lang == UNKNOWN_LANGUAGE else feed.lang
    for one in texts.findings(days, now.astimezone(UTC).date(), lang):
        found.append(_notice(state, one.kind, one.detail, _midnight(one.since)))
    kept: dict[str, FeedNotice] = {}
    for notice in found:
        if notice is not None:
            kept.setdefault(notice.kind, notice)
    return tuple(kept.values())


def _failing(feed: Feed, state: FeedState, now: datetime) -> FeedNotice | None:
    if not state.failures:
        return None
    kind = _FAILURES.get(FailureKind(state.failure or "network"), NoticeKind.FAILING)
    since = state.failed_since or asked_at(state)
    known = state.domain is not None  # it could be read before: give it a little time
    patient = kind is not NoticeKind.GONE and known
    if patient and state.failures < FAILURES and now - since <= FAILING:
        return None
    line = state.error or "no reason given"
    if kind is not NoticeKind.GONE:  # polling tells that one too, in the same words
        polls = "the last poll" if state.failures == 1 else f"{state.failures} polls in a row"
        line = f"{line.removeprefix(f'{feed.url}: ')} ({polls})"
    return _notice(state, kind, line, since)


def _no_items(state: FeedState) -> FeedNotice | None:
    if state.failures:
        return None
    if state.empty_polls >= EMPTY_POLLS:
        detail = f"the document has had no entries for {state.empty_polls} polls"
        return _notice(state, NoticeKind.NO_ITEMS, detail, asked_at(state))
    known = len(state.gaps) >= silence.LEAST_GAPS
    if state.items == 1 and known and timedelta(minutes=sum(state.gaps[-3:])) <= QUICK:
        detail = "the document holds one entry; of two that come together one is lost"
        return _notice(state, NoticeKind.NO_ITEMS, detail, asked_at(state))
    return None


def _certificate(state: FeedState, now: datetime) -> FeedNotice | None:
    ends = state.certificate_ends
    if ends is None or ends - now >= CERTIFICATE:
        return None
    word = "ends" if ends > now else "has ended"
    detail = f"the site's TLS certificate {word} on {ends:%-d %B %Y}; its owner must renew it"
    return _notice(state, NoticeKind.CERTIFICATE, detail, asked_at(state))


def _moved(feed: Feed, state: FeedState) -> FeedNotice | None:
    """Return whether another domain answers; permanent redirects are told by polling."""
    home = registered_domain(host_of(feed.url))
    if state.moved_to is not None or state.domain in {None, home}:
        return None
    detail = (
        f"answered by {state.domain} in place of {home}; if that is the outlet, "
        "add the feed under its new address and remove this one"
    )
    return _notice(state, NoticeKind.MOVED, detail, asked_at(state))


def _lacking(state: FeedState, days: Sequence[FeedDay], look: HomeLook | None) -> FeedNotice | None:
    """Return whether the outlet's home page shows what a feed that brings little does not bring,
    or brings under an old date."""
    if look is None or not silence.is_suspect(state, days, asked_at(state)):
        return None
    since = f"new articles since {stamp(look.first)}"
    if looks.is_telling(look, silence.missed_since(state, days, look)):
        detail = f"its home page has {look.standing} {since} that the feed lacks"
        return _notice(state, NoticeKind.SILENT, detail, state.last_changed or look.first)
    changed, newest = state.last_changed, state.newest
    if changed is None or newest is None or look.named < looks.TELLING:
        return None
    if newest + _LATE < look.first < changed:
        detail = f"{since} on its home page bear old dates in the feed, the newest {stamp(newest)}"
        return _notice(state, NoticeKind.BAD_DATES, detail, look.first)
    return None


def _silent(
    feed: Feed,
    state: FeedState,
    days: Sequence[FeedDay],
    quiet: float,
    look: HomeLook | None,
) -> FeedNotice | None:
    """Return whether a feed that answers names nothing new, too little, or only what is old."""
    until, newest = asked_at(state), state.newest
    calm = 1.0
    if look is not None and looks.is_quiet(look):
        calm = silence.patience(state, days, look)
    arrived = state.last_changed or newest
    if arrived is not None and silence.is_silent(feed, state, days, arrived, until, quiet, calm):
        usual = span(silence.longest_usual(feed, state))
        detail = f"nothing new since {stamp(arrived)}; {usual} without is long for this feed"
        return _notice(state, NoticeKind.SILENT, detail, arrived)
    if arrived is not None and silence.is_dripping(state, days, until, quiet, calm):
        detail = f"next to nothing new, the last at {stamp(arrived)}"
        return _notice(state, NoticeKind.SILENT, detail, arrived)
    if newest is None:
        return None
    known = len(state.gaps) >= silence.LEAST_GAPS
    dated_by_day = newest.minute == newest.second == 0
    began = newest + timedelta(days=dated_by_day)
    odd = known and silence.is_silent(feed, state, days, began, until, quiet, calm)
    if odd or until - newest > STALE:
        detail = f"names only old entries: the newest is of {stamp(newest)}"
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
    at = asked_at(state)
    if state.newest is None or state.newest - at <= AHEAD:
        return None
    detail = f"an entry is dated {stamp(state.newest)}, in the future"
    return _notice(state, NoticeKind.BAD_DATES, detail, at)


def _differs(one: FeedNotice, stored: Mapping[tuple[str, str], FeedNotice]) -> bool:
    before = stored.get((one.feed_id, one.kind))
    return before is None or before.detail != one.detail


def _notice(state: FeedState, kind: NoticeKind, detail: str, since: datetime) -> FeedNotice:
    return FeedNotice(state.feed_id, kind, detail, since)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
