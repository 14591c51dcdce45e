"""Silence: how long a feed may have nothing new before that is odd for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from archive.types import Feed, FeedDay, FeedState, HomeLook

MARGIN = 1.4
"""No feed is silent before this many times its own p99 gap."""

SPREAD = 1.75
CHANCE = 0.18
"""How many entries must be missing: ``SPREAD`` x ln(gaps a week / ``CHANCE``). Of arrivals that
came by chance alone (Poisson) ln(gaps a week / p) are missing p times a week; outlets have busy
and quiet days, and ``./run bench silence`` shows what these two make of them."""

LEAST_GAPS = 20
"""Gaps between arrivals that must be known before a feed is held to its own p99."""

SHORTEST = timedelta(hours=2)
"""No feed is called silent sooner: a lunch break of a busy desk is not news."""

SUSPECT = 0.6
"""A feed is suspected after this share of its own p99 gap, and its outlet's home page looked at."""

SUSPECT_MISSED = 2.0
"""Entries that must be missing besides."""

SLOWEST = timedelta(days=2)
"""A feed with a longer p99 gap is not suspected: within days a home page gets links to what is old
and in no archive of ours as often as a slow outlet writes."""

CALM = 2.0
"""An outlet whose home page shows nothing new either must miss so many times as many entries."""

CALM_MISSED = 2.0
"""Entries that should have come between the first look and the last before that is said."""

