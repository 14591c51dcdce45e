"""When feeds and pages are asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from archive.types import FailureKind
from feeds.schedule import (
    after_failure,
    after_outage,
    after_pause,
    after_success,
    longest_back_off,
    page_retry,
    pause_asked,
    wish,
)
from feeds.settings import FeedsSettings

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)


@given(st.text(max_size=30), st.integers(1, 99), st.text(max_size=40) | st.integers().map(str))
def test_failing_feeds_are_asked_ever_later_but_for_ever(
    feed_id: str, failures: int, retry_after: str
) -> None:
    wait = after_failure(feed_id, NOW, TEN, failures, retry_after) - NOW
    assert TEN < wait <= timedelta(hours=24)
    plain = after_failure(feed_id, NOW, TEN, failures) - NOW
    assert plain <= timedelta(hours=7.5)
    assert wait >= plain


@given(st.text(max_size=30), st.integers(0, 10**6))
def test_the_next_poll_follows_interval_and_wish(feed_id: str, seconds: int) -> None:
    asked = timedelta(seconds=seconds)
    wait = after_success(feed_id, NOW, TEN, asked) - NOW
    assert timedelta(minutes=9) <= wait <= max(timedelta(minutes=11), asked)
    assert wait >= asked
    assert wait == after_success(feed_id, NOW, TEN, asked) - NOW


def test_polls_of_many_feeds_drift_apart() -> None:
    assert len({after_success(f"f_{n}", NOW, TEN) for n in range(100)}) > 90
    waits = [after_failure(f"f_{n}", NOW, TEN, 1) - NOW for n in range(200)]
    assert timedelta(minutes=15) <= min(waits) < timedelta(minutes=17)
    assert timedelta(minutes=23) < max(waits) <= timedelta(minutes=25)
    until = NOW + HOUR
    back = {after_pause(f"f_{n}", until) for n in range(100)}
    assert len(back) > 90
    assert until <= min(back) <= max(back) <= until + TEN
    assert timedelta(minutes=4) < after_outage("f_1", NOW) - NOW < timedelta(minutes=6)


@pytest.mark.parametrize(
    ("kind", "status", "hours"),
    [
        (FailureKind.NETWORK, 0, 6),
        (FailureKind.BROKEN, 0, 6),
        (FailureKind.EMPTY, 0, 6),
        (FailureKind.HTTP, 0, 6),
        (FailureKind.HTTP, 500, 6),
        (FailureKind.HTTP, 503, 6),
        (FailureKind.HTTP, 408, 6),
        (FailureKind.BLOCKED, 429, 6),
        (FailureKind.HTTP, 404, 24),
        (FailureKind.BLOCKED, 403, 24),
        (FailureKind.BLOCKED, 0, 24),
        (FailureKind.HTML, 0, 24),
        (FailureKind.REFUSED, 0, 24),
        (FailureKind.GONE, 410, 7 * 24),
    ],
)
def test_the_longest_back_off_depends_on_what_failed(
    kind: FailureKind, status: int, hours: int
) -> None:
    longest = longest_back_off(kind, status)
    assert longest == timedelta(hours=hours)
    waits = [after_failure("f", NOW, TEN, n, longest=longest) - NOW for n in range(1, 40)]
    assert all(0.75 * longest <= wait <= 1.25 * longest for wait in waits[12:])


@pytest.mark.parametrize(
    ("headers", "ttl", "minutes"),
    [
        ({}, None, 0),
        ({}, 30, 30),
        ({}, 10**9, 60),
        ({"cache-control": "public, max-age=900"}, None, 15),
        ({"cache-control": 'Max-Age="900"'}, 5, 15),
        ({"cache-control": "max-age=900", "age": "300"}, None, 10),
        ({"cache-control": "max-age=900", "age": "99999"}, None, 0),
        ({"cache-control": "s-maxage=900"}, None, 0),
        ({"cache-control": "max-age=99999999"}, None, 60),
        ({"cache-control": "no-cache, max-age=900"}, None, 0),
        ({"cache-control": "no-store", "expires": "Mon, 01 Sep 2025 12:20:00 GMT"}, None, 0),
        ({"cache-control": "no-cache"}, 30, 30),
        ({"cache-control": "max-age=banana"}, None, 0),
        ({"expires": "Mon, 01 Sep 2025 12:20:00 GMT"}, None, 20),
        ({"expires": "Mon, 01 Sep 2025 12:20:00 GMT"}, 40, 40),
        ({"expires": "Mon, 01 Sep 2025 11:00:00 GMT"}, None, 0),
        ({"expires": "0"}, None, 0),
        ({"expires": "-1"}, None, 0),
        ({"expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, None, 60),
        (
            {
                "expires": "Mon, 01 Sep 2003 12:20:00 GMT",
                "date": "Mon, 01 Sep 2003 12:00:00 GMT",
            },
            None,
            20,
        ),
        ({"retry-after": "7200"}, None, 120),
        ({"retry-after": "9999999"}, None, 24 * 60),
        ({"retry-after": "60", "cache-control": "max-age=900"}, None, 15),
    ],
)
def test_what_a_server_wishes_is_heard_within_bounds(
    headers: dict[str, str], ttl: int | None, minutes: int
) -> None:
    assert wish(headers, NOW, ttl) == timedelta(minutes=minutes)


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text()))
def test_no_header_raises_or_hides_a_feed_for_long(headers: dict[str, str]) -> None:
    assert timedelta() <= wish(headers, NOW, None) <= HOUR


@pytest.mark.parametrize(
    ("status", "retry_after", "wait"),
    [
        (429, "", TEN),
        (429, "30", TEN),
        (429, "3600", HOUR),
        (429, "Mon, 01 Sep 2025 13:00:00 GMT", HOUR),
        (503, "3600", HOUR),
        (503, "", timedelta()),
        (500, "3600", timedelta()),
        (200, "3600", timedelta()),
    ],
)
def test_who_says_so_is_left_alone(status: int, retry_after: str, wait: timedelta) -> None:
    assert pause_asked(status, {"retry-after": retry_after}, NOW) == wait


def test_pages_are_tried_again_ever_later() -> None:
    waits = [page_retry(NOW, n) - NOW for n in range(3)]
    assert waits == [timedelta(minutes=m) for m in (5, 10, 20)]


def test_intervals_out_of_order_are_a_mistake() -> None:
    with pytest.raises(ValidationError, match="least_interval is more than most_interval"):
        FeedsSettings(least_interval=60)
