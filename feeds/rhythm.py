"""A feed's rhythm: how many entries an hour to expect, by time of day and kind of day.

Eight buckets of three hours (UTC) for working days, eight for weekends. Each is a moving average
that forgets by the hours it was watched, so that a bucket seen seldom is not forgotten faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

Rhythm = tuple[float, ...]

BUCKET = timedelta(hours=3)
A_DAY = 8
BUCKETS = 2 * A_DAY
MEMORY = 9.0
"""Hours of a bucket after which what was seen before weighs 1/e: three working days of it."""
LONGEST_WATCH = timedelta(hours=6)
"""Of a longer silence between two answers nothing is learnt: the feed's window may have been
too short for what came, or nobody was watching."""
LEAST_DATES = 4
LEAST_SPAN = timedelta(hours=1)
LONGEST_SPAN = timedelta(days=30)
_HOUR = timedelta(hours=1)


def flat(rate: float) -> Rhythm:
    """Return the rhythm of a feed of which only an average ``rate`` an hour is known."""
    return (rate,) * BUCKETS


def first(dates: Iterable[datetime | None], now: datetime) -> Rhythm:
    """Return what the dates of a first document tell: its average rate; empty when too little."""
    known = sorted(at for at in dates if at is not None and now - LONGEST_SPAN < at <= now)
    if len(known) < LEAST_DATES:
        return ()
    span = max(now - known[0], LEAST_SPAN)
    return flat(round(len(known) / (span / _HOUR), 4))


def learn(rhythm: Rhythm, since: datetime, now: datetime, new: int) -> Rhythm:
    """Return ``rhythm`` after ``new`` entries have come between two answers."""
    watched = now - since
    if not timedelta() < watched <= LONGEST_WATCH:
        return rhythm
    rate = new / (watched / _HOUR)
    learnt = list(rhythm)
    for bucket, part in _parts(since, now):
        weight = -math.expm1(-(part / _HOUR) / MEMORY)
        learnt[bucket] = round(learnt[bucket] + weight * (rate - learnt[bucket]), 4)
    return tuple(learnt)


def wait_for(rhythm: Rhythm, expected: float, now: datetime, most: timedelta) -> timedelta:
    """Return how long it takes until ``expected`` entries can be expected, ``most`` at most.

    For a constant rate this is ``expected`` / rate; a busier bucket ahead shortens it.
    """
    waited = timedelta()
    for bucket, part in _parts(now, now + most):
        come = rhythm[bucket] * (part / _HOUR)
        if come >= expected:
            return waited + part * (expected / come)
        expected -= come
        waited += part
    return most


def _parts(since: datetime, until: datetime) -> Iterator[tuple[int, timedelta]]:
    """Yield the buckets that a time reaches over, in their order, and how much of each it takes."""
    at, until = since.astimezone(UTC), until.astimezone(UTC)
    while at < until:
        begin = at.replace(hour=at.hour - at.hour % 3, minute=0, second=0, microsecond=0)
        end = min(begin + BUCKET, until)
        yield (A_DAY if at.weekday() >= 5 else 0) + at.hour // 3, end - at
        at = end