_STRAY = 3  # a feed of which two entries have come astray is judged since the one before them
_STRAY_MISSED = 5.0  # entries that must be missing besides, for the two that came
_SMOOTH = 6.0  # entries as usual, added so that a few say little of a day
_LEAST_DAYS = 3  # of a kind, before they tell how much comes on such a day
_BUCKET = timedelta(hours=3)
_MINUTE = timedelta(minutes=1)
_USUAL = {  # until a feed's own gaps are known; from what outlets of these kinds do
    "wire": timedelta(days=1),
    "independent": timedelta(days=4),
    "state": timedelta(days=3),
    "official": timedelta(days=10),
    "think-tank": timedelta(days=21),
}


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 of 100 do not exceed (nearest rank); 0.0 of none."""
    if not values:
        return 0.0
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


def expected(rhythm: Sequence[float], since: datetime, until: datetime) -> float:
    """Return how many entries a feed of this ``rhythm`` names between two times, on average.

    ``rhythm`` is ``FeedState.rhythm``; without one nothing is expected.
    """
    if len(rhythm) != 16:
        return 0.0
    week = 15 * sum(rhythm[:8]) + 6 * sum(rhythm[8:])  # five working days, two others, 3 h each
    total, at = 0.0, since
    whole = (until - since) // timedelta(weeks=1)
    if whole > 0:
        total, at = whole * week, since + whole * timedelta(weeks=1)
    while at < until:
        bucket = at.hour // 3
        into = timedelta(hours=at.hour % 3, minutes=at.minute, seconds=at.second)
        end = min(at - into + _BUCKET, until)
        hours = (end - at).total_seconds() / 3600
        total += hours * rhythm[bucket + (8 if at.weekday() >= 5 else 0)]
        at = end
    return total


@dataclass(frozen=True, slots=True)
class Pattern:
    """When a feed's entries come: its ``rhythm`` by the hour, brought to the level of its last
    weeks, and ``lately``, the share of what is usual that its last two days have brought."""

    rhythm: tuple[float, ...]
    lately: float = 1.0

    def missed(self, since: datetime, until: datetime) -> float:
        """Return how many entries should have come in a time without any."""
        return expected(self.rhythm, since, until) * min(1.0, self.lately)


def pattern(state: FeedState, days: Sequence[FeedDay], last: datetime) -> Pattern:
    """Return the pattern of a feed whose last entry came at ``last``.

    ``FeedState.rhythm`` follows the last days quickly, which suits polling; here the ``days`` say
    how much comes on a working day and on one of a weekend. The day of ``last`` and the one before
    say whether it is a holiday.
    """
    today = last.astimezone(UTC).date()
    rates: list[float] = []
    for half, weekend in ((state.rhythm[:8], False), (state.rhythm[8:], True)):
        new = [d.new for d in days if d.day < today and (d.day.weekday() >= 5) == weekend]
        usual = 3 * sum(half)
        known = len(new) >= _LEAST_DAYS and usual > 0
        scale = sum(new) / len(new) / usual if known else 1.0
        rates += [rate * scale for rate in half]
    yesterday = today - timedelta(days=1)
    came = sum(day.new for day in days if yesterday <= day.day <= today)
    usual = expected(rates, datetime.combine(yesterday, time(), UTC), last)
    return Pattern(tuple(rates), (came + _SMOOTH) / (usual + _SMOOTH))


def longest_usual(feed: Feed, state: FeedState) -> timedelta:
    """Return the time without anything new after which ``feed`` may be called silent."""
    if len(state.gaps) < LEAST_GAPS:
        known = timedelta(minutes=2 * max(state.gaps, default=0))
        return max(known, _USUAL.get(feed.kind, _USUAL["independent"]))
    return max(MARGIN * timedelta(minutes=p99(state.gaps)), SHORTEST)


def is_silent(
    feed: Feed,
    state: FeedState,
    days: Sequence[FeedDay],
    since: datetime,
    until: datetime,
    quiet: float = 1.0,
    calm: float = 1.0,
) -> bool:
    """Whether nothing new between these times is odd for ``feed``.

    It is when the time is longer than its usual longest one, and when, by its hours of day and
    week, more entries are missing than chance explains: a weekend or a holiday is no fault.
    ``quiet`` is the share of the usual that its neighbours bring today, ``calm`` how many times
    as many entries as usual must be missing.
    """
    if until - since <= longest_usual(feed, state):
        return False
    if len(state.gaps) < LEAST_GAPS or not any(state.rhythm):
        return True
    return quiet * pattern(state, days, since).missed(since, until) > calm * _most_missed(state)


def is_dripping(
    state: FeedState,
    days: Sequence[FeedDay],
    until: datetime,
    quiet: float = 1.0,
    calm: float = 1.0,
) -> bool:
    """Whether so few entries in so long a time, rather than none at all, are odd for a feed."""
    drip = _drip(state)
    if drip is None:
        return False
    since, usual = drip
    if until - since <= max(MARGIN * usual, SHORTEST):
        return False
    missed = quiet * pattern(state, days, since).missed(since, until)
    return missed > calm * _most_missed(state) + _STRAY_MISSED


def missed_since(state: FeedState, days: Sequence[FeedDay], look: HomeLook) -> float:
    """Return how many entries should have come between the first look at the home page and the
    last."""
    if look.last is None or state.last_changed is None:
        return 0.0
    return pattern(state, days, state.last_changed).missed(look.first, look.last)


def patience(state: FeedState, days: Sequence[FeedDay], look: HomeLook) -> float:
    """Return how many times as many entries as usual must be missing of a feed whose outlet's home
    page has shown nothing new either."""
    return CALM if missed_since(state, days, look) >= CALM_MISSED else 1.0


def is_suspect(state: FeedState, days: Sequence[FeedDay], until: datetime) -> bool:
    """Whether a feed has brought nothing, next to nothing or only what is old for so long that its
    outlet's home page is worth a look; on most days that is chance."""
    if len(state.gaps) < LEAST_GAPS or not any(state.rhythm) or state.last_changed is None:
        return False
    usual = timedelta(minutes=p99(state.gaps))
    if usual > SLOWEST:
        return False
    newest = state.newest
    if newest is not None and newest.minute == newest.second == 0:
        newest += timedelta(days=1)  # dated by the day
    since = min(state.last_changed, newest or state.last_changed)
    if _is_missing(state, days, since, until, SUSPECT * usual, SUSPECT_MISSED):
        return True
    drip = _drip(state)
    if drip is None:
        return False
    since, usual = drip
    return _is_missing(state, days, since, until, SUSPECT * usual, SUSPECT_MISSED + _STRAY)


def _is_missing(
    state: FeedState,
    days: Sequence[FeedDay],
    since: datetime,
    until: datetime,
    longest: timedelta,
    most: float,
) -> bool:
    if until - since <= longest:
        return False
    return pattern(state, days, since).missed(since, until) > most


def _drip(state: FeedState) -> tuple[datetime, timedelta] | None:
    """Return since when there were but stray entries, if these are stray, and the longest time
    in which as many usually come."""
    gaps, last = state.gaps, state.last_changed
    if len(gaps) < LEAST_GAPS + _STRAY or last is None or not any(state.rhythm):
        return None
    astray = timedelta(minutes=sum(gaps[-_STRAY + 1 :]))
    sums = [sum(gaps[n : n + _STRAY]) for n in range(len(gaps) - _STRAY + 1)]
    return last - astray, timedelta(minutes=p99(sums))


def _most_missed(state: FeedState) -> float:
    a_week = len(state.gaps) / max(sum(state.gaps), 1) * (timedelta(weeks=1) / _MINUTE)
    return SPREAD * math.log(max(a_week, 1.0) / CHANCE)
