"""Collecting, measured beside what others need for the same work in the same run.

    ./run bench collect

Prints, for 1,000 feeds that have not changed (304) on one loopback server with spacing off, the
CPU seconds and the wall seconds of ``feeds.poll`` and of lemon24/reader's ``update_feeds``. CPU is
user + system of this process and the children it has ended; the server's is not counted.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import feedparser_sgmllib
import reader
import street

from archive import Archive, ids, upgrade
from archive import feeds as feed_store
from archive.types import Feed
from feeds import FeedsSettings, PollReport, poll
from net import Door, NetSettings

ROUNDS = 5
WORKERS = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: of the processor, and on the wall."""

    cpu: float
    wall: float


def main() -> None:
    """Measure row by row."""
    unchanged()


def unchanged(feeds: int = 1000) -> None:
    """Ask ``feeds`` unchanged feeds, by turns with reader."""
    with street.unchanged_feeds(feeds) as urls, tempfile.TemporaryDirectory() as folder:
        ours, theirs = _pivotwatch(urls, Path(folder)), _reader(urls, Path(folder))
        ours(), theirs()  # the first round reads and stores everything
        costs = [(measure(ours), measure(theirs)) for _ in range(ROUNDS)]
    mine, others = middle([a for a, _ in costs]), middle([b for _, b in costs])
    print(f"{feeds} unchanged feeds, medians of {ROUNDS} rounds by turns")
    for name, cost in (("pivotwatch", mine), (f"reader {reader.__version__}", others)):
        print(
            f"  {name:14} {cost.cpu:6.2f} CPU s {cost.wall:6.2f} s wall "
            f"{feeds / cost.wall:6.0f} feeds/s {1000 * cost.cpu / feeds:6.2f} CPU ms a feed"
        )
    ratios = [a.cpu / b.cpu for a, b in costs]
    print(
        f"  CPU ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); "
        "goal 1.00, and 150 feeds/s"
    )


def measure(work: Callable[[], object]) -> Cost:
    """Do ``work`` and return what it cost."""
    cpu, wall = _cpu(), time.perf_counter()
    work()
    return Cost(_cpu() - cpu, time.perf_counter() - wall)


def middle(costs: list[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
    )


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _pivotwatch(urls: list[str], folder: Path) -> Callable[[], PollReport]:
    archive = Archive(f"sqlite:///{folder / 'pivotwatch.db'}")
    upgrade(archive)
    now = datetime.now(UTC)
    with archive.write() as connection:
        watched = [Feed(ids.feed_id(url), url, url, "en") for url in urls]
        feed_store.add(connection, watched, now)
    settings = FeedsSettings(feed_spacing=0, parallel=WORKERS)
    net = NetSettings.model_validate({"allow": ["127.0.0.0/8"]})

    async def ask() -> PollReport:
        async with Door(net) as door:
            report = await poll(archive, door, settings, datetime.now(UTC), everything=True)
        assert (report.polled, report.failed) == (len(urls), 0)
        return report

    return lambda: anyio.run(ask)


def _reader(urls: list[str], folder: Path) -> Callable[[], None]:
    # the feedparser inside reader 3.26 looks for sgmllib under the name it once had
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    theirs = reader.make_reader(str(folder / "reader.db"))
    for url in urls:
        theirs.add_feed(url)
    return lambda: theirs.update_feeds(scheduled=False, workers=WORKERS)


if __name__ == "__main__":
    main()
