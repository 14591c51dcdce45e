"""What the steps of this room hand to one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from archive.types import Entry

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document as read: its ``title``, its ``entries`` in the document's order with one
    entry a guid, and ``ttl``, the minutes for which the outlet asks not to be polled again.

    ``children`` are the sitemaps that a sitemap index names and that are worth asking, newest
    first. ``lang`` is the language that the document says it is in (``ru``), empty when it says
    none.
    """

    title: str
    entries: tuple[Entry, ...]
    ttl: int | None = None
    children: tuple[str, ...] = ()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """An article's page as read, all plain text.

    ``text`` has one paragraph a line and is empty when the page holds no article. ``date`` is the
    one in the page's metadata (ISO 8601; midnight when only the day is known), ``canonical`` the
    URL that the page calls its own; both may be empty. ``shingles`` are what wire copies are found
    by. ``wishes`` are what the page's own ``meta`` elements reserve of its use (see
    ``feeds.reservation``).
    """

    title: str
    text: str
    author: str
    date: str
    canonical: str
    shingles: tuple[int, ...] = ()
    wishes: tuple[tuple[str, str], ...] = ()


def status_line(status: int) -> str:
    """Return an HTTP status as people know it: ``404 Not Found``."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
