"""A day of 2,000 feeds and 20,000 articles, through the real polling and collecting.

    ./run bench day              a tenth of it
    .venv/bin/python bench/day.py --scale 1

The clock is ours: a cycle each five minutes of the simulated day, one after the other. What the
feeds named on the day before counts as read. At a smaller scale there are as many cycles, of
fewer feeds and articles; the whole is told as the measured seconds over the scale, which is too
much: what a cycle costs by itself does not grow with the feeds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import costs
import newsroom
import ours
from costs import Row
from pages import heavy
from street import Papers, Street, serve

from archive import Archive
from feeds import Captures, refresh_health

FEEDS, ARTICLES = 2_000, 20_000
DAY = datetime(2026, 1, 14, tzinfo=UTC)
CYCLE = timedelta(minutes=5)
SCALE = 0.1
WARM = 0.25  # of the day, after which memory must be flat
HOUR = 3600.0
DRIFT = 0.05
WITH_HEALTH = 12  # cycles of the day in which judging the feeds is measured


@dataclass(slots=True)
class Seen:
    """What a day has shown: counts, and megabytes held after each cycle."""

    polls: int = 0
    new: int = 0
    failed: int = 0
    memory: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)


def day(scale: float = SCALE) -> list[Row]:
    """Run a day; return what it cost and how far memory drifted."""
    feeds, articles = round(FEEDS * scale), round(ARTICLES * scale)
    two_days = timedelta(days=2)
    papers = Papers(feeds, 2 * articles, DAY - two_days / 2, two_days, newsroom.articles, heavy)
    with serve(papers) as street, tempfile.TemporaryDirectory() as folder:
        street.show(DAY)
        archive = ours.opened(Path(folder) / "day.db", street.urls(feeds), DAY)
        captures = Captures(Path(folder) / "captures", 10**10)
        seen = Seen()

        anyio.run(ours.begin, archive, DAY)
        begun, wall = costs.cpu(street.pids), time.perf_counter()
        anyio.run(_cycles, archive, captures, street, seen)
        spent, wall = costs.cpu(street.pids) - begun, time.perf_counter() - wall
    print(
        f"{feeds} feeds, {seen.polls} polls, {seen.new} articles, {seen.failed} failed; "
        f"{spent:.0f} CPU s, {wall:.0f} s wall; judging the feeds "
        f"{1000 * statistics.median(seen.health):.0f} CPU ms a cycle, not counted"
    )
    return [_cost_row(spent, seen, scale), _memory_row(seen.memory)]


async def _cycles(archive: Archive, captures: Captures, street: Street, seen: Seen) -> None:
    cycles = timedelta(days=1) // CYCLE
    for number in range(1, cycles + 1):
        now = DAY + number * CYCLE
        street.show(now)
        asked, taken = await ours.cycle(archive, now, captures)
        seen.polls += asked.polled
        seen.new += taken.new
        seen.failed += asked.failed + taken.failed
        seen.memory.append(costs.resident())
        if number % (cycles // WITH_HEALTH) == 0:
            begun = time.process_time()
            await anyio.to_thread.run_sync(refresh_health, archive, now)
            seen.health.append(time.process_time() - begun)


def _cost_row(spent: float, seen: Seen, scale: float) -> Row:
    whole = spent / scale
    said = f"{spent:.0f} CPU s" + (f" at {scale:g}, at most {whole:.0f} whole" if scale < 1 else "")
    return Row(
        f"a day of {FEEDS * scale:,.0f} feeds, {seen.new:,} new articles",
        said,
        "one CPU-hour",
        f"{whole / HOUR:.2f}",
        "1.00",
        whole <= HOUR,
    )


def _memory_row(memory: list[float]) -> Row:
    """Compare the last tenth of the day with the tenth after warming up."""
    tenth = max(1, len(memory) // 10)
    warm = round(len(memory) * WARM)
    first = statistics.median(memory[warm : warm + tenth])
    last = statistics.median(memory[-tenth:])
    return Row(
        "memory of the fetching process at a day's end",
        f"{last:.0f} MB",
        f"{first:.0f} MB after 6 hours",
        f"{last / first:.3f}",
        "1.050",
        abs(last / first - 1) <= DRIFT,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=SCALE, help="share of the feeds (0.1)")
    print(costs.table(day(parser.parse_args().scale)))


if __name__ == "__main__":
    main()
