"""A loopback street of outlets in processes of their own, so that a measurement of who asks them
does not count what answering costs."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import socket
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any, Protocol

from newsroom import Made

ITEMS = 15
_NEWEST = datetime(2025, 9, 1, tzinfo=UTC)
_NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Site(Protocol):
    """What a street serves; it is prepared in each process that does."""

    def prepare(self, base: str, clock: Any) -> None: ...

    def tag(self, path: str) -> str:
        """Return what changes with the document at ``path``; empty when there is none."""
        ...

    def body(self, path: str) -> tuple[bytes, str]:
        """Return the document at ``path`` and its media type."""
        ...


@dataclass(frozen=True, slots=True)
class Street:
    """A street that is open: its address, the processes that serve it, and its clock."""

    base: str
    pids: tuple[int, ...]
    clock: Any

    def urls(self, feeds: int) -> list[str]:
        return [f"{self.base}/feed/{n}" for n in range(feeds)]

    def show(self, now: datetime) -> None:
        """Let it be ``now`` on the street: what is published later is not there yet."""
        self.clock.value = now.timestamp()


@contextmanager
def serve(site: Site, processes: int = 2) -> Iterator[Street]:
    """Open a street, served by ``processes``."""
    with socket.socket() as claim:  # held, so that all processes can share the port it was given
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        claim.bind(("127.0.0.1", 0))
        port = claim.getsockname()[1]
        context = multiprocessing.get_context("spawn")
        ready, clock = context.Semaphore(0), context.Value("d", 0.0)
        servers = [
            context.Process(target=_serve, args=(site, port, ready, clock), daemon=True)
            for _ in range(processes)
        ]
        for server in servers:
            server.start()
        try:
            for _ in servers:
                ready.acquire()
            pids = tuple(server.pid or 0 for server in servers)
            yield Street(f"http://127.0.0.1:{port}", pids, clock)
        finally:
            for server in servers:
                server.terminate()
                server.join()


class Unchanged:
    """Feeds that stay as they are."""

    def __init__(self) -> None:
        self._base = ""

    def prepare(self, base: str, clock: Any) -> None:  # noqa: ARG002
        self._base = base

    def tag(self, path: str) -> str:
        return path if path.startswith("/feed/") else ""

    def body(self, path: str) -> tuple[bytes, str]:
        items = "".join(
            f"<item><title>Report {n} of {path}</title><link>{self._base}{path}/{n}</link>"
            f"<guid>{path}/{n}</guid>"
            f"<pubDate>{format_datetime(_NEWEST - timedelta(hours=n))}</pubDate>"
            "<description>The council met in the morning and will meet again.</description></item>"
            for n in range(ITEMS)
        )
        return _rss(path, self._base, items), "application/rss+xml"


@dataclass(slots=True)
class Papers:
    """Outlets that publish ``count`` articles at random over ``span`` from ``begin``.

    ``write`` makes that many, ``lay_out`` the page of each. A feed shows its newest ``shown``.
    With ``ready`` the pages are all made before the street opens.
    """

    feeds: int
    count: int
    begin: datetime
    span: timedelta
    write: Callable[[int], list[Made]]
    lay_out: Callable[[Made, int], bytes]
    shown: int = ITEMS
    ready: bool = False
    _made: list[Made] = field(default_factory=list)
    _pages: list[bytes] = field(default_factory=list)
    _of_feed: list[list[int]] = field(default_factory=list)
    _base: str = ""
    _clock: Any = None

    def prepare(self, base: str, clock: Any) -> None:
        self._base, self._clock = base, clock
        self._made = self.articles()
        chance = random.Random(1)
        weights = [1 / (n + 3) ** 0.5 for n in range(self.feeds)]
        self._of_feed = [[] for _ in range(self.feeds)]
        for number, at in enumerate(chance.choices(range(self.feeds), weights, k=self.count)):
            self._of_feed[at].append(number)
        self._pages = self.pages() if self.ready else []

    def articles(self) -> list[Made]:
        """Return the articles, by their time."""
        chance = random.Random(2)
        times = sorted(self.begin + chance.random() * self.span for _ in range(self.count))
        written = zip(self.write(self.count), times, strict=True)
        return [replace(one, published=at.replace(microsecond=0)) for one, at in written]

    def pages(self) -> list[bytes]:
        """Return the page of each article."""
        return [self.lay_out(one, n) for n, one in enumerate(self.articles())]

    def tag(self, path: str) -> str:
        kind, _, number = path.strip("/").partition("/")
        if kind == "page":
            return path
        return f"{path}-{self._out(int(number))}" if kind == "feed" else ""

    def body(self, path: str) -> tuple[bytes, str]:
        kind, _, text = path.strip("/").partition("/")
        number = int(text)
        if kind == "page":
            made = self._pages[number] if self.ready else self.lay_out(self._made[number], number)
            return made, "text/html; charset=utf-8"
        out = self._out(number)
        newest = reversed(self._of_feed[number][max(0, out - self.shown) : out])
        items = "".join(
            f"<item><title>{escape(one.title)}</title><link>{self._base}/page/{n}</link>"
            f"<guid>{n}</guid><pubDate>{format_datetime(one.published)}</pubDate></item>"
            for n, one in ((n, self._made[n]) for n in newest)
        )
        return _rss(f"Outlet {number}", self._base, items), "application/rss+xml"

    def _out(self, feed: int) -> int:
        """Return how many articles of a feed are out."""
        now = datetime.fromtimestamp(self._clock.value, UTC)
        return bisect_right(self._of_feed[feed], now, key=lambda n: self._made[n].published)


def _serve(site: Site, port: int, ready: Any, clock: Any) -> None:
    site.prepare(f"http://127.0.0.1:{port}", clock)
    asyncio.run(_run(site, port, ready))


async def _run(site: Site, port: int, ready: Any) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(site, reader, writer)

    server = await asyncio.start_server(answer, "127.0.0.1", port, reuse_port=True, backlog=1024)
    ready.release()
    async with server:
        await server.serve_forever()


async def _answer(site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            path = head.split(b" ", 2)[1].decode()
            if not (tag := site.tag(path)):
                writer.write(_NOTHING)
            elif f'if-none-match: "{tag}"'.encode() in head:
                writer.write(f'HTTP/1.1 304 Not Modified\r\nETag: "{tag}"\r\n\r\n'.encode())
            else:
                body, kind = site.body(path)
                writer.write(
                    f'HTTP/1.1 200 OK\r\nETag: "{tag}"\r\nContent-Type: {kind}\r\n'
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
            await writer.drain()
    writer.close()


def _rss(title: str, base: str, items: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>{base}</link><description>d</description>{items}</channel></rss>"
    ).encode()
