"""Asking one feed: what is sent to it, and what its answer tells."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from archive.types import Entry, FailureKind, Feed, FeedState, Pause
from feeds.errors import FeedError
from feeds.pace import Pace, PausedError
from feeds.robots import Robots
from feeds.schedule import pause_asked, wish
from feeds.settings import FeedsSettings
from feeds.types import ParsedFeed, status_line
from feeds.urls import host_of, registered_domain
from feeds.workers import Workers
from net import (
    FEED_LIMITS,
    PAGE_LIMITS,
    BadRedirect,
    Door,
    NetError,
    Refused,
    Response,
    TooLarge,
)
from net.certificate import Certificate

FULL_EVERY = timedelta(hours=24)
"""Once in this time a feed is asked without validators: some servers say 304 for ever."""

MOST_CHILDREN = 10
"""Sitemaps of an index that are asked at one poll."""

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_SHUT_OUT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a feed could not be read: the kind, the line for people, and the HTTP status and
    ``Retry-After`` that came with it, if any did."""

    kind: FailureKind
    line: str
    status: int = 0
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What asking one feed has come to: an answer, a ``failure``, or a ``pause`` for which it was
    not asked.

    ``before`` is what was known of the feed, ``state`` what is known now, but for what depends on
    which entries are new. ``document`` is whether there was a new document to read.
    """

    feed: Feed
    before: FeedState
    state: FeedState
    document: bool = False
    entries: tuple[Entry, ...] = ()
    wish: timedelta = timedelta()
    failure: Failure | None = None
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks feeds; stores nothing."""

    door: Door
    settings: FeedsSettings
    now: datetime
    workers: Workers
    pace: Pace
    robots: Robots

    async def ask(self, feed: Feed, state: FeedState) -> Answer:
        """Return what ``feed`` says; no answer of it raises."""
        try:
            return await self._ask(feed, state)
        except PausedError as paused:
            return Answer(feed, state, state, pause=paused.pause)
        except NetError as error:
            failure = Failure(kind_of(error), str(error))
        except _StatusError as error:
            failure = error.failure
        except FeedError as error:
            failure = Failure(error.kind, f"{feed.url}: {error}")
        except Exception as error:  # one feed, however odd, must not stop the others
            _log.exception("feed %s could not be read", feed.url)
            line = f"{feed.url}: {type(error).__name__} while it was read; asked again later"
            failure = Failure(FailureKind.BROKEN, line)
        return Answer(feed, state, state, failure=failure)

    async def _ask(self, feed: Feed, state: FeedState) -> Answer:
        headers, full = self._headers(feed, state)
        spacing = await self._spacing(feed, feed.url)
        async with self.pace.turn(feed.url, spacing):
            response = await self._get(feed, feed.url, headers)
            answer, parsed = await self._read(feed, state, response, full=full)
        if parsed is None or not parsed.children:
            return answer
        entries = await self._children(feed, parsed)
        # an index says nothing of what stands in its sitemaps: it is read anew at every poll
        unread = replace(answer.state, etag=None, last_modified=None, body_hash=None)
        return replace(answer, entries=entries, state=replace(unread, items=len(entries)))

    def _headers(self, feed: Feed, state: FeedState) -> tuple[dict[str, str], bool]:
        """Return what to send, and whether the whole document is asked for."""
        headers = {"accept": _ACCEPT_PAGE if feed.form == "listing" else _ACCEPT}
        age = self.now - state.full_at if state.full_at else FULL_EVERY
        if not timedelta() <= age < FULL_EVERY:
            return headers, True
        if state.etag:
            headers["if-none-match"] = state.etag
        if state.last_modified:
            headers["if-modified-since"] = state.last_modified
        return headers, False

    async def _spacing(self, feed: Feed, url: str) -> float:
        """Return the seconds to keep between two requests to the host of ``url``.

        Feeds are published for machines; of sitemaps and web pages robots.txt is asked first.

        Raises:
            FeedError: robots.txt does not allow it, or could not be asked.
        """
        listing = feed.form == "listing"
        spacing = self.settings.page_spacing if listing else self.settings.feed_spacing
        if feed.form == "feed":
            return spacing
        rule = await self.robots.rule(url)
        if rule.allowed:
            return max(spacing, rule.crawl_delay or 0.0)
        kind = FailureKind.HTTP if rule.is_closed else FailureKind.REFUSED
        raise FeedError(f"{rule.reason}; asked again later", kind=kind)

    async def _hop(self, feed: Feed, url: str) -> None:
        await self.pace.book(url, await self._spacing(feed, url))

    async def _get(self, feed: Feed, url: str, headers: dict[str, str]) -> Response:
        """Return an answer of 200 or 304; another status is a failure, and may be a pause.

        Raises:
            FeedError: the status is another one.
            NetError: there was no answer.
        """
        limits = PAGE_LIMITS if feed.form == "listing" else FEED_LIMITS
        hop = partial(self._hop, feed)
        response = await self.door.get(url, headers=headers, limits=limits, before_hop=hop)
        status, said = response.status, response.headers
        if status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            return response
        line = f"{url}: {status_line(status)}; asked again later"
        if wait := pause_asked(status, said, self.now):
            self.pace.pause(response.url, self.now + wait, self.now, status_line(status))
        if status == HTTPStatus.GONE:
            line = (
                f"{url}: {status_line(status)}: the outlet has taken this feed away; "
                "remove it, or add the one in its place"
            )
        raise _StatusError(
            Failure(_kind_of_status(status), line, status, said.get("retry-after", ""))
        )

    async def _read(
        self, feed: Feed, state: FeedState, response: Response, *, full: bool
    ) -> tuple[Answer, ParsedFeed | None]:
        if response.status == HTTPStatus.NOT_MODIFIED:
            learnt = self._learnt(state, response, state.body_hash, full=full)
            return self._unchanged(feed, state, learnt, response), None
        body_hash = hashlib.sha256(response.body).hexdigest()
        learnt = self._learnt(state, response, body_hash, full=True)
        if body_hash == state.body_hash:
            return self._unchanged(feed, state, learnt, response), None
        parsed = await self.workers.parse(
            response.body,
            response.headers.get("content-type", ""),
            response.url,
            feed,
            self.settings.max_items,
        )
        asked = wish(response.headers, self.now, parsed.ttl)
        learnt = replace(learnt, items=len(parsed.entries))
        return Answer(feed, state, learnt, True, parsed.entries, asked), parsed

    def _unchanged(
        self, feed: Feed, state: FeedState, learnt: FeedState, response: Response
    ) -> Answer:
        return Answer(feed, state, learnt, wish=wish(response.headers, self.now))

    def _learnt(
        self, state: FeedState, response: Response, body_hash: str | None, *, full: bool
    ) -> FeedState:
        """Return ``state`` with what the headers and the address of a good answer tell."""
        kept = response.status == HTTPStatus.NOT_MODIFIED  # a 304 may leave its validators out
        modified = response.headers.get("last-modified", state.last_modified if kept else None)
        moved_to = lasting_move(response)
        same = moved_to == state.moved_to and state.moved_since and state.moved_since <= self.now
        return replace(
            state,
            etag=response.headers.get("etag", state.etag if kept else None),
            last_modified=None if modified and "2038" in modified else modified,
            last_polled=self.now,
            failures=0,
            error=None,
            body_hash=body_hash,
            failure=None,
            failed_since=None,
            full_at=self.now if full else state.full_at,
            moved_to=moved_to,
            moved_since=(state.moved_since if same else self.now) if moved_to else None,
            domain=registered_domain(host_of(response.url)),
            certificate_ends=_near_end(response.certificate, self.now),
        )

    async def _children(self, feed: Feed, index: ParsedFeed) -> tuple[Entry, ...]:
        """Return the entries of the sitemaps that an index names, in its order.

        Raises:
            FeedError: none of them could be read; the error is that of the first.
            NetError: the same.
        """
        found: dict[str, Entry] = {one.guid: one for one in index.entries}
        troubles: list[Exception] = []
        home = registered_domain(host_of(feed.url))
        own = [url for url in index.children if registered_domain(host_of(url)) == home]
        for url in own[:MOST_CHILDREN]:
            try:
                for one in await self._child(feed, url):
                    found.setdefault(one.guid, one)
            except PausedError:
                raise
            except (NetError, FeedError) as error:
                _log.warning("sitemap of %s: %s", feed.url, error)
                troubles.append(error)
        if troubles and len(troubles) == len(own[:MOST_CHILDREN]):
            raise troubles[0]
        return tuple(found.values())[: self.settings.max_items]

    async def _child(self, feed: Feed, url: str) -> tuple[Entry, ...]:
        async with self.pace.turn(url, await self._spacing(feed, url)):
            response = await self._get(feed, url, {"accept": _ACCEPT})
            kind = response.headers.get("content-type", "")
            parsed = await self.workers.parse(
                response.body, kind, response.url, feed, self.settings.max_items
            )
        return parsed.entries


class _StatusError(FeedError):
    """An HTTP status that is a failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.line, kind=failure.kind)
        self.failure = failure


def kind_of(error: NetError) -> FailureKind:
    """Return the kind of failure that a request's error is."""
    if isinstance(error, Refused):
        return FailureKind.REFUSED
    if isinstance(error, TooLarge):
        return FailureKind.BROKEN
    return FailureKind.HTTP if isinstance(error, BadRedirect) else FailureKind.NETWORK


def _kind_of_status(status: int) -> FailureKind:
    if status == HTTPStatus.GONE:
        return FailureKind.GONE
    return FailureKind.BLOCKED if status in _SHUT_OUT else FailureKind.HTTP


def _near_end(certificate: Certificate | None, now: datetime) -> datetime | None:
    """Return the end of a certificate that should have been renewed."""
    if certificate is None or not certificate.is_near_end(now):
        return None
    return certificate.ends


def lasting_move(response: Response) -> str | None:
    """Return where a feed has moved for good: the end of redirects that all say so."""
    lasting = response.hops and all(hop.status in _PERMANENT for hop in response.hops)
    return response.url if lasting else None
