"""Asking a site what it wishes of robots, once a day, and keeping to it (RFC 9309)."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict, defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import anyio

from archive import Archive, ArchiveError, sites
from archive.types import Site
from feeds import reservation, robotstxt
from feeds.pace import Pace
from feeds.reservation import TdmRule, Wish
from feeds.robotstxt import RobotsText
from feeds.types import status_line
from net import ROBOTS_LIMITS, BadRedirect, Door, Limits, NetError, Response

_log = logging.getLogger(__name__)

FRESH = timedelta(hours=24)  # RFC 9309 §2.4
RETRY = timedelta(hours=1)  # until a site that could not be asked is asked again
GIVEN_UP = timedelta(days=30)  # RFC 9309 §2.3.1.4: after that, as if there were none
LONGEST_DELAY = 30.0
"""Seconds: the longest Crawl-delay that is kept; RFC 9309 has none at all."""

_AT_ONCE = 8  # sites asked at once
_HELD = 1_000_000  # characters of robots.txt held in memory
_TDM_LIMITS = Limits(wire=64_000, decoded=64_000)
_TDM_PATH = "/.well-known/tdmrep.json"
_TDM_MARK = "# tdmrep "  # the line of the stored text in which its rules are kept
_CLOSED_MARK = "# "  # the line of the stored text that says why the site is closed


@dataclass(frozen=True, slots=True)
class RobotsRule:
    """What a site says about fetching one URL.

    ``crawl_delay`` is in seconds, at most 30, None when it names none. ``content_signal`` and
    ``tdm`` are what it reserves of the use of the page. ``reason`` says in a few words why the
    URL is not ``allowed``; ``is_closed`` when that is only because the site could not be asked.
    """

    allowed: bool
    crawl_delay: float | None = None
    content_signal: str = ""
    reason: str = ""
    is_closed: bool = False
    tdm: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wishes:
    """A site's answer, ready to be asked about any of its URLs."""

    site: Site
    text: RobotsText
    tdm: tuple[TdmRule, ...]


