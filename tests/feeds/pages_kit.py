"""A second outlet beside the room's own, and pages read through the door as a run reads them."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import anyio
from feeds_kit import NOW, Reply, Site

from archive import Archive
from archive.types import Entry
from feeds.pace import Pace
from feeds.page import PageReader
from feeds.robots import Robots
from feeds.workers import Workers
from net import Door, NetSettings

T = TypeVar("T")

PARAGRAPHS = (
    "The ministry said on Monday that the talks on the railway would go on in the autumn, after "
    "both sides had read the draft that was handed over in June.",
    "A second meeting is planned for October. Neither side has said where it will be held, and "
    "the mediators have asked for patience until the budget is through.",
)
NET = NetSettings.model_validate({"allow": ["127.0.0.0/8"]})


def article(head: str = "", paragraphs: tuple[str, ...] = PARAGRAPHS) -> Reply:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return Reply(
        f"<html><head><title>Railway talks</title>{head}</head><body><article>"
        f"<h1>Railway talks</h1>{body}</article></body></html>"
    )


def robots(text: str | bytes, status: int = 200, kind: str = "text/plain") -> Reply:
    return Reply(text, kind, status)


def entry(url: str, content: str | None = None) -> Entry:
    return Entry("f", url, url, url, "Railway talks", "x", content=content)


@contextmanager
def another_site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


def ask(
    archive: Archive,
    use: Callable[[Robots], Awaitable[T]],
    now: datetime = NOW,
    net: NetSettings = NET,
) -> T:
    """Open a door and ask robots.txt through it, as one run does."""

    async def run() -> T:
        async with Door(net) as door:
            return await use(Robots(archive, door, Pace(4, door.is_open), 0.0, now))

    return anyio.run(run)


def read(archive: Archive, use: Callable[[PageReader], Awaitable[T]], now: datetime = NOW) -> T:
    """Open a door and read pages through it, as one run does."""

    async def run() -> T:
        async with Door(NET) as door, Workers(1, 8.0) as workers:
            pace = Pace(4, door.is_open)
            asked = Robots(archive, door, pace, 0.0, now)
            return await use(PageReader(door, workers, pace, 0.0, asked, now))

    return anyio.run(run)
