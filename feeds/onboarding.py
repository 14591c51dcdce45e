"""Onboarding: from the address that a person has to the feeds that can be watched there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import urljoin

from archive import Archive, ids
from archive.types import Feed
from feeds import crew
from feeds.errors import FeedError
from feeds.fleet import LEAST_FLEET
from feeds.opml import UNKNOWN_LANGUAGE
from feeds.pace import Pace
from feeds.probe import Check, Probe, Prober
from feeds.robots import Robots
from feeds.row import named_feed
from feeds.settings import FeedsSettings
from feeds.types import Progress
from feeds.urls import host_of, registered_domain
from feeds.workers import Workers
from net import Door, NetError, Response

USUAL_PATHS = ("/feed/", "/rss", "/rss.xml")
"""Where outlets have their feeds when the home page does not say."""

MOST = 8
"""Addresses of one home page that are probed: each is a request to a site that did not ask."""

_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_SITEMAPS = 3


@dataclass(frozen=True, slots=True)
class Onboarding:
    """What was found at an address: its probe, and, when it is a home page, those of the feeds
    found from there, the declared ones first."""

    url: str
    probe: Probe
    found: tuple[Probe, ...] = ()

    @property
    def fit(self) -> tuple[Probe, ...]:
        """The probes of feeds that can be watched."""
        return tuple(probe for probe in (self.probe, *self.found) if probe.ok)


async def onboard(
    archive: Archive,
    door: Door,
    settings: FeedsSettings,
    url: str,
    now: datetime,
    lang: str = UNKNOWN_LANGUAGE,
) -> Onboarding:
    """Probe ``url``; of a home page, probe the feeds that it declares or is likely to have.

    What turns out to be a sitemap is probed as one; what has moved for good is offered where it
    is now.

    ``lang`` is the language that is expected there. robots.txt answers are kept in ``archive``.

    Raises:
        FeedError: ``url`` or ``lang`` is none.
        ArchiveError: the database failed.
    """
    feed = named_feed(url=url, outlet=host_of(url) or url, lang=lang)
    async with Workers(settings.workers, settings.deadline) as workers:
        prober = _prober(archive, door, settings, workers, now)
        probe = await _probed(prober, replace(feed, outlet=""))
        if probe.page is None:
            return Onboarding(url, probe)
        found = await _from_page(prober, feed, probe.page)
    return Onboarding(url, replace(probe, page=None), tuple(found))


async def probe_all(
    archive: Archive,
    door: Door,
    settings: FeedsSettings,
    feeds: Sequence[Feed],
    now: datetime,
    on_progress: Progress | None = None,
) -> tuple[Probe, ...]:
    """Probe ``feeds``, each by its own form and language; the result is in their order.

    Raises:
        ArchiveError: the database failed.
    """
    done: dict[str, Probe] = {}

    def keep(probes: list[Probe]) -> None:
        done.update((probe.feed.id, replace(probe, page=None)) for probe in probes)
        if on_progress is not None:
            on_progress(len(done), len(feeds))

    async with Workers(settings.workers, settings.deadline) as workers:
        prober = _prober(archive, door, settings, workers, now)
        await crew.run([partial(prober.probe, feed) for feed in feeds], keep, batch=1)
    return tuple(done[feed.id] for feed in feeds)


def outage(probes: Sequence[Probe]) -> str:
    """Return a line when most of ``probes`` were answered by nobody: that is our own network."""
    away = sum(probe.is_away for probe in probes)
    if len(probes) < LEAST_FLEET or 2 * away <= len(probes):
        return ""
    return (
        f"{away} of {len(probes)} could not be reached: this machine's network or resolver seems "
        "to be down; look at that first"
    )


def _prober(
    archive: Archive, door: Door, settings: FeedsSettings, workers: Workers, now: datetime
) -> Prober:
    pace = Pace(settings.parallel, door.is_open)
    robots = Robots(archive, door, pace, settings.feed_spacing, now)
    return Prober(door, workers, pace, robots, settings, now)


async def _from_page(prober: Prober, feed: Feed, page: Response) -> list[Probe]:
    """Probe what a home page declares; if none of it is fit, the usual places; then sitemaps."""
    kind = page.headers.get("content-type", "")
    try:
        declared = await prober.workers.discover(page.body, kind, page.url)
    except FeedError:
        declared = ()
    usual = [urljoin(page.url, path) for path in USUAL_PATHS]
    found: list[Probe] = []
    seen: set[str] = {feed.url, page.url}
    for form, urls in (("feed", declared[:MOST]), ("feed", usual)):
        for url in _unseen(urls, seen):
            found.append(await _probe(prober, feed, url, form))
        if any(probe.ok for probe in found):
            return found
    for url in _unseen(await _sitemaps(prober, page.url), seen):
        found.append(await _probe(prober, feed, url, "sitemap"))
        if found[-1].ok:
            break
    return found


def _unseen(urls: Iterable[str], seen: set[str]) -> list[str]:
    new = [url for url in dict.fromkeys(urls) if url not in seen]
    seen.update(new)
    return new


async def _probe(prober: Prober, home: Feed, url: str, form: str) -> Probe:
    try:
        feed = named_feed(url=url, outlet=home.outlet, lang=home.lang)
    except FeedError as error:  # what the page declares is not an address
        return Probe(home, (Check("answers", False, str(error)),))
    return await _probed(prober, replace(feed, outlet="", form=form))


async def _probed(prober: Prober, feed: Feed) -> Probe:
    probe = await prober.probe(feed)
    if probe.is_sitemap:
        probe = await prober.probe(replace(feed, form="sitemap"))
    if probe.moved_to is not None:
        there = replace(probe.feed, url=probe.moved_to, id=ids.feed_id(probe.moved_to))
        probe = replace(probe, feed=there)
    return _named(probe)


def _named(probe: Probe) -> Probe:
    outlet = probe.feed.outlet or registered_domain(host_of(probe.feed.url))
    return replace(probe, feed=replace(probe.feed, outlet=outlet, family=outlet.casefold()))


async def _sitemaps(prober: Prober, url: str) -> list[str]:
    """Return the sitemaps that the robots.txt of a site names, those of news first."""
    try:
        answer = await prober.get(urljoin(url, "/robots.txt"), is_page=False)
    except (NetError, FeedError):
        return []
    if answer.status != HTTPStatus.OK:
        return []
    named = [found.decode("utf-8", "replace") for found in _SITEMAP.findall(answer.body)]
    home = registered_domain(host_of(url))
    own = [urljoin(url, one) for one in named if registered_domain(host_of(one)) in {home, ""}]
    return sorted(own, key=lambda one: "news" not in one.lower())[:_SITEMAPS]
