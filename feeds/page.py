"""One article's page: from an entry to the text, whether the feed carries it or it is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from archive.types import Entry
from feeds.errors import FeedError
from feeds.pace import Pace
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
    """Reads the pages of entries; ``spacing`` seconds lie between two of one host."""

    door: Door
    workers: Workers
    pace: Pace
    spacing: float

    async def read(self, entry: Entry) -> Fetched:
        """Return the article behind ``entry``.

        Raises:
            PageError: there is none; one line that begins with the URL.
        """
        url = entry.raw_url
        try:
            if entry.content is not None:
                page = await self.workers.extract_content(entry.content, entry.title, url)
                fetched = Fetched(page, url)
            else:
                async with self.pace.turn(url, self.spacing):
                    fetched = await self._fetch(url)
        except (TimedOut, Unreachable) as error:
            raise PageAwayError(str(error)) from error
        except NetError as error:
            raise PageError(str(error)) from error
        except PageError:
            raise
        except FeedError as error:
            raise PageError(f"{entry.raw_url}: {error}") from error
        if len(fetched.page.text) < LEAST_TEXT:
            raise PageError(f"{entry.raw_url}: no article text found")
        return fetched

    async def _fetch(self, url: str) -> Fetched:
        response = await self.door.get(url, headers={"accept": _ACCEPT}, limits=PAGE_LIMITS)
        if response.status != HTTPStatus.OK:
            line = f"{url}: {status_line(response.status)}"
            if response.status in _GONE:
                raise PageGoneError(line)
            busy = response.status in _BUSY or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            raise PageAwayError(line) if busy else PageError(line)
        content_type = response.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind and not kind.startswith(_READABLE):
            raise PageGoneError(f"{url}: answered with {kind[:60]}, not a web page")
        page = await self.workers.extract_page(response.body, content_type, response.url)
        return Fetched(page, response.url, response)
