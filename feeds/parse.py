"""From the bytes of a feed, a sitemap or a listing page to its entries. Runs in a worker."""

from __future__ import annotations

import html
import re
import zlib
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from archive.enums import FailureKind
from archive.types import Entry, Feed
from feeds.charset import decode
from feeds.errors import FeedError, SitemapError
from feeds.item import Item, Reading, entry_of
from feeds.jsonfeed import is_json, read_json
from feeds.listing import read_listing
from feeds.markup import language_of
from feeds.plain import title_of
from feeds.repair import mend, prepare, root_of, unburied
from feeds.sitemap import LONGEST, read_sitemap
from feeds.types import ParsedFeed
from feeds.urls import canonical

_MARKUP = re.compile(r"<[a-zA-Z/]")
_CONTENT_LIMIT = 1_000_000  # characters of one item's content
_GZIP = b"\x1f\x8b"
_UNPACKED = 10_000_000  # bytes that a packed document may have
_SITEMAPS = {"urlset", "sitemapindex"}


def parse(
    body: bytes,
    content_type: str,
    url: str,
    feed: Feed,
    max_items: int = 1000,
    now: datetime | None = None,
) -> ParsedFeed:
    """Read the document that ``url`` (after redirects) answered with, by the ``form`` of ``feed``.

    Items that link nowhere or to the document itself are left out, and so is every item after
    the first with its guid. ``now`` is the time by which a sitemap index is judged, the clock's
    when None.

    Raises:
        FeedError: it is of another form, or broken beyond reading; one line without the URL.
    """
    text = decode(_unpacked(body), content_type)
    if not text.strip():
        raise FeedError(
            "answered with an empty document, not a feed; the next poll tries again",
            kind=FailureKind.EMPTY,
        )
    found = _read(text, url, feed, max_items, now or datetime.now(UTC))
    home, entries = canonical(url), dict[str, Entry]()
    for item in found.items:
        entry = entry_of(item, feed.id, url, feed.zone)
        if entry is not None and entry.url != home:
            entries.setdefault(entry.guid, entry)
    return ParsedFeed(
        title_of(found.title), tuple(entries.values()), found.ttl, found.children, found.lang
    )


def _read(text: str, url: str, feed: Feed, max_items: int, now: datetime) -> Reading:
    if feed.form == "listing":
        if feed.selectors is None:
            raise FeedError("is a listing page without selectors; add them in the catalogue")
        return read_listing(text, url, feed.selectors, max_items)
    if is_json(text):
        return read_json(text, max_items)
    text = unburied(text)
    if root_of(text) not in _SITEMAPS:
        return _read_feed(mend(prepare(text, max_items)), url, max_items)
    if feed.form != "sitemap":
        raise SitemapError(
            "answered with a sitemap, not a feed; give the address of its feed,"
            ' or set form = "sitemap" in the catalogue'
        )
    return read_sitemap(mend(prepare(text, LONGEST)), url, feed.zone, max_items, now)


def _unpacked(body: bytes) -> bytes:
    """Return a document that is packed by gzip, as sitemaps may be, unpacked."""
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(31)
    try:
        whole = unpacker.decompress(body, _UNPACKED)
    except zlib.error:
        raise FeedError("answered with broken gzip; the next poll tries again") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise FeedError("its gzip is cut short or over 10 MB once unpacked and was left out")
    return whole


def _read_feed(text: str, url: str, max_items: int) -> Reading:
    headers = {"content-type": "application/xml; charset=utf-8"}
    if "xml:base" in text:  # else left to entry_of: feedparser would make a URL of a bare guid
        headers["content-location"] = url
    result = feedparser.parse(
        text.encode("utf-8", "ignore"),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    entries, about = result["entries"], result["feed"]
    error = result.get("bozo_exception")
    if isinstance(error, SAXException) and not entries:
        flaw = " ".join(str(error).split())[:120]
        raise FeedError(f"the feed is broken XML ({flaw}); the next poll tries again")
    ttl = str(about.get("ttl", "")).strip()
    minutes = int(ttl) if ttl.isdecimal() and len(ttl) < 7 else None
    items = [_item(entry) for entry in entries[:max_items]]
    lang = language_of(str(about.get("language", "")))
    return Reading(str(about.get("title", "")), items, minutes, lang=lang)


def _item(entry: Any) -> Item:
    found: dict[str, Any] = dict(entry)  # feedparser's own lookup answers `updated` by `published`
    guid, link = _text(found, "id"), _text(found, "link")
    if link == guid and "/" not in guid:
        link = ""  # taken over from a guid that is no URL
    updated = _text(found, "updated") or _text(found, "created")
    published = _text(found, "published")
    return Item(
        guid=guid,
        link=_text(found, "feedburner_origlink") or link,
        title=_text(found, "title"),
        author=_text(found, "author"),
        published=published or updated,
        updated=updated,
        summary=_text(found, "summary"),
        contents=_contents(found),
    )


def _contents(found: dict[str, Any]) -> tuple[str, ...]:
    parts = found.get("content", ())
    yandex = _marked_up(_text(found, "yandex_full-text"))
    offered = [_as_html(part)[:_CONTENT_LIMIT] for part in parts]
    return (*offered[:1], yandex[:_CONTENT_LIMIT], *offered[1:])


def _as_html(part: Any) -> str:
    value = str(part.get("value") or "")
    return f"<p>{html.escape(value)}</p>" if part.get("type") == "text/plain" else value


def _marked_up(text: str) -> str:
    if not text or _MARKUP.search(text):
        return text
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""
