"""The processes in which hostile documents are read: each can be killed, none can take the memory.

libxml2 cannot be interrupted from Python, and one page can hang it for a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
from pebble import ProcessExpired, ProcessPool

from archive.types import Feed
from feeds.errors import FeedError
from feeds.types import ExtractedPage, ParsedFeed

T = TypeVar("T")

MAX_TASKS = 500
"""Documents after which a worker is replaced, so that what libraries leak is given back."""

MEMORY = 1_500_000_000
"""Bytes of address space that a worker may take beyond those it starts with."""

_PRELOADED = ("feeds.parse", "feeds.extract", "feeds.discovery")


class Workers:
    """A pool of worker processes, started with the first document; use it in ``async with``."""

    def __init__(self, count: int, deadline: float) -> None:
        """Prepare ``count`` workers that get ``deadline`` seconds a document."""
        self._count = count
        self._deadline = deadline
        self._pool: Any = None  # a pebble.ProcessPool, which is not typed throughout

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes, busy or not."""
        if self._pool is not None:
            self._pool.stop()
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._pool.join)

    async def parse(
        self,
        body: bytes,
        content_type: str,
        url: str,
        feed: Feed,
        max_items: int,
        now: datetime | None = None,
    ) -> ParsedFeed:
        """Run ``feeds.parse.parse`` in a worker.

        Raises:
            FeedError: it did, or it was stopped; one line without the URL.
        """
        return await self._run(_parse, body, content_type, url, feed, max_items, now)

    async def discover(self, body: bytes, content_type: str, url: str) -> tuple[str, ...]:
        """Run ``feeds.discovery.discover`` in a worker.

        Raises:
            FeedError: it did, or it was stopped; one line without the URL.
        """
        return await self._run(_discover, body, content_type, url)

    async def home_links(self, body: bytes, content_type: str, url: str) -> tuple[str, ...]:
        """Run ``feeds.home_page.links`` in a worker.

        Raises:
            FeedError: it did, or it was stopped; one line without the URL.
        """
        return await self._run(_home_links, body, content_type, url)

    async def extract_page(self, body: bytes, content_type: str, url: str) -> ExtractedPage:
        """Run ``feeds.extract.extract_page`` in a worker.

        Raises:
            FeedError: it did, or it was stopped; one line without the URL.
        """
        return await self._run(_extract_page, body, content_type, url)

    async def extract_content(self, content: str, title: str, url: str) -> ExtractedPage:
        """Run ``feeds.extract.extract_content`` in a worker.

        Raises:
            FeedError: it did, or it was stopped; one line without the URL.
        """
        return await self._run(_extract_content, content, title, url)

    async def _run(self, function: Callable[..., T], *args: object) -> T:
        try:
            result: T = await self._schedule(function, *args)
        except FeedError:
            raise
        except TimeoutError:
            raise FeedError(f"reading it took over {self._deadline:g} s and was stopped") from None
        except ProcessExpired:
            raise FeedError("reading it crashed the parser and was stopped") from None
        except MemoryError:
            raise FeedError("reading it took too much memory and was stopped") from None
        except Exception as error:  # a parser's bug costs one document
            raise FeedError(f"it could not be read ({type(error).__name__})") from error
        return result

    async def _schedule(self, function: Callable[..., T], *args: object) -> T:
        for last in (False, True):
            try:
                future = self._running().schedule(function, args=args, timeout=self._deadline)
                return await asyncio.wrap_future(future)
            except BrokenProcessPool:  # a worker was killed from outside; the next pool is whole
                if last:
                    raise
        raise AssertionError("unreachable")

    def _running(self) -> Any:
        if self._pool is None or not self._pool.active:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(list(_PRELOADED))
            self._pool = ProcessPool(
                max_workers=self._count,
                max_tasks=MAX_TASKS,
                initializer=_begin,
                context=context,
            )
        return self._pool


def _begin() -> None:
    # pebble's own handler waits for the parser to come back to Python, which costs three seconds.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)  # the parsers' own complaints; ours are FeedErrors
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


# The parsers are imported in the workers only: they are large, and no one else needs them.


def _parse(
    body: bytes, content_type: str, url: str, feed: Feed, max_items: int, now: datetime | None
) -> ParsedFeed:
    from feeds.parse import parse

    return parse(body, content_type, url, feed, max_items, now)


def _discover(body: bytes, content_type: str, url: str) -> tuple[str, ...]:
    from feeds.discovery import discover

    return discover(body, content_type, url)


def _home_links(body: bytes, content_type: str, url: str) -> tuple[str, ...]:
    from feeds.home_page import links

    return links(body, content_type, url)


def _extract_page(body: bytes, content_type: str, url: str) -> ExtractedPage:
    from feeds.extract import extract_page

    return extract_page(body, content_type, url)


def _extract_content(content: str, title: str, url: str) -> ExtractedPage:
    from feeds.extract import extract_content

    return extract_content(content, title, url)
