"""A whole cycle, stage by stage, beside bare trafilatura on the same pages in the same run.

    ./run bench cycle            444 feeds, 757 articles

Prints seconds a stage, and the ratio of poll + collect to bare extraction in one process.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import newsroom
import trafilatura

from archive import Archive, ids, upgrade
from archive import feeds as feed_store
from archive.types import Feed
from flows import cycle, model
from flows.home import Home
from flows.settings import load

CONFIG = """
[net]
allow = ["127.0.0.0/8"]
[feeds]
feed_spacing = 0
page_spacing = 0
"""


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - start


def main(feeds: int = 444, articles: int = 757) -> None:
    made = newsroom.articles(articles)
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, newsroom.serve(made, feeds) as urls:
        home = Home(Path(folder))
        home.config.write_text(CONFIG)
        settings = load(home)
        archive = Archive(settings.database_url(home))
        upgrade(archive)
        with archive.write() as connection:
            rows = [Feed(ids.feed_id(u), u, f"Outlet {n}", "en") for n, u in enumerate(urls)]
            feed_store.add(connection, rows, cycle.clock())
        with timed("train", seconds):
            trained = model.ensure(home, settings)
        shop = cycle.open_workshop(home, settings, archive, lambda *_: None)

        async def collecting() -> None:
            with timed("poll", seconds):
                print(await cycle.poll(shop, everything=True))
            with timed("collect", seconds):
                report = await cycle.collect(shop)
                print(report.new, report.failed, report.errors[:3])
            with timed("poll, all unchanged", seconds):
                await cycle.poll(shop, everything=True)

        anyio.run(collecting)
        with timed("weigh", seconds):
            print(cycle.weigh(shop, trained))
    with timed("bare trafilatura", seconds):
        for one in made:
            trafilatura.bare_extraction(
                newsroom.page(one).decode(), fast=True, with_metadata=True, include_comments=False
            )
    for name, spent in seconds.items():
        print(f"{name:20} {spent:7.1f} s")
    ratio = (seconds["poll"] + seconds["collect"]) / seconds["bare trafilatura"]
    print(f"poll + collect to bare extraction in one process: {ratio:.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
