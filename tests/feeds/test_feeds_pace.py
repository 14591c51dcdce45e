from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import crew
from feeds.errors import FeedError
from feeds.pace import Pace
from feeds.schedule import after_failure, after_success, page_retry
from feeds.workers import Workers

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


class Clock:
    """A clock that sleeping moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        real = anyio.sleep

        async def sleep(seconds: float) -> None:
            await real(0)
            self.now += seconds

        monkeypatch.setattr("feeds.pace.anyio.sleep", sleep)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    ("url", "spacing", "gap"),
    [
        ("https://news.example/1", 5.0, 5.0),
        ("https://news.example/1", 0.0, 1.0),
        ("http://127.0.0.1/1", 0.5, 0.5),
    ],
)
def test_a_host_is_asked_one_at_a_time_and_not_too_often(
    clock: Clock, url: str, spacing: float, gap: float
) -> None:
    pace = Pace(4, lambda host: host == "127.0.0.1", clock)
    begun: list[float] = []
    busy = 0

    async def ask() -> None:
        nonlocal busy
        async with pace.turn(url, spacing):
            busy += 1
            assert busy == 1
            begun.append(clock())
            clock.now += 0.25
            await anyio.lowlevel.checkpoint()
            busy -= 1

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(ask)

    anyio.run(main)
    assert begun == [0.0, gap + 0.25, 2 * (gap + 0.25)]


def test_hosts_do_not_wait_for_each_other_but_for_the_bound(clock: Clock) -> None:
    async def main(hosts: list[str], spacing: float, parallel: int) -> int:
        pace = Pace(parallel, lambda host: host == "127.0.0.1", clock)
        busy = most = 0

        async def ask(host: str) -> None:
            nonlocal busy, most
            async with pace.turn(f"http://{host}/", spacing):
                busy += 1
                most = max(most, busy)
                for _ in range(5):
                    await anyio.lowlevel.checkpoint()
                busy -= 1

        async with anyio.create_task_group() as group:
            for host in hosts:
                group.start_soon(ask, host)
        return most

    assert anyio.run(main, [f"h{n}.example" for n in range(9)], 5.0, 4) == 4
    assert anyio.run(main, ["127.0.0.1"] * 9, 0.0, 4) == 4
    assert anyio.run(main, ["one.example"] * 9, 0.0, 4) == 1


def test_a_cancelled_turn_is_given_back(clock: Clock) -> None:
    async def main() -> bool:
        pace = Pace(1, lambda _: False, clock)
        with anyio.CancelScope() as scope:
            async with pace.turn("https://a.example/", 5.0):
                scope.cancel()
                await anyio.lowlevel.checkpoint()
        async with anyio.create_task_group() as group:
            group.start_soon(partial(anyio.sleep, 0))
            async with pace.turn("https://b.example/", 5.0), anyio.create_task_group() as waiting:
                waiting.start_soon(_take, pace)
                waiting.cancel_scope.cancel()
        async with pace.turn("https://a.example/", 5.0):
            return clock() >= 5.0

    assert anyio.run(main)


async def _take(pace: Pace) -> None:
    async with pace.turn("https://b.example/", 5.0):
        pass


def test_results_are_written_in_batches_as_they_arrive() -> None:
    batches: list[list[int]] = []

    async def job(n: int) -> int:
        return n

    anyio.run(crew.run, [partial(job, n) for n in range(120)], batches.append, 50)
    assert sorted(n for batch in batches for n in batch) == list(range(120))
    assert all(1 <= len(batch) <= 50 for batch in batches)
    assert len(batches) < 120


@pytest.mark.parametrize("where", ["job", "write"])
def test_an_error_is_raised_as_it_is(where: str) -> None:
    async def job(n: int) -> int:
        if where == "job" and n == 3:
            raise KeyError("from a job")
        return n

    def write(_: list[int]) -> None:
        if where == "write":
            raise KeyError("from the writer")

    with pytest.raises(KeyError, match="from"):
        anyio.run(crew.run, [partial(job, n) for n in range(9)], write, 2)


@given(st.text(max_size=30), st.integers(1, 99), st.text(max_size=40) | st.integers().map(str))
def test_failing_feeds_are_asked_ever_later_but_for_ever(
    feed_id: str, failures: int, retry_after: str
) -> None:
    wait = after_failure(feed_id, NOW, TEN, failures, retry_after) - NOW
    assert TEN < wait <= timedelta(hours=24)
    plain = after_failure(feed_id, NOW, TEN, failures) - NOW
    assert plain <= timedelta(hours=6.6)
    assert wait >= plain


@given(st.text(max_size=30), st.none() | st.integers(0, 10**6))
def test_the_next_poll_follows_interval_and_ttl(feed_id: str, ttl: int | None) -> None:
    wait = after_success(feed_id, NOW, TEN, ttl) - NOW
    assert timedelta(minutes=9) <= wait <= timedelta(minutes=60)
    assert wait >= timedelta(minutes=min(ttl or 0, 60))
    assert wait == after_success(feed_id, NOW, TEN, ttl) - NOW


def test_polls_of_many_feeds_drift_apart() -> None:
    assert len({after_success(f"f_{n}", NOW, TEN) for n in range(100)}) > 90


def test_pages_are_tried_again_ever_later() -> None:
    waits = [page_retry(NOW, n) - NOW for n in range(3)]
    assert waits == [timedelta(minutes=m) for m in (5, 10, 20)]


def test_a_document_that_crashes_its_reader_costs_one_document() -> None:
    async def main() -> None:
        async with Workers(1, 20.0) as workers:
            with pytest.raises(FeedError, match="crashed the parser"):
                await workers._run(os._exit, 11)
            with pytest.raises(FeedError, match="too much memory"):
                await workers._run(bytes, 4_000_000_000)
            page = await workers.extract_page(b"<html><body><p>Alive", "text/html", "http://a.b/")
            assert page.text == "Alive"

    anyio.run(main)
