"""Silence: how long a feed may have nothing new before that is odd for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from archive.types import Feed, FeedState

MARGIN = 1.5
"""A feed is silent after this many times its own p99 gap, in hours and in entries missed."""

LEAST_GAPS = 20
"""Gaps between arrivals that must be known before a feed is held to its own p99."""

SHORTEST = timedelta(hours=2)
"""No feed is called silent sooner: a lunch break of a busy desk is not news."""

_BUCKET = timedelta(hours=3)
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
        start = at.replace(hour=bucket * 3, minute=0, second=0, microsecond=0)
        end = min(start + _BUCKET, until)
        hours = (end - at).total_seconds() / 3600
        total += hours * rhythm[bucket + (8 if at.weekday() >= 5 else 0)]
        at = end
    return total


def longest_usual(feed: Feed, state: FeedState) -> timedelta:
    """Return the time without anything new after which ``feed`` may be called silent."""
    if len(state.gaps) < LEAST_GAPS:
        known = timedelta(minutes=2 * max(state.gaps, default=0))
        return max(known, _USUAL.get(feed.kind, _USUAL["independent"]))
    return max(MARGIN * timedelta(minutes=p99(state.gaps)), SHORTEST)


def is_silent(feed: Feed, state: FeedState, since: datetime, until: datetime) -> bool:
    """Whether nothing new between these times is odd for ``feed``.

    It is when the time is longer than its usual longest one, and when, by its hours of day and
    week, more entries are missing than in its longest gaps before: a weekend is not a fault of
    an outlet whose last hundred gaps have all been on working days.
    """
    if until - since <= longest_usual(feed, state):
        return False
    if len(state.gaps) < LEAST_GAPS or not any(state.rhythm):
        return True
    return expected(state.rhythm, since, until) > MARGIN * p99(_missed(state, since))


def _missed(state: FeedState, end: datetime) -> list[float]:
    """Return how many entries each known gap should have had; the last gap ends at ``end``."""
    found = []
    for minutes in reversed(state.gaps):
        start = end - timedelta(minutes=minutes)
        found.append(expected(state.rhythm, start, end))
        end = start
    return found
