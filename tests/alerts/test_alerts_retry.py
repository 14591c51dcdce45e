"""When a delivery is tried again and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts_kit import NOW
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import Course
from alerts.retry import FULL, JITTER, next_try

DAY = timedelta(days=1)


def after(
    course: Course, tries: int, *, now: datetime = NOW, asked: timedelta | None = None
) -> timedelta | None:
    when = next_try(
        course,
        message_id="msg_x",
        tries=tries,
        created=NOW,
        now=now,
        retry_after=asked,
    )
    return None if when is None else when - now


def test_a_three_day_outage_is_ridden_out_and_a_week_is_the_end() -> None:
    for message_id in map(str, range(50)):
        now, tries = NOW, 1
        tried = [now]
        while True:
            when = next_try(Course.FULL, message_id=message_id, tries=tries, created=NOW, now=now)
            if when is None:
                break
            now, tries = when, tries + 1
            tried.append(now)
        assert tried[-1] - NOW >= 7 * DAY
        assert tried[-1] - NOW < 8.3 * DAY
        assert any(3 * DAY <= t - NOW <= 4.5 * DAY for t in tried)


@given(st.integers(1, 30), st.text(max_size=20))
def test_waits_vary_by_a_fifth_and_are_the_same_each_time(tries: int, message_id: str) -> None:
    def ask() -> datetime | None:
        return next_try(Course.FULL, message_id=message_id, tries=tries, created=NOW, now=NOW)

    when = ask()
    plain = FULL[min(tries, len(FULL)) - 1]
    assert when is not None
    assert when == ask()
    assert plain * (1 - JITTER - 0.001) <= when - NOW <= plain * (1 + JITTER + 0.001)


def test_a_wish_to_wait_is_only_ever_exceeded() -> None:
    for tries in range(1, 12):
        wait = after(Course.FULL, tries, asked=timedelta(hours=3))
        assert wait is not None
        assert wait >= timedelta(hours=3)
    assert (after(Course.FULL, 1, asked=timedelta(days=900)) or DAY * 9) <= DAY * 1.2


def test_each_course_ends_in_its_own_way() -> None:
    assert after(Course.NEVER, 1) is None
    assert after(Course.ONCE, 1) is not None
    assert after(Course.ONCE, 2) is None
    slow = after(Course.SLOW, 1)
    assert slow is not None
    assert slow >= timedelta(minutes=24)
    assert after(Course.SLOW, 9, now=NOW + 7 * DAY) is None
    for days in (0, 8, 29):
        waiting = after(Course.WAIT, 400, now=NOW + days * DAY)
        assert waiting is not None
        assert timedelta(minutes=48) <= waiting <= timedelta(minutes=72)
    assert after(Course.WAIT, 1, now=NOW + 30 * DAY) is None
