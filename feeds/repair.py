"""Making a feed document fit to be parsed: what is refused, what is cut, what is mended."""

from __future__ import annotations

import re
from html.entities import html5

from feeds.errors import FeedError

_PROLOG = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^<>\[]*>\s*)*", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_FEED_ROOTS = {"rss", "feed", "rdf"}
_HTML_ROOTS = {"html", "head", "body", "div", "script", "meta", "title", "p"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_PERSONS = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|managingEditor|webMaster|publisher|contributor|owner|name"
    r"|email)\b[^<>]*>\s*)(<!\[CDATA\[)?([^<]{256})[^<]*",
    re.IGNORECASE,
)
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_REFERENCE = re.compile(r"&(?:(#\d{1,7};|#x[0-9A-Fa-f]{1,6};)|([A-Za-z][A-Za-z0-9]{1,31};)|)")
_XML_NAMES = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


def check_root(text: str) -> None:
    """Let pass only what begins as RSS, RDF or Atom does.

    Raises:
        FeedError: it is a web page or something else, or brings a DTD of its own, through which
            a few bytes can grow to gigabytes or local files be read; one line without the URL.
    """
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if text[start : start + 9].upper() == "<!DOCTYPE":
        raise FeedError("the feed brings its own DTD and was refused; ask the outlet to drop it")
    root = _ROOT.match(text, start)
    name = root[1].lower() if root else ""
    if name in _FEED_ROOTS:
        return
    if name in _HTML_ROOTS:
        raise FeedError(
            "answered with a web page, not a feed; look up the outlet's present feed address"
        )
    if name in {"urlset", "sitemapindex"}:
        raise FeedError("answered with a sitemap, not a feed; give the address of its feed")
    what = f"<{root[1][:30]}>" if root else "something that is not XML or JSON"
    raise FeedError(f"answered with {what}, not a feed; check the feed's address")


def prepare(text: str) -> str:
    """Return the document without its XML declaration (it is text already) and with the names of
    persons cut: feedparser 6.0 looks for an e-mail address in them in quadratic time."""
    return _PERSONS.sub(_cut, _FORBIDDEN.sub("", _DECLARATION.sub("", text)))


def mend(text: str) -> str:
    """Return a document that is not well-formed with bare ``&`` and HTML entities outside CDATA
    turned into what XML knows."""
    parts = _CDATA.split(text)
    return "".join(p if i % 2 else _REFERENCE.sub(_legal, p) for i, p in enumerate(parts))


def _cut(found: re.Match[str]) -> str:
    opened = found[2] or ""
    closed = "]]>" if opened and "]]>" not in found[3] else ""
    return f"{found[1]}{opened}{found[3]}{closed}"


def _legal(found: re.Match[str]) -> str:
    number, name = found[1], found[2]
    if number:
        code = int(number[2:-1], 16) if number[1] == "x" else int(number[1:-1])
        return "" if code > 0x10FFFF or _FORBIDDEN.match(chr(code)) else found[0]
    if name in _XML_NAMES:
        return found[0]
    if name and name in html5:
        return html5[name].replace("&", "&amp;").replace("<", "&lt;")
    return "&amp;" + found[0][1:]
