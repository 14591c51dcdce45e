"""What the lanes of one delivery share: the database, the clock, and a common pool of slots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.engine import Connection

from alerts.channels import Channel, Clock
from alerts.faults import reach
from alerts.rule_settings import AlertsSettings
from archive import Archive

POOL = 32
"""The most messages that are under way at a time, over all channels."""
BUSY = 60.0
"""Seconds after which what a lane begins no longer keeps the others waiting for it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Post:
    """One delivery's common things; ``owner`` names its leases, ``began`` is the loop's time,
    ``settings`` hold the quiet hours, None for whoever has none."""

    archive: Archive
    channels: Mapping[str, Channel]
    clock: Clock
    owner: str
    began: float
    settings: AlertsSettings | None = None
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(POOL))
    busy: set[str] = field(default_factory=set)
    resting: set[str] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do some reading beside the event loop."""
        return await asyncio.to_thread(self._read, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do some work in one transaction, beside the event loop; one after the other.

        Raises:
            ArchiveError: the database does not answer; nothing was stored.
        """
        async with self.writing:
            return await asyncio.to_thread(self._write, work)

    @contextmanager
    def at_work(self, lane: str) -> Iterator[None]:
        """Say that a lane is at work, so that the idle ones stay for what may come meanwhile."""
        if asyncio.get_running_loop().time() - self.began <= BUSY:
            self.busy.add(lane)
        try:
            yield
        finally:
            self.busy.discard(lane)

    def rest(self, lane: str) -> None:
        """Say that a lane has nothing to do; when all of them say so at a time, it is over.

        None leaves before: whatever the others find to do, and however long that hangs, it goes
        on sending what is queued for it meanwhile.
        """
        self.resting.add(lane)
        if self.resting >= self.channels.keys():
            self.over.set()

    def wake(self, lane: str) -> None:
        """Say that a lane looks for something to do."""
        self.resting.discard(lane)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self.archive.read() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self.archive.write() as connection:
            done = work(connection)
            reach("before_store_commit")
        reach("after_store_commit")
        return done