class Robots:
    """The robots.txt of every site that a run asks; one belongs to one run, like its pace."""

    def __init__(
        self, archive: Archive, door: Door, pace: Pace, spacing: float, now: datetime
    ) -> None:
        """Keep answers in ``archive``; ``spacing`` seconds lie between requests to one host."""
        self._archive = archive
        self._door = door
        self._pace = pace
        self._spacing = spacing
        self._now = now
        self._limit = anyio.CapacityLimiter(_AT_ONCE)
        self._locks: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)
        self._held: OrderedDict[str, _Wishes] = OrderedDict()

    async def rule(self, url: str) -> RobotsRule:
        """Return what the site of ``url`` says about fetching it, asking the site if need be.

        No turn is held meanwhile, so it may be asked inside a turn of another host.

        Raises:
            PausedError: the site has asked to be left alone for some time.
        """
        origin = _origin(url)
        if not origin:
            return RobotsRule(allowed=True)  # the door will say what is wrong with it
        wishes = await self._wishes(origin)
        host, text = urlsplit(url).hostname, wishes.text
        if wishes.site.robots_state == "closed":
            why = wishes.site.robots.removeprefix(_CLOSED_MARK)
            reason = f"robots.txt of {host} could not be asked ({why})"
            return RobotsRule(allowed=False, reason=reason, is_closed=True)
        tdm = reservation.of_rules(wishes.tdm, url)
        delay = None if text.delay is None else min(text.delay, LONGEST_DELAY)
        if text.allows(url):
            return RobotsRule(True, delay, text.signal, tdm=tdm)
        reason = f"robots.txt of {host} does not allow it"
        return RobotsRule(False, delay, text.signal, reason, tdm=tdm)

    async def _wishes(self, origin: str) -> _Wishes:
        async with self._locks[origin]:
            held = self._held.get(origin)
            if held is not None:
                self._held.move_to_end(origin)
                return held
            known = await anyio.to_thread.run_sync(self._load, origin)
            if known is None or not known.robots_fetched <= self._now < known.robots_until:
                known = await self._ask(origin, known)
                await anyio.to_thread.run_sync(self._store, known)
            wishes = await anyio.to_thread.run_sync(_read, known, self._door.product)
            self._hold(origin, wishes)
            return wishes

    def _hold(self, origin: str, wishes: _Wishes) -> None:
        self._held[origin] = wishes
        while len(self._held) > 1 and sum(len(w.site.robots) for w in self._held.values()) > _HELD:
            self._held.popitem(last=False)

    async def _ask(self, origin: str, before: Site | None) -> Site:
        try:
            response = await self._get(origin + "/robots.txt", ROBOTS_LIMITS)
        except BadRedirect:  # RFC 9309 §2.3.1.2: as if there were none
            return await self._open(origin, "none", "")
        except NetError as error:
            return self._failing(origin, before, error.reason)
        status = response.status
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._failing(origin, before, status_line(status))
        if status != HTTPStatus.OK:
            return await self._open(origin, "none", "")
        make = partial(robotstxt.ours, response.body, self._door.product)
        text = await anyio.to_thread.run_sync(make)
        return await self._open(origin, "rules" if text else "none", text)

    async def _open(self, origin: str, state: str, text: str) -> Site:
        """Return the site that has answered, and what its tdmrep.json says besides."""
        rules = await self._tdm(origin, text)
        if rules:
            text += f"\n{_TDM_MARK}{json.dumps([asdict(rule) for rule in rules])}"
        return Site(origin, text, state, self._now, self._now + FRESH)

    async def _tdm(self, origin: str, text: str) -> tuple[TdmRule, ...]:
        make = partial(robotstxt.read, text, self._door.product)
        if not (await anyio.to_thread.run_sync(make)).allows(origin + _TDM_PATH):
            return ()
        try:
            response = await self._get(origin + _TDM_PATH, _TDM_LIMITS)
        except NetError:
            return ()  # it reserves nothing there
        is_there = response.status == HTTPStatus.OK
        return reservation.tdm_rules(response.body) if is_there else ()

    def _failing(self, origin: str, before: Site | None, why: str) -> Site:
        """Return the site that could not be asked.

        Rules that are known hold on (RFC 9309 §2.4); without any, nothing is allowed. Both end
        after 30 days, as if there were no robots.txt.
        """
        since = (before and before.robots_failing_since) or self._now
        if self._now - since >= GIVEN_UP:
            return Site(origin, "", "none", self._now, self._now + FRESH, since)
        retry = self._now + RETRY
        if before is not None and before.robots_state == "rules":
            return Site(origin, before.robots, "rules", self._now, retry, since)
        return Site(origin, _CLOSED_MARK + why, "closed", self._now, retry, since)

    async def _get(self, url: str, limits: Limits) -> Response:
        await self._pace.book(url, self._spacing)
        async with self._limit:
            return await self._door.get(
                url,
                headers={"accept": "text/plain, application/json, */*;q=0.1"},
                limits=limits,
                before_hop=lambda onward: self._pace.book(onward, self._spacing),
            )

    def _load(self, origin: str) -> Site | None:
        try:
            with self._archive.read() as connection:
                return sites.get(connection, origin)
        except ArchiveError as error:
            _log.warning("%s", error)  # then the site is asked once more; no page is lost by it
            return None

    def _store(self, site: Site) -> None:
        try:
            with self._archive.write() as connection:
                sites.put(connection, site)
        except ArchiveError as error:
            _log.warning("%s", error)


def _read(site: Site, product: str) -> _Wishes:
    text, _, tdm = site.robots.partition(_TDM_MARK)
    rules = tuple(TdmRule(**one) for one in json.loads(tdm)) if tdm else ()
    return _Wishes(site, robotstxt.read(text, product), rules)


def _origin(url: str) -> str:
    """Return scheme, host and port of ``url``; empty when it is not one to be asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + ("" if port in {None, default} else f":{port}")
