"""Politeness: whose turn it is to ask which host, how long to wait before, and whom to leave
alone."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio

from archive.types import Pause
from feeds.errors import FeedError
from feeds.urls import host_of, registered_domain

LEAST_SPACING = 1.0
"""Seconds: no configuration makes a host outside ``[net] allow`` be asked more often."""


class PausedError(FeedError):
    """The domain has asked to be left alone until ``pause.until``; it was not asked."""

    def __init__(self, pause: Pause) -> None:
        """Say so in one line without the URL."""
        super().__init__(
            f"{pause.domain} is left alone until {pause.until:%Y-%m-%d %H:%M} UTC: {pause.reason}"
        )
        self.pause = pause


class Pace:
    """Turns at asking hosts: one at a time a host, spaced, and a bounded number in all.

    One ``Pace`` belongs to one run; feeds and pages of a host wait for each other in it, and none
    of a paused domain is asked. What is paused in it is kept by whoever drains ``new_pauses``.
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
        self._pauses: dict[str, tuple[float, Pause]] = {}
        self._new: dict[str, Pause] = {}

    @asynccontextmanager
    async def turn(self, url: str, spacing: float) -> AsyncIterator[None]:
        """Wait until the host of ``url`` may be asked, and hold it for the block.

        The next turn at this host begins ``spacing`` seconds after this one has ended, however
        it ended. A host of our own with no spacing is only held to the bound in all.

        Raises:
            PausedError: the domain is paused, or was while the turn was waited for.
        """
        host = host_of(url)
        self._check(host)
        if spacing == 0 and self._is_open(host):
            async with self._slots:
                self._check(host)
                yield
            return
        spacing = self._spacing(host, spacing)
        async with self._locks[host]:
            await self._wait(host)
            async with self._slots:
                self._check(host)
                self._free_at[host] = self._clock() + spacing
                try:
                    yield
                finally:
                    self._free_at[host] = max(self._free_at[host], self._clock() + spacing)

    async def book(self, url: str, spacing: float) -> None:
        """Wait until the host of ``url`` may be asked, and have others wait ``spacing`` more.

        For the hops of a redirect, which are asked inside the turn of another host: nothing is
        held, so that two redirects that cross cannot wait for each other.

        Raises:
            PausedError: the domain is paused.
        """
        host = host_of(url)
        self._check(host)
        if spacing == 0 and self._is_open(host):
            return
        now = self._clock()
        begin = max(now, self._free_at.get(host, now))
        self._free_at[host] = begin + self._spacing(host, spacing)
        await anyio.sleep(begin - now)
        self._check(host)

    def pause(self, url: str, until: datetime, now: datetime, reason: str) -> Pause:
        """Leave the registered domain of ``url`` alone until then: no feed, no page of it."""
        pause = Pause(registered_domain(host_of(url)), until, reason)
        self.load((pause,), now)
        self._new[pause.domain] = pause
        return pause

    def pause_of(self, url: str) -> Pause | None:
        """Return the pause of the registered domain of ``url``, if it has not ended."""
        ends, pause = self._pauses.get(registered_domain(host_of(url)), (0.0, None))
        return pause if ends > self._clock() else None

    def load(self, pauses: Iterable[Pause], now: datetime) -> None:
        """Take note of pauses that are known already."""
        for pause in pauses:
            ends = self._clock() + (pause.until - now).total_seconds()
            self._pauses[pause.domain] = (ends, pause)

    def new_pauses(self) -> tuple[Pause, ...]:
        """Return the pauses made since this was last called, to be stored."""
        found, self._new = self._new, {}  # at once: this is called in the writer's thread
        return tuple(found.values())

    async def _wait(self, host: str) -> None:
        while (left := self._free_at.get(host, 0.0) - self._clock()) > 0:
            await anyio.sleep(left)  # a hop may have booked the host in the meantime

    def _spacing(self, host: str, spacing: float) -> float:
        return spacing if self._is_open(host) else max(spacing, LEAST_SPACING)

    def _check(self, host: str) -> None:
        if not self._pauses:
            return
        ends, pause = self._pauses.get(registered_domain(host), (0.0, None))
        if pause is not None and ends > self._clock():
            raise PausedError(pause)
