"""Quiet hours in every zone there is, on both sides of every change of its clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.quiet import day_of, release

BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=1)
SPANS = (
    (time(22), time(7)),
    (time(2, 30), time(3)),
    (time(0), time(2, 30)),
    (time(1, 45), time(1, 15)),
    (time(23, 30), time(0, 30)),
)


@cache
def zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The minutes at which a zone's clock is changed, 2025 to 2027."""
    zone, found, day = ZoneInfo(name), [], BEGIN
    while day < END:
        following = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(_minute(day, following, zone))
        day = following
    return tuple(found)


def _minute(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = low.astimezone(zone).utcoffset()
    while high - low > STEP:
        middle = low + ((high - low) // 2) // STEP * STEP
        same = middle.astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return high


def is_quiet(moment: datetime, start: time, end: time, zone: ZoneInfo) -> bool:
    wall = moment.astimezone(zone).time()
    return start <= wall < end if start < end else wall >= start or wall < end


def check(moment: datetime, start: time, end: time, name: str) -> None:
    """The end of quiet hours is the first minute at which the wall's clock is outside of them."""
    zone = ZoneInfo(name)
    found = release(moment, start, end, zone)
    if not is_quiet(moment, start, end, zone):
        assert found is None
        return
    assert found is not None
    assert found.tzinfo is UTC
    assert moment < found <= moment + timedelta(hours=52)  # a jump can skip the only free hour
    assert not is_quiet(found, start, end, zone), (name, moment, found)
    assert is_quiet(found - timedelta(microseconds=1), start, end, zone), (name, moment, found)
    probe = moment
    while probe < found:
        assert is_quiet(probe, start, end, zone), (name, moment, probe)
        probe += timedelta(minutes=15)


def around(change: datetime) -> Iterator[datetime]:
    for minutes in (-1500, -600, -61, -30, -1, 0, 1, 29, 61, 300):
        yield change + timedelta(minutes=minutes)


def test_in_every_zone_at_every_change_of_the_clock() -> None:
    seen, done = 0, set()
    for name in zones():
        for change in changes(name):
            zone = ZoneInfo(name)
            before, after = change - STEP, change + STEP
            kind = (change, before.astimezone(zone).utcoffset(), after.astimezone(zone).utcoffset())
            if kind in done:  # the same clock under another name
                continue
            done.add(kind)
            for start, end in SPANS:
                for moment in around(change):
                    check(moment, start, end, name)
                    seen += 1
    assert seen > 5_000


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_at_any_time_in_any_zone(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(zones()))
    moment = data.draw(
        st.datetimes(BEGIN.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC))
    )
    clock = st.times().map(lambda t: t.replace(second=0, microsecond=0))
    start, end = data.draw(clock), data.draw(clock)
    if start != end:
        check(moment, start, end, name)


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (datetime(2026, 3, 28, 21, tzinfo=UTC), 8.0),
        (datetime(2026, 10, 24, 20, tzinfo=UTC), 10.0),
        (datetime(2026, 6, 1, 20, tzinfo=UTC), 9.0),
    ],
)
def test_a_night_in_brussels_is_as_long_as_the_clock_makes_it(
    evening: datetime, hours: float
) -> None:
    found = release(evening, time(22), time(7), ZoneInfo("Europe/Brussels"))
    assert found == evening + timedelta(hours=hours)


def test_equal_times_are_no_quiet_hours() -> None:
    assert release(BEGIN, time(8), time(8), ZoneInfo("UTC")) is None


def test_days_follow_each_other_without_gap_in_every_zone() -> None:
    for name in zones():
        zone, moment = ZoneInfo(name), datetime(2026, 3, 1, tzinfo=UTC)
        for _ in range(60):
            start, end = day_of(moment, zone)
            assert start <= moment < end, (name, moment)
            assert day_of(end, zone)[0] == end, (name, end)
            moment = end
