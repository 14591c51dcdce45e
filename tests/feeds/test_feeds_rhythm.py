"""The schedule, simulated: what it costs and how late it is, with a clock that is not real."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.types import Feed
from feeds import rhythm, schedule
from feeds.schedule import Found
from feeds.settings import FeedsSettings

MONDAY = datetime(2025, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 28
HISTORY = timedelta(days=7)  # what stands in a feed before it is first read
SETTINGS = FeedsSettings()
FEEDS = 9


@dataclass(frozen=True)
class Run:
    polls: float  # a day
    delay: float  # minutes, mean
    missed: int
    gaps: int


def arrivals(per_day: float, chance: random.Random) -> list[datetime]:
    """Return when an outlet publishes: by day more than at night, less at weekends, in bursts."""
    found: list[datetime] = []
    for hour in range((DAYS + HISTORY.days) * 24):
        at = MONDAY + hour * HOUR
        local = (at.hour + 4) % 24
        weight = 0.15 if local < 7 else 1.7 if 9 <= local < 19 else 1.05
        weight *= 0.45 if at.weekday() >= 5 else 1.0
        passed = chance.expovariate(weight * per_day / 24 * 0.9)
        while passed < 1:
            found += [at + passed * HOUR] * (4 if chance.random() < 0.055 else 1)
            passed += chance.expovariate(weight * per_day / 24 * 0.9)
    return found


def simulate(per_day: float, window: int, seed: int, kind: str, *, dated: bool = True) -> Run:
    """Poll an outlet for four weeks by the very functions that polling uses."""
    chance = random.Random(seed)
    times = arrivals(per_day, chance)
    feed = Feed(f"f_{per_day}_{seed}", "https://outlet.example/rss", "Outlet", "en", kind)
    begin = now = MONDAY + HISTORY + timedelta(minutes=chance.randint(0, 59))
    seen, last, known = bisect.bisect_right(times, now), None, rhythm.flat(0)
    polls = missed = gaps = 0
    late: list[timedelta] = []
    while now < begin + timedelta(days=DAYS):
        polls += 1
        here = bisect.bisect_right(times, now)
        new = times[max(seen, here - window) : here]
        missed += here - seen - len(new)
        late += [now - at for at in new]
        if last is None:
            shown = times[max(0, here - window) : here] if dated else []
            known = rhythm.first(shown, now) or schedule.unknown(SETTINGS)
        else:
            known = rhythm.learn(known, last, now, len(new))
        found = Found(min(window, here), len(new), last is not None)
        gaps += found.whole_window
        seen, last = here, now
        wait = schedule.interval(feed, known, now, SETTINGS, found)
        now = schedule.after_success(feed.id, now, wait)
    delay = sum(late, timedelta()) / max(1, len(late)) / timedelta(minutes=1)
    return Run(polls / DAYS, delay, missed, gaps)


def fleet(per_day: float, kind: str = "independent", *, dated: bool = True) -> Run:
    runs = [simulate(per_day, 10 + 10 * (n % 3), n, kind, dated=dated) for n in range(FEEDS)]
    return Run(
        sum(run.polls for run in runs) / FEEDS,
        sum(run.delay for run in runs) / FEEDS,
        sum(run.missed for run in runs),
        sum(run.gaps for run in runs),
    )


def test_a_wire_loses_nothing() -> None:
    run = fleet(150, "wire")
    assert run.missed == 0
    assert run.polls <= 220
    assert run.delay <= 5


def test_an_outlet_is_read_soon_with_few_polls() -> None:
    run = fleet(40)
    assert run.missed == 0
    assert run.polls <= 100
    assert run.delay <= 10


def test_a_small_outlet_and_a_think_tank_are_seldom_asked() -> None:
    small = fleet(6)
    assert small.missed == 0
    assert small.polls <= 40
    assert small.delay <= 25
    tank = fleet(0.7, "think-tank")
    assert tank.polls <= 30
    assert (tank.missed, tank.gaps) == (0, 0)


def test_a_feed_without_dates_is_learnt_from_polling_alone() -> None:
    run = fleet(40, dated=False)
    assert run.polls <= 110
    assert run.delay <= 10


@given(
    st.lists(st.floats(0, 100), min_size=16, max_size=16).map(tuple),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["wire", "official"]),
    st.integers(0, 50),
)
def test_an_interval_stays_in_its_bounds(
    known: tuple[float, ...], at: datetime, kind: str, new: int
) -> None:
    feed = Feed("f", "https://outlet.example/rss", "Outlet", "en", kind)
    found = Found(50, new)
    wait = schedule.interval(feed, known, at.replace(tzinfo=UTC), SETTINGS, found)
    least, most = (30, 60) if kind == "official" else (5, 45)
    assert timedelta(minutes=least) <= wait <= timedelta(minutes=most)


def at_rate(rate: float) -> Callable[[Found | None], float]:
    feed = Feed("f", "https://outlet.example/rss", "Outlet", "en")

    def minutes(found: Found | None = None) -> float:
        wait = schedule.interval(feed, rhythm.flat(rate), MONDAY, SETTINGS, found)
        return wait / timedelta(minutes=1)

    return minutes


def test_half_an_entry_is_waited_for_and_many_at_once_are_followed() -> None:
    assert at_rate(2.0)(None) == pytest.approx(15)
    assert at_rate(0.0)(None) == 45
    assert at_rate(60.0)(None) == 5
    assert at_rate(0.1)(Found(20, 2)) == 45
    assert at_rate(0.1)(Found(20, 3)) == 10
    assert at_rate(0.1)(Found(20, 20)) == 5
    assert at_rate(0.1)(Found(20, 20, known=False)) == 45


def test_a_feed_without_a_rhythm_is_asked_by_the_setting() -> None:
    feed = Feed("f", "https://outlet.example/rss", "Outlet", "en")
    settings = FeedsSettings(interval=20)
    assert schedule.interval(feed, (), MONDAY, settings) / timedelta(minutes=1) == pytest.approx(20)


def test_a_busier_bucket_ahead_shortens_the_wait() -> None:
    known = list(rhythm.flat(0.0))
    known[2] = 60.0  # 6 to 9 UTC on working days
    before = MONDAY + 6 * HOUR - timedelta(minutes=20)
    wait = rhythm.wait_for(tuple(known), 0.5, before, HOUR)
    assert wait / timedelta(minutes=1) == pytest.approx(20.5)


def test_each_bucket_learns_what_came_in_it() -> None:
    known = rhythm.flat(1.0)
    for _ in range(40):
        known = rhythm.learn(known, MONDAY + 9 * HOUR, MONDAY + 10 * HOUR, 6)
    assert known[3] == pytest.approx(6, abs=0.1)
    assert [rate for n, rate in enumerate(known) if n != 3] == [1.0] * 15
    saturday = MONDAY + timedelta(days=5)
    later = rhythm.learn(known, saturday + 2.5 * HOUR, saturday + 3.5 * HOUR, 0)
    assert [n for n in range(16) if later[n] != known[n]] == [8, 9]


@pytest.mark.parametrize("watched", [timedelta(), -HOUR, timedelta(days=-365), 7 * HOUR])
def test_nothing_is_learnt_of_a_time_that_was_not_watched(watched: timedelta) -> None:
    known = rhythm.flat(1.0)
    assert rhythm.learn(known, MONDAY, MONDAY + watched, 50) == known


def test_the_first_document_tells_the_average_rate_by_its_dates() -> None:
    dates = [MONDAY - n * HOUR for n in range(1, 11)]
    assert rhythm.first(dates, MONDAY) == rhythm.flat(1.0)
    assert rhythm.first(
        [*dates, None, MONDAY + HOUR, datetime(1970, 1, 1, tzinfo=UTC)], MONDAY
    ) == (rhythm.flat(1.0))
    assert rhythm.first(dates[:3], MONDAY) == ()
    assert rhythm.first([MONDAY] * 30, MONDAY) == rhythm.flat(30.0)
