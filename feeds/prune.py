"""Cutting from a page what no reader takes for the article: consent notices and teasers.

trafilatura finds the article by its container. On pages where it lies among its surroundings
without one, these would be read with it, and a teaser's claim would pass for the article's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from lxml.html import HtmlElement

_SHORT = 600
"""Characters: a notice or a teaser has fewer, the container of an article has more."""

_FEW = 2
"""Teasers come in numbers; one heading that is a link may be the article's own."""

_PROSE = 3
"""Paragraphs side by side, without a link: an article, whatever its container is called."""

_NOTICE = re.compile(r"cookie|consent|gdpr|\bcc-|\bcmp-", re.IGNORECASE)
_TEASER = re.compile(r"teaser|related|read-?(?:also|next)|more-?news|recommend", re.IGNORECASE)
_COOKIES = re.compile(r"\bcookies?\b|\bкуки\b|թխուկ", re.IGNORECASE)
_BLOCKS = ("p", "div", "section", "aside", "li", "form", "dialog")
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def prune(tree: HtmlElement, url: str) -> None:
    """Cut consent notices, teasers and lines that are but a link out of the page at ``url``."""
    found = [*_notices(tree), *_named_teasers(tree), *_bare_links(tree)]
    teasers = [block for block in _headed_by_link(tree, url) if _is_short(block)]
    if len(teasers) >= _FEW:
        found += teasers
    for element in found:
        if element.getparent() is not None:
            element.drop_tree()


def _notices(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter(*_BLOCKS):
        named = element.get("role") == "dialog" or _NOTICE.search(_labels(element))
        if (named or _COOKIES.search(element.text or "")) and _is_short(element):
            yield element


def _named_teasers(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter("div", "section", "aside", "ul", "li"):
        if _TEASER.search(_labels(element)) and not _holds_article(element):
            yield element


def _bare_links(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter("p", "li"):
        links = element.findall(".//a")
        if len(links) == 1 and _text(element) == _text(links[0]):
            yield element


def _headed_by_link(tree: HtmlElement, url: str) -> Iterator[HtmlElement]:
    for heading in tree.iter(*_HEADINGS):
        link = heading.find("a")
        if link is None:
            parent = heading.getparent()
            link = parent if parent is not None and parent.tag == "a" else None
        block = (heading if link is None or link in heading else link).getparent()
        if link is not None and block is not None and not _is_same(link.get("href"), url):
            yield block


def _is_same(href: str | None, url: str) -> bool:
    try:
        return href is None or urldefrag(urljoin(url, href))[0] == urldefrag(url)[0]
    except ValueError:
        return False


def _holds_article(element: HtmlElement) -> bool:
    if element.find(".//h1") is not None:
        return True
    parents = Counter(p.getparent() for p in element.iter("p") if p.find(".//a") is None)
    return any(count >= _PROSE for count in parents.values())


def _labels(element: HtmlElement) -> str:
    return " ".join(element.get(name, "") for name in ("class", "id", "aria-label"))


def _is_short(element: HtmlElement) -> bool:
    length = 0
    for piece in element.itertext():
        length += len(piece)
        if length > _SHORT:
            return False
    return True


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())
