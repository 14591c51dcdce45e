"""Probing one feed: asks it once and says, check by check, whether it is fit to be watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

import anyio

from archive.types import Entry, FailureKind, Feed
from feeds.asking import kind_of, lasting_move
from feeds.errors import FeedError, SitemapError
from feeds.language import detect
from feeds.opml import UNKNOWN_LANGUAGE
from feeds.pace import Pace
from feeds.plain import clean_line
from feeds.robots import Robots
from feeds.settings import FeedsSettings
from feeds.types import ParsedFeed, status_line
from feeds.urls import host_of, registered_domain
from feeds.workers import Workers
from net import FEED_LIMITS, PAGE_LIMITS, Door, NetError, Response

STALE = timedelta(days=30)
"""A feed whose newest entry is older is not one that is kept up."""

_AHEAD = timedelta(hours=2)
_NEXT_POLL = "the next poll tries again"  # what errors of polling say; nothing polls here
_TITLES = 20  # of which the language is told
_DEAD = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_SHUT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
_ACCEPT = {"accept": "application/rss+xml, application/atom+xml, */*;q=0.5"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``what``, whether it is ``ok``, a line on it, and the ``remedy``."""

    what: str
    ok: bool
    line: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A feed with the checks that were made of it; those after a failed one may be missing.

    ``feed`` has the language and the name that its document shows, where none was known.
    ``newest`` is the date of its newest entry, ``items`` how many it names. ``moved_to`` is where
    it is for good when its address redirects; ``is_sitemap`` and ``is_away`` are whether a
    sitemap has answered in place of a feed, or nothing.
    """

    feed: Feed
    checks: tuple[Check, ...]
    items: int = 0
    newest: datetime | None = None
    page: Response | None = None
    moved_to: str | None = None
    is_sitemap: bool = False
    is_away: bool = False

    @property
    def ok(self) -> bool:
        """Whether every check has passed."""
        return all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True)
class Prober:
    """What probing works with; ``now`` is what ages are counted from."""

    door: Door
    workers: Workers
    pace: Pace
    robots: Robots
    settings: FeedsSettings
    now: datetime

    async def probe(self, feed: Feed) -> Probe:
        """Ask ``feed`` as polling does and check its answer: status, document, entries, dates,
        language. Nothing is stored and nothing raises but a database that fails.

        ``page`` of the result is the answer when it was a web page in place of a feed.
        """
        try:
            response = await self.get(feed.url, is_page=feed.form != "feed")
        except NetError as error:
            failed = _failure("answers", error.reason, "look at the address in a browser")
            return Probe(feed, (failed,), is_away=kind_of(error) is FailureKind.NETWORK)
        except FeedError as error:
            failed = _failure("answers", str(error), "try again later, or ask the outlet")
            return Probe(feed, (failed,))
        moved_to = lasting_move(response)
        said = status_line(response.status) + _redirected(response)
        if response.status != HTTPStatus.OK:
            remedy = _status_remedy(response.status)
            return Probe(feed, (Check("answers", False, said, remedy),))
        answers = Check("answers", True, said)
        try:
            parsed = await self._parse(feed, response)
        except (FeedError, NetError) as error:
            is_html = isinstance(error, FeedError) and error.kind is FailureKind.HTML
            is_page = is_html and feed.form == "feed"  # of a sitemap it may be one that it names
            return Probe(
                feed,
                (answers, _no_document(error)),
                page=response if is_page else None,
                is_sitemap=isinstance(error, SitemapError),
            )
        return replace(await self._judged(feed, answers, parsed), moved_to=moved_to)

    async def get(self, url: str, *, is_page: bool) -> Response:
        """Fetch ``url`` in its host's turn; what is no feed only where robots.txt allows it.

        Raises:
            NetError: there was no answer.
            FeedError: robots.txt does not allow it, or the site has asked to be left alone.
        """
        spacing = self.settings.page_spacing if is_page else self.settings.feed_spacing
        if is_page:
            rule = await self.robots.rule(url)
            if not rule.allowed:
                raise FeedError(rule.reason, kind=FailureKind.REFUSED)
            spacing = max(spacing, rule.crawl_delay or 0.0)
        async with self.pace.turn(url, spacing):
            return await self.door.get(
                url,
                headers=_ACCEPT,
                limits=PAGE_LIMITS if is_page else FEED_LIMITS,
                before_hop=partial(self.pace.book, spacing=spacing),
            )

    async def _parse(self, feed: Feed, response: Response) -> ParsedFeed:
        kind, most = response.headers.get("content-type", ""), self.settings.max_items
        parsed = await self.workers.parse(response.body, kind, response.url, feed, most, self.now)
        home = registered_domain(host_of(feed.url))
        own = [url for url in parsed.children if registered_domain(host_of(url)) == home]
        if parsed.entries or not own:
            return parsed
        child = await self.get(own[0], is_page=True)
        if child.status != HTTPStatus.OK:
            raise FeedError(f"names a sitemap that answers {status_line(child.status)}: {own[0]}")
        kind = child.headers.get("content-type", "")
        return await self.workers.parse(child.body, kind, child.url, feed, most, self.now)

    async def _judged(self, feed: Feed, answers: Check, parsed: ParsedFeed) -> Probe:
        entries = parsed.entries
        untitled = "a sitemap" if feed.form == "sitemap" else "without a title"
        document = Check("is a feed", True, clean_line(parsed.title, 100) or untitled)
        if not entries:
            empty = Check("has entries", False, "it names none", "ask again when it has some")
            return Probe(feed, (answers, document, empty))
        newest = max((e.published for e in entries if e.published is not None), default=None)
        lang = await anyio.to_thread.run_sync(_language, entries, parsed.lang)
        checks = (
            answers,
            document,
            Check("has entries", True, f"{len(entries)}"),
            _fresh(feed, newest, self.now),
            _spoken(feed, lang),
        )
        known = feed.lang if feed.lang != UNKNOWN_LANGUAGE else lang or UNKNOWN_LANGUAGE
        outlet = feed.outlet or clean_line(parsed.title, 100)
        return Probe(replace(feed, lang=known, outlet=outlet), checks, len(entries), newest)


def _failure(what: str, text: str, remedy: str) -> Check:
    """Return a failed check; ``remedy`` is for a ``text`` that brings none of its own."""
    line, _, own = text.partition("; ")
    return Check(what, False, line, remedy if own in {"", _NEXT_POLL} else own)


def _redirected(response: Response) -> str:
    if not response.hops:
        return ""
    word = "has moved for good to" if lasting_move(response) else "redirected for now to"
    return f", {word} {clean_line(response.url, 500)}"


def _fresh(feed: Feed, newest: datetime | None, now: datetime) -> Check:
    if newest is None and feed.selectors is not None and not feed.selectors.date:
        return Check("is fresh", True, "the page has no dates; entries count from when first seen")
    if newest is None:
        return Check(
            "is fresh",
            False,
            "no entry has a date that can be read",
            "set zone, or report the feed",
        )
    said = f"the newest entry is of {newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if newest > now + _AHEAD:
        return Check("is fresh", False, f"{said}, in the future", "set the outlet's zone")
    if now - newest > STALE:
        remedy = "look for the outlet's present feed on its home page"
        return Check("is fresh", False, f"{said}, {(now - newest).days} days old", remedy)
    return Check("is fresh", True, said)


def _spoken(feed: Feed, lang: str) -> Check:
    expected = "hy" if feed.lang == "hyw" else feed.lang  # one script, one answer
    if not lang:
        return Check("language", True, "too little text to tell")
    if feed.lang == UNKNOWN_LANGUAGE or lang == expected:
        return Check("language", True, lang)
    remedy = f"if that is right, say lang {lang}"
    return Check("language", False, f"{lang}, where {feed.lang} was expected", remedy)


def _language(entries: Sequence[Entry], declared: str) -> str:
    told = Counter(detect(entry.title, "") for entry in entries[:_TITLES])
    del told[""]
    return told.most_common(1)[0][0] if told else declared


def _status_remedy(status: int) -> str:
    if status in _DEAD:
        return "the address is wrong or old; check the outlet's home page in its place"
    if status in _SHUT:
        return "the site shuts us out; set [net] contact, or ask the outlet for access"
    return "the site is in trouble; try again later"


def _no_document(error: FeedError | NetError) -> Check:
    text = error.reason if isinstance(error, NetError) else str(error)
    if isinstance(error, FeedError) and error.kind is FailureKind.HTML:
        remedy = "give the address of its feed, or watch it as a listing with selectors"
        return Check("is a feed", False, text.partition("; ")[0], remedy)
    return _failure(
        "is a feed", text, "look at the address in a browser, the outlet may have to mend it"
    )
