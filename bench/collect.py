"""Collecting, measured beside what others need for the same work in the same run.

    ./run bench collect
    .venv/bin/python bench/collect.py [unchanged] [pages] [size] [day]

Prints one table of all parts, or of those named, each run in a process of its own. How soon feeds
that break are noticed is ``bench/silence.py``. CPU is user + system of all processes of the side
that is measured; what serves the loopback street is not counted. Linux only.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import anyio
import costs
import day
import ours
import pages
import size
import street
from costs import Row, measure, middle

from archive import Archive

FEEDS = 1000
ROUNDS = 5
WORKERS = 16
FAST = 150  # feeds a second


def main(names: list[str]) -> None:
    """Measure the parts called ``names``, or all."""
    parts: dict[str, Callable[[], list[Row]]] = {
        "unchanged": unchanged,
        "pages": pages.pages,
        "size": size.size,
        "day": day.day,
    }
    if unknown := set(names) - set(parts):
        sys.exit(f"error: no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    rows: list[Row] = []
    for name in names or parts:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            rows += pool.submit(parts[name]).result()
    print(f"\n{costs.table(rows)}")


def unchanged(feeds: int = FEEDS) -> list[Row]:
    """Ask ``feeds`` unchanged feeds, by turns with reader."""
    with street.serve(street.Unchanged()) as there, tempfile.TemporaryDirectory() as folder:
        urls = there.urls(feeds)
        mine, theirs = _pivotwatch(urls, Path(folder)), _reader(urls, Path(folder))
        mine(), theirs()  # the first round reads and stores everything
        spent = [(measure(mine, there.pids), measure(theirs, there.pids)) for _ in range(ROUNDS)]
    one, other = middle([a for a, _ in spent]), middle([b for _, b in spent])
    ratios = [a.cpu / b.cpu for a, b in spent]
    ratio, fast = statistics.median(ratios), feeds / one.wall
    said = f"reader {version('reader')}"
    work = f"{feeds} unchanged feeds"
    return [
        Row(
            work,
            f"{one.cpu:.2f} cpu s",
            f"{other.cpu:.2f} cpu s of {said}",
            f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            "1.00",
            ratio <= 1,
        ),
        Row(
            work,
            f"{fast:.0f} feeds/s",
            f"{feeds / other.wall:.0f} feeds/s of {said}",
            f"{one.wall / other.wall:.2f}",
            f"{FAST} feeds/s",
            fast >= FAST,
        ),
    ]


def _pivotwatch(urls: list[str], folder: Path) -> Callable[[], None]:
    archive: Archive = ours.opened(folder / "pivotwatch.db", urls, datetime.now(UTC))

    async def ask() -> None:
        report = await ours.ask(archive, datetime.now(UTC))
        assert (report.polled, report.failed) == (len(urls), 0)

    return lambda: anyio.run(ask)


def _reader(urls: list[str], folder: Path) -> Callable[[], None]:
    # imported here: the other parts' memory is measured without it
    import feedparser_sgmllib
    import reader

    # the feedparser inside reader 3.26 looks for sgmllib under the name it once had
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    theirs = reader.make_reader(str(folder / "reader.db"))
    for url in urls:
        theirs.add_feed(url)
    return lambda: theirs.update_feeds(scheduled=False, workers=WORKERS)


if __name__ == "__main__":
    main(sys.argv[1:])
