"""Our side of a measurement: an archive, its feeds, and one cycle of polling and collecting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from archive import Archive, entries, ids, upgrade
from archive import feeds as feed_store
from archive.types import Feed
from feeds import Captures, CollectReport, FeedsSettings, Pace, PollReport, collect, poll
from net import Door, NetSettings

NET = NetSettings.model_validate({"allow": ["127.0.0.0/8"]})
SETTINGS = FeedsSettings(feed_spacing=0, page_spacing=0)


def watched(urls: Sequence[str]) -> list[Feed]:
    """Return a feed for each URL."""
    return [Feed(ids.feed_id(url), url, f"Outlet {n}", "en") for n, url in enumerate(urls)]


def opened(file: Path, urls: Sequence[str], now: datetime) -> Archive:
    """Open a database, new or not, in which the feeds at ``urls`` are watched."""
    archive = Archive(f"sqlite:///{file}")
    upgrade(archive)
    with archive.write() as connection:
        feed_store.add(connection, watched(urls), now)
    return archive


async def ask(archive: Archive, now: datetime) -> PollReport:
    """Poll all feeds at ``now``."""
    async with Door(NET) as door:
        return await poll(archive, door, SETTINGS, now, everything=True)


async def begin(archive: Archive, now: datetime) -> None:
    """Read all feeds and take what they name for read, as if it had been collected before."""
    await ask(archive, now)
    with archive.write() as connection:
        while due := entries.due(connection, now + timedelta(seconds=1)):
            entries.stored(connection, [one.entry for one in due])


async def cycle(
    archive: Archive, now: datetime, captures: Captures | None = None, *, everything: bool = False
) -> tuple[PollReport, CollectReport]:
    """Poll the due feeds (or ``everything``) and collect what they name, as a cycle does."""
    async with Door(NET) as door:
        pace = Pace(SETTINGS.parallel, door.is_open)
        asked = await poll(archive, door, SETTINGS, now, everything=everything, pace=pace)
        taken = await collect(archive, door, SETTINGS, now, pace=pace, captures=captures)
    return asked, taken
