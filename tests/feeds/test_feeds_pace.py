from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
import pytest

from feeds import crew
from feeds.errors import FeedError
from feeds.pace import Pace, PausedError
from feeds.workers import Workers

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)


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


def test_a_booked_hop_keeps_the_distance_and_holds_nothing(clock: Clock) -> None:
    async def main() -> list[float]:
        pace = Pace(4, lambda _: False, clock)
        begun: list[float] = []

        async def crossing(one: str, other: str) -> None:
            async with pace.turn(f"https://{one}/", 5.0):
                await anyio.lowlevel.checkpoint()
                await pace.book(f"https://{other}/", 5.0)

        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(crossing, "a.example", "b.example")
                group.start_soon(crossing, "b.example", "a.example")
            for _ in range(3):
                await pace.book("https://c.example/", 2.0)
                begun.append(clock())
            async with pace.turn("https://c.example/", 2.0):
                begun.append(clock())
        return [at - begun[0] for at in begun]

    assert anyio.run(main) == [0.0, 2.0, 4.0, 6.0]


def test_a_redirect_within_a_host_waits_for_its_own_distance(clock: Clock) -> None:
    async def main() -> float:
        pace = Pace(4, lambda _: False, clock)
        async with pace.turn("https://a.example/old", 2.0):
            await pace.book("https://a.example/new", 2.0)
            return clock()

    assert anyio.run(main) == 2.0


def test_a_paused_domain_is_left_alone_with_all_its_hosts(clock: Clock) -> None:
    until = NOW + timedelta(minutes=10)

    async def main() -> None:
        pace = Pace(4, lambda host: host == "127.0.0.1", clock)
        pace.pause("https://www.news.example/rss", until, NOW, "503 Service Unavailable")
        for url in ("https://news.example/1", "https://img.news.example/2"):
            with pytest.raises(
                PausedError, match=r"news\.example is left alone until .* 12:10 UTC"
            ):
                async with pace.turn(url, 2.0):
                    raise AssertionError("asked")
            with pytest.raises(PausedError):
                await pace.book(url, 2.0)
        async with pace.turn("https://other.example/", 2.0):
            pass
        pace.pause("http://127.0.0.1:8080/rss", until, NOW, "429 Too Many Requests")
        with pytest.raises(PausedError):
            async with pace.turn("http://127.0.0.1:8081/", 0.0):
                raise AssertionError("asked")
        assert [pause.domain for pause in pace.new_pauses()] == ["news.example", "127.0.0.1"]
        assert pace.new_pauses() == ()
        clock.now += 601
        async with pace.turn("https://news.example/1", 2.0):
            pass

    anyio.run(main)


def test_a_pause_reaches_those_who_wait_already(clock: Clock) -> None:
    async def main() -> list[str]:
        pace = Pace(4, lambda _: False, clock)
        met: list[str] = []

        async def ask(name: str) -> None:
            try:
                async with pace.turn(f"https://a.example/{name}", 2.0):
                    met.append(name)
                    pace.pause("https://a.example/", NOW + timedelta(hours=1), NOW, "429")
            except PausedError as error:
                met.append(f"{name}: {error.pause.reason}")

        async with anyio.create_task_group() as group:
            for name in ("first", "second"):
                group.start_soon(ask, name)
        return met

    assert anyio.run(main) == ["first", "second: 429"]


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


def test_results_gather_for_a_while_before_they_are_written() -> None:
    batches: list[list[int]] = []

    async def job(n: int) -> int:
        await anyio.sleep(0.01 * (n % 3))
        return n

    with_patience = partial(crew.run, linger=60.0)
    anyio.run(with_patience, [partial(job, n) for n in range(120)], batches.append, 50)
    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert sorted(n for batch in batches for n in batch) == list(range(120))


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
