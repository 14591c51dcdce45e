"""From the bytes of a feed (RSS, RDF, Atom, JSON Feed) to its entries. Runs in a worker."""

from __future__ import annotations

import html
import re
from typing import Any
from xml.sax import SAXException

import feedparser

from archive.types import Entry, Feed
from feeds.charset import decode
from feeds.errors import FeedError
from feeds.item import Item, entry_of
from feeds.jsonfeed import is_json, read_json
from feeds.plain import title_of
from feeds.repair import check_root, mend, prepare
from feeds.types import ParsedFeed

_MARKUP = re.compile(r"<[a-zA-Z/]")
_CONTENT_LIMIT = 1_000_000  # characters of one item's content


def parse(
    body: bytes, content_type: str, url: str, feed: Feed, max_items: int = 1000
) -> ParsedFeed:
    """Read the feed document that ``url`` (after redirects) answered with.

    Items that link nowhere are left out, and so is every item after the first with its guid.

    Raises:
        FeedError: it is no feed, or broken beyond reading; one line without the URL.
    """
    text = decode(body, content_type)
    if not text.strip():
        raise FeedError("answered with an empty document, not a feed; the next poll tries again")
    if is_json(text):
        title, items = read_json(text, max_items)
        ttl = None
    else:
        title, items, ttl = _read_xml(text, max_items)
    entries: dict[str, Entry] = {}
    for item in items:
        entry = entry_of(item, feed.id, url, feed.zone)
        if entry is not None:
            entries.setdefault(entry.guid, entry)
    return ParsedFeed(title_of(title), tuple(entries.values()), ttl)


def _read_xml(text: str, max_items: int) -> tuple[str, list[Item], int | None]:
    check_root(text)
    text = prepare(text)
    result, flaw = _feedparser(text)
    if flaw:
        mended = mend(text)
        if mended != text:
            again, flaw_again = _feedparser(mended)
            if not flaw_again:
                result, flaw = again, ""
    entries = result["entries"]
    if flaw and not entries:
        raise FeedError(f"the feed is broken XML ({flaw}); the next poll tries again")
    ttl = str(result["feed"].get("ttl", "")).strip()
    minutes = int(ttl) if ttl.isdecimal() and len(ttl) < 7 else None
    items = [_item(entry) for entry in entries[:max_items]]
    return str(result["feed"].get("title", "")), items, minutes


def _feedparser(text: str) -> tuple[Any, str]:
    result = feedparser.parse(
        text.encode("utf-8", "ignore"),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    error = result.get("bozo_exception")
    flaw = " ".join(str(error).split())[:120] if isinstance(error, SAXException) else ""
    return result, flaw


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
        content=_content(found),
    )


def _content(found: dict[str, Any]) -> str:
    offered = [_as_html(part) for part in found.get("content", ())]
    offered.append(_marked_up(_text(found, "yandex_full-text")))
    return max(offered, key=len)[:_CONTENT_LIMIT]


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
