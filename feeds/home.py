"""Looking at the home pages of outlets whose feeds are suspected of silence."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import anyio
from sqlalchemy.engine import Connection

from archive import Archive, health, home_looks, pauses
from archive import feeds as feed_store
from archive.types import FeedDay, FeedState, HomeLook
from feeds import crew, home_page, looks, silence, texts
from feeds.errors import FeedError
from feeds.identity import spellings
from feeds.pace import Pace, PausedError
from feeds.page import PageReader
from feeds.robots import Robots
from feeds.settings import FeedsSettings
from feeds.together import asked_at
from feeds.urls import host_of, registered_domain
from feeds.workers import Workers
from net import Door, NetError

NAMED = 40
"""Entries of a feed by whose addresses its articles are known."""

BATCH = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A feed that may be silent: the addresses that it has ``named`` last, the newest first, and
    what earlier looks have shown."""

    feed_id: str
    named: tuple[str, ...]
    look: HomeLook | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """The links of one home page, None when it could not be used, and for whom it was asked; until
    when its server has then asked to be left alone (``paused``), if it has."""

    suspects: tuple[Suspect, ...]
    links: tuple[str, ...] | None
    paused: datetime | None = None


async def look_at_homes(
    archive: Archive,
    door: Door,
    settings: FeedsSettings,
    now: datetime,
    *,
    pace: Pace | None = None,
) -> int:
    """Look at the home pages of outlets whose feeds are suspected of silence; call it after
    polling. ``pace`` is the one that ``poll`` has used.

    A page is asked as an article's is: when robots.txt allows it, one request a host at a time. A
    page that cannot be used costs nothing but the look.

    Returns:
        How many pages were asked.

    Raises:
        ArchiveError: the database failed.
    """
    pace = pace or Pace(settings.parallel, door.is_open)
    pages = await anyio.to_thread.run_sync(_pages, archive, now)
    if not pages:
        return 0
    with archive.read() as connection:
        pace.load(pauses.active(connection, now), now)
    async with Workers(settings.workers, settings.deadline) as workers:
        robots = Robots(archive, door, pace, settings.page_spacing, now)
        reader = PageReader(door, workers, pace, settings.page_spacing, robots, now)
        jobs = [partial(_look, reader, url, suspects) for url, suspects in pages.items()]
        await crew.run(jobs, partial(_keep, archive, pace, now), BATCH)
    return len(pages)


def _pages(archive: Archive, now: datetime) -> dict[str, tuple[Suspect, ...]]:
    """Return the home pages to be looked at, and for which feeds; forget what is over."""
    with archive.read() as connection:
        watched = feed_store.every(connection)
        days = health.days(connection, (now - texts.BASELINE).date())
        known = home_looks.every(connection)
    suspects = {
        feed.id: state for feed, state in watched if _is_suspect(state, days.get(feed.id, ()))
    }
    failing = {feed.id for feed, state in watched if state.failures}
    if over := known.keys() - suspects.keys() - failing:
        with archive.write() as connection:
            home_looks.forget(connection, over)
    found: defaultdict[str, tuple[Suspect, ...]] = defaultdict(tuple)
    with archive.read() as connection:
        for feed_id in suspects:
            named = home_looks.named(connection, feed_id, NAMED)
            if len(named) >= home_page.LEAST_NAMED:
                found[home_page.home_of(named)] += (Suspect(feed_id, named, known.get(feed_id)),)
    asked = {feed_id: asked_at(state) for feed_id, state in suspects.items()}
    due = {url: _due(of_page, asked, now) for url, of_page in found.items()}
    return {url: of_page for url, of_page in due.items() if of_page}


def _due(
    suspects: tuple[Suspect, ...], asked: Mapping[str, datetime], now: datetime
) -> tuple[Suspect, ...]:
    """Return for which feeds of one page it is to be asked: for none when it just was for one."""
    if any(looks.is_just_tried(one.look, now) for one in suspects):
        return ()
    return tuple(one for one in suspects if looks.is_due(one.look, asked[one.feed_id], now))


def _is_suspect(state: FeedState, days: Sequence[FeedDay]) -> bool:
    asked = state.last_polled
    return asked is not None and not state.failures and silence.is_suspect(state, days, asked)


async def _look(reader: PageReader, url: str, suspects: tuple[Suspect, ...]) -> _Seen:
    """Return what the page at ``url`` links to; no answer of it raises."""
    try:
        answer = await reader.page(url)
        if registered_domain(host_of(answer.url)) != registered_domain(host_of(url)):
            return _Seen(suspects, None)
        content_type = answer.headers.get("content-type", "")
        links = await reader.workers.home_links(answer.body, content_type, answer.url)
    except (FeedError, NetError) as error:
        _log.info("home page not looked at: %s", error)
        pause = None if isinstance(error, PausedError) else reader.pace.pause_of(url)
        return _Seen(suspects, None, pause.until if pause is not None else None)
    return _Seen(suspects, links)


def _keep(archive: Archive, pace: Pace, now: datetime, seen: list[_Seen]) -> None:
    with archive.write() as connection:
        found = [_after(connection, s, page, now) for page in seen for s in page.suspects]
        home_looks.put(connection, found)
        pauses.put(connection, pace.new_pauses())


def _after(connection: Connection, suspect: Suspect, page: _Seen, now: datetime) -> HomeLook:
    """Return what is known of a suspect after a look at its home page."""
    shape = home_page.shape_of(suspect.named)
    articles = [url for url in page.links or () if shape is not None and shape.fits(url)]
    if page.paused is not None or len(articles) > looks.MOST_LINKS:
        return looks.failed(suspect.look, suspect.feed_id, now, page.paused)
    earlier = [url for url, _ in suspect.look.fresh] if suspect.look is not None else []
    asked = {url: spellings(url) for url in (*articles, *earlier)}
    held = home_looks.known(
        connection, suspect.feed_id, (one for urls in asked.values() for one in urls)
    )
    known = {url for url, urls in asked.items() if not held.isdisjoint(urls)}
    return looks.seen(suspect.look, suspect.feed_id, articles, known, now)
