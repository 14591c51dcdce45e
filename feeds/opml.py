"""OPML 1.0 and 2.0: the lists of feeds that feed readers exchange.

http://opml.org/spec2.opml: an ``outline`` with an ``xmlUrl`` is a feed, ``text`` or ``title`` its
name, ``language`` its language. What OPML has no word for stands in a namespace of ours, as the
specification asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from archive.types import Feed
from feeds.errors import FeedError
from feeds.row import RawFeed, plain
from feeds.urls import host_of

NAMESPACE = "urn:pivotwatch:catalogue"
UNKNOWN_LANGUAGE = "und"  # ISO 639-2: undetermined; the text decides
_NAMES = {"url": "xmlUrl", "outlet": "text", "lang": "language"}
_OURS = ("kind", "family", "country", "reliability", "form", "zone")
_SELECTORS = ("item", "link", "title", "date")


def read(file: str, document: bytes) -> list[RawFeed]:
    """Return the feeds of an OPML ``document``, folders opened out.

    Raises:
        FeedError: it is not OPML, not well-formed, or has a DTD.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise FeedError(f"{file}: not well-formed XML: {plain(error.msg or 'empty')}") from None
    if root.getroottree().docinfo.doctype:
        raise FeedError(f"{file}: has a DTD (<!DOCTYPE …>), which is refused; take it out")
    if etree.QName(root).localname.lower() != "opml":
        raise FeedError(
            f"{file}: the root element is <{etree.QName(root).localname}>, not <opml>; "
            "a catalogue is OPML, or TOML with [[feed]]"
        )
    return list(_outlines(root))


def _outlines(root: etree._Element) -> Iterator[RawFeed]:
    count = 0
    for outline in root.iter("outline"):
        plain_keys = {str(k).lower(): str(v).strip() for k, v in outline.attrib.items()}
        url = plain_keys.get("xmlurl", "")
        if not url:
            continue
        count += 1
        values: dict[str, object] = {
            "url": url,
            "outlet": plain_keys.get("title") or plain_keys.get("text") or host_of(url) or url,
            "lang": plain_keys.get("language", "").split("-")[0].lower() or UNKNOWN_LANGUAGE,
        }
        for key in _OURS:
            ours = outline.get(_ours(key))
            if ours is not None:
                values[key] = str(ours)
        chosen = {key: outline.get(_ours(f"selector-{key}")) for key in _SELECTORS}
        if selectors := {key: str(text) for key, text in chosen.items() if text is not None}:
            values["selectors"] = selectors
        yield RawFeed(f"feed {count}, line {outline.sourceline}", values, _NAMES)


def _ours(key: str) -> str:
    """Return the name of an attribute in our namespace."""
    return f"{{{NAMESPACE}}}{key}"


def write(feeds: Iterable[Feed]) -> str:
    """Return ``feeds`` as an OPML 2.0 document, one outline each."""
    root = etree.Element("opml", nsmap={"pw": NAMESPACE}, version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "pivotwatch feeds"
    body = etree.SubElement(root, "body")
    for feed in feeds:
        outline = etree.SubElement(body, "outline", type="rss")
        name = plain(feed.outlet)
        for key, value in (("text", name), ("title", name), ("xmlUrl", plain(feed.url))):
            outline.set(key, value)
        if feed.lang != UNKNOWN_LANGUAGE:
            outline.set("language", feed.lang)
        for key in _OURS:
            if value := plain(getattr(feed, key)):
                outline.set(_ours(key), value)
        for key in _SELECTORS if feed.selectors is not None else ():
            if value := plain(getattr(feed.selectors, key)):
                outline.set(_ours(f"selector-{key}"), value)
    text = etree.tostring(root, pretty_print=True, encoding="unicode")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text
