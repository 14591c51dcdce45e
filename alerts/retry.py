"""When a failed delivery is tried again, and when it is given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from alerts.errors import Course
from archive import ids

# Waits after the 1st, 2nd, … try; the last one repeats. FULL is the example schedule of Standard
# Webhooks 1.0 with a minute added: 75.6 hours, then daily, so that a three-day outage is ridden
# out.
FULL = tuple(
    timedelta(seconds=s) for s in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
SLOW = (timedelta(minutes=30), timedelta(hours=5), timedelta(hours=24))
ONCE = (timedelta(minutes=1),)
WAIT = (timedelta(hours=1),)
GIVE_UP = timedelta(days=7)
LEAST_TRIES = 8  # what has waited for a disabled channel has its tries after that
GIVE_UP_WAITING = timedelta(days=30)
LONGEST_RETRY_AFTER = timedelta(hours=24)
JITTER = 0.2

_WAITS = {
    Course.FULL: FULL,
    Course.SLOW: SLOW,
    Course.ONCE: ONCE,
    Course.WAIT: WAIT,
    Course.GONE: WAIT,  # nothing is tried before a person enables the channel again
}


def next_try(
    course: Course,
    *,
    message_id: str,
    tries: int,
    created: datetime,
    now: datetime,
    retry_after: timedelta | None = None,
    failing_for: timedelta | None = None,
) -> datetime | None:
    """Return when to try again, or None when the message is dead.

    Waits vary by up to a fifth, by the message's id, so that a mended endpoint is not met by all
    messages at once; a wish of the other side (Retry-After) is only ever exceeded.

    Args:
        course: how a failure of this kind goes on.
        message_id: the message's id.
        tries: how often it was tried, this time included.
        created: when the message was put into the outbox.
        now: the time of the failure.
        retry_after: the least wait the other side asked for; at most a day is granted.
        failing_for: how long its channel has failed at everything, None if it has not: a message
            that meets an old outage waits as long as those that met its beginning.
    """
    if course is Course.NEVER or (course is Course.ONCE and tries > len(ONCE)):
        return None
    if _is_spent(course, tries, now - created):
        return None
    waits = _WAITS[course]
    wait = waits[min(max(tries - 1, _probes(waits, failing_for)), len(waits) - 1)]
    share = _share(message_id, tries)
    when = now + wait * (1 - JITTER + 2 * JITTER * share)
    if retry_after is None:
        return when
    asked = min(retry_after, LONGEST_RETRY_AFTER)
    return max(when, now + asked * (1 + JITTER * share))


def _probes(waits: Sequence[timedelta], failing_for: timedelta | None) -> int:
    """Return how many waits have passed in an outage that began so long ago."""
    if failing_for is None:
        return 0
    ends = (end * (1 - JITTER) for end in accumulate(waits, initial=timedelta(0)))
    return sum(1 for end in ends if timedelta(0) < end <= failing_for)


def _is_spent(course: Course, tries: int, age: timedelta) -> bool:
    if course is Course.WAIT or course is Course.GONE:
        return age >= GIVE_UP_WAITING
    return age >= GIVE_UP and tries >= LEAST_TRIES


def _share(message_id: str, tries: int) -> float:
    """Return a number from 0 to 1 that is always the same for one try of one message."""
    digits = ids.digest("retry", message_id, str(tries), length=8)
    return int.from_bytes(digits.encode("ascii")[:4], "big") % 1_000 / 999
