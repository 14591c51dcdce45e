"""News sitemaps and sitemap indexes (https://www.sitemaps.org/protocol.html), read by lxml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from lxml import etree

from feeds.dates import parse_date
from feeds.errors import FeedError
from feeds.item import Item, Reading
from feeds.markup import language_of

MOST_URLS = 1_000
"""Of a larger sitemap, the URLs with the latest dates are read."""

LONGEST = 50_000
"""URLs that a sitemap may have by the protocol; what follows is not looked at."""

MOST_CHILDREN = 10
"""Sitemaps of one index that are asked."""

_RECENT = timedelta(hours=48)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def read_sitemap(text: str, url: str, zone: str, max_items: int, now: datetime) -> Reading:
    """Return what the sitemap or sitemap index ``text``, found at ``url``, says at ``now``.

    ``lastmod`` counts as an edit, never as the date of publication: many sites renew it for
    every page. The children of an index are those changed in the 48 hours before ``now`` or
    whose change is not told, newest first. ``zone`` is the IANA zone of dates that name none.

    Raises:
        FeedError: it is broken XML; one line without the URL.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "ignore"), parser)
    except etree.XMLSyntaxError as error:
        flaw = " ".join(str(error.msg or "empty").split())[:120]
        raise FeedError(f"the sitemap is broken XML ({flaw}); the next poll tries again") from None
    if _name(root) == "sitemapindex":
        return Reading("", [], children=_children(root, url, zone, now))
    urls = [fields for element in root if (fields := dict(_fields(element))).get("loc")]
    if len(urls) > (most := min(max_items, MOST_URLS)):
        urls.sort(key=lambda fields: _moment(_latest(fields), zone), reverse=True)
    lang = next((language_of(fields["language"]) for fields in urls if "language" in fields), "")
    return Reading("", [_item(fields) for fields in urls[:most]], lang=lang)


def _item(fields: dict[str, str]) -> Item:
    return Item(
        link=fields["loc"],
        title=fields.get("title", ""),
        published=fields.get("publication_date", ""),
        updated=fields.get("lastmod", ""),
    )


def _children(root: etree._Element, url: str, zone: str, now: datetime) -> tuple[str, ...]:
    found: dict[str, datetime] = {}
    for element in root:
        fields = dict(_fields(element))
        address = _address(fields.get("loc", ""), url)
        changed = _moment(fields.get("lastmod", ""), zone)
        recent = changed == _LONG_AGO or changed >= now - _RECENT
        if address and address != url and recent:
            found.setdefault(address, changed)
    return tuple(sorted(found, key=found.__getitem__, reverse=True)[:MOST_CHILDREN])


def _fields(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield the text of an element's children, and of those of its ``news`` child, by name."""
    for child in element:
        if _name(child) == "news":
            for inner in child:
                yield from _fields(inner) if _name(inner) == "publication" else [_field(inner)]
        else:
            yield _field(child)


def _field(element: etree._Element) -> tuple[str, str]:
    return _name(element), " ".join((element.text or "").split())


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _latest(fields: dict[str, str]) -> str:
    return fields.get("publication_date") or fields.get("lastmod", "")


def _moment(raw: str, zone: str) -> datetime:
    return parse_date(raw, zone)[0] or _LONG_AGO


def _address(loc: str, url: str) -> str:
    try:
        address = urljoin(url, loc)
        return address if loc and urlsplit(address).scheme in {"http", "https"} else ""
    except ValueError:
        return ""
