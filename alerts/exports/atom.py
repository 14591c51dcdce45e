"""Alerts as an Atom feed (RFC 4287), one entry for each alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from alerts.clean import clean
from alerts.exports.record import Record, places, plain, stable, utc
from alerts.rendering import because, stamp

_ATOM = "http://www.w3.org/2005/Atom"
_XHTML = "http://www.w3.org/1999/xhtml"
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)  # dates a feed without any entry
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(records: Sequence[Record]) -> bytes:
    """Return the feed, the entry that changed last first; the same alerts give the same bytes."""
    newest = sorted(records, key=lambda one: one.payload.created, reverse=True)
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _text(feed, "id", stable("feed", "alerts").urn)
    _text(feed, "title", "pivotwatch alerts")
    _text(feed, "updated", utc(newest[0].payload.created if newest else _BEGAN).isoformat())
    _text(_add(feed, "author"), "name", "pivotwatch")
    _text(feed, "generator", "pivotwatch")
    for one in newest:
        _entry(feed, one)
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=False)


def _entry(feed: etree._Element, one: Record) -> None:
    a = one.payload
    entry = _add(feed, "entry")
    _text(entry, "id", stable("alert", a.alert_id).urn)
    _text(entry, "title", plain(clean(a.subject)))
    _text(entry, "published", utc(one.alert.opened).isoformat())
    _text(entry, "updated", utc(a.created).isoformat())
    for number, place in enumerate(places(a)):
        rel = "related" if number else "alternate"
        _add(entry, "link", rel=rel, href=place.url, title=clean(place.outlet))
    for term in dict.fromkeys((a.signal.code, a.rule, a.severity)):
        _add(entry, "category", term=plain(clean(term, 60)))
    content = _add(entry, "content", type="xhtml")
    _fill(etree.SubElement(content, f"{{{_XHTML}}}div", nsmap={None: _XHTML}), one)


def _fill(page: etree._Element, one: Record) -> None:
    a = one.payload
    _para(page, f"Update {a.revision}: {because(a.reason)}. {a.news}" if a.revision > 1 else a.news)
    _para(page, f"{a.likelihood.capitalize()} ({a.probability:.2f}): {a.signal.name}.")
    _para(page, f"Confidence: {a.confidence}. {a.confidence_why}.")
    for quote in a.passages:
        said = _para(page, quote.text, "blockquote")
        said.set(_XML_LANG, plain(clean(quote.source.lang, 12)))
        _para(page, f"{quote.source.outlet}, {stamp(quote.source.published)}")
    _para(page, a.counter.summary)
    _para(page, a.coverage)


def _para(page: etree._Element, text: str, tag: str = "p") -> etree._Element:
    made = etree.SubElement(page, f"{{{_XHTML}}}{tag}")
    made.text = plain(text)
    return made


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)


def _text(parent: etree._Element, name: str, text: str) -> None:
    _add(parent, name).text = text
