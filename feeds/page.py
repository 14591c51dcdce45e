"""One article's page: from an entry to the text, whether the feed carries it or it is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from archive.types import Entry
from feeds import reservation
from feeds.errors import FeedError
from feeds.pace import Pace, PausedError
from feeds.robots import Robots, RobotsRule
from feeds.schedule import pause_asked
from feeds.types import ExtractedPage, status_line
from feeds.workers import Workers
from net import PAGE_LIMITS, Door, NetError, Response, TimedOut, Unreachable

LEAST_TEXT = 80
"""Characters; less is a teaser, a login or an error, not an article."""

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_READABLE = ("text/", "application/xhtml+xml", "application/xml")


class PageError(FeedError):
    """A page gave no article this time; trying again may help."""


class PageGoneError(PageError):
    """A page is gone, or was never one; trying again is no use."""


class PageAwayError(PageError):
    """A page could not be reached, or its server was busy: nothing is known about the page."""


class PageForbiddenError(PageGoneError):
    """A page that robots.txt does not allow; it was not asked."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An article as read: the ``page``, the ``url`` it was found at in the end, the ``response``
    it was read from (None when the feed carried the text), and the line of what its publisher
    reserves, empty when nothing is."""

    page: ExtractedPage
    url: str
    response: Response | None = None
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads the pages of entries; ``spacing`` seconds lie between two of one host.

    ``robots`` says what may be read and how slowly; without it, as for a page that a person
    names, nobody is asked. ``now`` is when a server that is busy is left alone from.
    """

    door: Door
    workers: Workers
    pace: Pace
    spacing: float
    robots: Robots | None = None
    now: datetime | None = None

    async def read(self, entry: Entry) -> Fetched:
        """Return the article behind ``entry``.

        Raises:
            PageError: there is none; one line that begins with the URL.
            PausedError: its domain has asked to be left alone, and nothing was tried.
        """
        url = entry.raw_url
        try:
            if entry.content is not None:
                page = await self.workers.extract_content(entry.content, entry.title, url)
                fetched = Fetched(page, url)
            else:
                rule = await self._allowed(url)
                async with self.pace.turn(url, self._spacing(rule)):
                    fetched = await self._fetch(url, rule)
        except (TimedOut, Unreachable) as error:
            raise PageAwayError(str(error)) from error
        except NetError as error:
            raise PageError(str(error)) from error
        except (PageError, PausedError):
            raise
        except FeedError as error:
            raise PageError(f"{url}: {error}") from error
        if len(fetched.page.text) < LEAST_TEXT:
            raise PageError(f"{url}: no article text found")
        return fetched

    async def page(self, url: str) -> Response:
        """Return the answer at ``url``, unread; it is asked as politely as an entry's page.

        Raises:
            PageError: robots.txt does not allow it, or the answer is not a web page.
            NetError: there was no answer.
            PausedError: its domain has asked to be left alone, and nothing was tried.
        """
        rule = await self._allowed(url)
        async with self.pace.turn(url, self._spacing(rule)):
            return await self._get(url, [rule])

    async def _allowed(self, url: str) -> RobotsRule:
        """Return what robots.txt says of ``url``, if it does not forbid it."""
        if self.robots is None:
            return RobotsRule(allowed=True)
        rule = await self.robots.rule(url)
        if rule.is_closed:
            raise PageAwayError(f"{url}: {rule.reason}")
        if not rule.allowed:
            raise PageForbiddenError(f"{url}: {rule.reason}; the entry's title and link are kept")
        return rule

    def _spacing(self, rule: RobotsRule) -> float:
        return max(self.spacing, rule.crawl_delay or 0.0)

    async def _fetch(self, url: str, rule: RobotsRule) -> Fetched:
        rules = [rule]
        response = await self._get(url, rules)
        content_type = response.headers.get("content-type", "")
        page = await self.workers.extract_page(response.body, content_type, response.url)
        return Fetched(page, response.url, response, self._reserved(page, response, rules[-1]))

    async def _get(self, url: str, rules: list[RobotsRule]) -> Response:
        """Return the answer; the rules of the sites that redirects lead to join ``rules``."""

        async def before_hop(onward: str) -> None:
            rules.append(await self._allowed(onward))
            await self.pace.book(onward, self._spacing(rules[-1]))

        response = await self.door.get(
            url, headers={"accept": _ACCEPT}, limits=PAGE_LIMITS, before_hop=before_hop
        )
        if response.status != HTTPStatus.OK:
            raise self._refusal(url, response)
        content_type = response.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind and not kind.startswith(_READABLE):
            raise PageGoneError(f"{url}: answered with {kind[:60]}, not a web page")
        return response

    def _reserved(self, page: ExtractedPage, response: Response, rule: RobotsRule) -> str:
        said = reservation.of_headers(response.headers, self.door.product)
        signal = (("content-signal", rule.content_signal),) if rule.content_signal else ()
        return reservation.line(page.wishes, said, rule.tdm, signal)

    def _refusal(self, url: str, response: Response) -> PageError:
        """Return the error that an answer other than 200 is; a server may ask for a pause."""
        line = f"{url}: {status_line(response.status)}"
        if self.now is not None:
            wait = pause_asked(response.status, response.headers, self.now)
            if wait:
                self.pace.pause(
                    response.url, self.now + wait, self.now, status_line(response.status)
                )
        if response.status in _GONE:
            return PageGoneError(line)
        busy = response.status in _BUSY or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return PageAwayError(line) if busy else PageError(line)
