"""Politeness: whose turn it is to ask which host, and how long to wait before."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from feeds.urls import host_of

LEAST_SPACING = 1.0
"""Seconds: no configuration makes a host outside ``[net] allow`` be asked more often."""


class Pace:
    """Turns at asking hosts: one at a time a host, spaced, and a bounded number in all.

    One ``Pace`` belongs to one run; feeds and pages of a host wait for each other in it.
    """

    def __init__(
        self,
        parallel: int,
        is_open: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Allow ``parallel`` turns at once; ``is_open`` says which hosts are our own."""
        self._slots = anyio.Semaphore(parallel)
        self._is_open = is_open
        self._clock = clock
        self._locks: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)
        self._free_at: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, url: str, spacing: float) -> AsyncIterator[None]:
        """Wait until the host of ``url`` may be asked, and hold it for the block.

        The next turn at this host begins ``spacing`` seconds after this one has ended, however
        it ended. A host of our own with no spacing is only held to the bound in all.
        """
        host = host_of(url)
        if spacing == 0 and self._is_open(host):
            async with self._slots:
                yield
            return
        if not self._is_open(host):
            spacing = max(spacing, LEAST_SPACING)
        async with self._locks[host]:
            await anyio.sleep(max(0.0, self._free_at.get(host, 0.0) - self._clock()))
            async with self._slots:
                try:
                    yield
                finally:
                    self._free_at[host] = self._clock() + spacing
