"""Cutting from a page what no reader takes for the article: consent notices and teasers.

trafilatura finds the article by its container. On pages where it lies among its surroundings
without one, these would be read with it, and a teaser's claim would pass for the article's.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
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
_NOTICES = frozenset({"p", "div", "section", "aside", "li", "form", "dialog"})
_TEASERS = frozenset({"div", "section", "aside", "ul", "li"})
_LINES = frozenset({"p", "li"})
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def prune(tree: HtmlElement, url: str) -> None:
    """Cut consent notices, teasers and lines that are but a link out of the page at ``url``."""
    holders = _holders(tree)
    found = [block for block in tree.iter(*(_NOTICES | _TEASERS)) if _is_unwanted(block, holders)]
    teasers = _headed_by_link(tree, url)
    if len(teasers) >= _FEW:
        found += teasers
    for element in found:
        if element.getparent() is not None:
            element.drop_tree()


def _holders(tree: HtmlElement) -> set[HtmlElement]:
    """Return the elements that an article may be in: they hold the main heading, or prose."""
    parents = Counter(p.getparent() for p in tree.iter("p") if p.find(".//a") is None)
    inner = [*tree.iter("h1"), *(one for one, count in parents.items() if count >= _PROSE)]
    holders: set[HtmlElement] = set()
    for element in inner:
        holder: HtmlElement | None = element
        while holder is not None and holder not in holders:
            holders.add(holder)
            holder = holder.getparent()
    return holders


def _is_unwanted(element: HtmlElement, holders: set[HtmlElement]) -> bool:
    tag = element.tag
    if tag in _LINES and _is_bare_link(element):
        return True
    labels = _labels(element)
    if labels and tag in _TEASERS and _TEASER.search(labels) and element not in holders:
        return True
    if tag not in _NOTICES:
        return False
    named = labels and (element.get("role") == "dialog" or _NOTICE.search(labels))
    return bool(named or _COOKIES.search(element.text or "")) and _is_short(element)


def _is_bare_link(element: HtmlElement) -> bool:
    if element.text and not element.text.isspace():
        return False
    links = list(islice(element.iter("a"), 2))
    return len(links) == 1 and _text(element) == _text(links[0])


def _headed_by_link(tree: HtmlElement, url: str) -> list[HtmlElement]:
    """Return the short blocks whose heading leads elsewhere, once for each such heading."""
    ending = urldefrag(url)[0].rpartition("/")[2]
    short: dict[HtmlElement, bool] = {}
    found: list[HtmlElement] = []
    for heading in tree.iter(*_HEADINGS):
        link = heading.find("a")
        if link is None:
            parent = heading.getparent()
            link = parent if parent is not None and parent.tag == "a" else None
        block = (heading if link is None or link in heading else link).getparent()
        if link is None or block is None or _is_same(link.get("href"), url, ending):
            continue
        if block not in short:
            short[block] = _is_short(block)
        if short[block]:
            found.append(block)
    return found


def _is_same(href: str | None, url: str, ending: str) -> bool:
    """Whether ``href`` on the page at ``url``, whose path ends like that, leads to the page."""
    if href is None:
        return True
    if ending not in href and href[:1] not in {"", "#", "?"}:
        return False  # most links; resolving each of them takes long
    try:
        return urldefrag(urljoin(url, href))[0] == urldefrag(url)[0]
    except ValueError:
        return False


def _labels(element: HtmlElement) -> str:
    """Return what an element is called; a blank at least when it has any attribute."""
    if not element.keys():
        return ""
    return f"{element.get('class', '')} {element.get('id', '')} {element.get('aria-label', '')}"


def _is_short(element: HtmlElement) -> bool:
    length = 0
    for piece in element.itertext():
        length += len(piece)
        if length > _SHORT:
            return False
    return True


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())
