"""Listing pages: the news of sites that have no feed, found by CSS selectors. Runs in a worker."""

from __future__ import annotations

from dataclasses import dataclass

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError
from lxml.html import HtmlElement

from archive.types import Selectors
from feeds.errors import FeedError
from feeds.item import Item, Reading
from feeds.markup import base_of, language_of, tree_of
from feeds.repair import refuse_challenge


def read_listing(text: str, url: str, selectors: Selectors, max_items: int) -> Reading:
    """Return the entries on the listing page ``text``, found at ``url``; the first ``max_items``.

    An item's link is what its ``link`` selector finds or the item itself, when neither is a
    link the first one inside. What is found without a link is left out.

    Raises:
        FeedError: a selector cannot be used, or the page is a captcha in the listing's place; one
            line without the URL.
    """
    tree = tree_of(text)
    if tree is None:
        return Reading("", [])
    finder = _finder(selectors)
    elements = _all(tree, finder.item, "item")[:max_items]
    if not elements:
        refuse_challenge(text)
    base = base_of(tree, url)
    items = [_item(element, finder, base) for element in elements]
    return Reading(
        title=next((_text(title) for title in tree.iter("title")), ""),
        items=[item for item in items if item.link],
        lang=language_of(tree.get("lang", "")),
    )


@dataclass(frozen=True, slots=True)
class _Finder:
    """Selectors made ready."""

    item: CSSSelector
    link: CSSSelector | None
    title: CSSSelector | None
    date: CSSSelector | None


def _finder(selectors: Selectors) -> _Finder:
    return _Finder(
        item=_compiled(selectors.item, "item"),
        link=_compiled(selectors.link, "link") if selectors.link else None,
        title=_compiled(selectors.title, "title") if selectors.title else None,
        date=_compiled(selectors.date, "date") if selectors.date else None,
    )


def _item(element: HtmlElement, finder: _Finder, base: str) -> Item:
    link = _first(element, finder.link, "link") if finder.link else element
    if link is not None and not link.get("href"):
        link = next((inner for inner in link.iter("a") if inner.get("href")), None)
    title = _first(element, finder.title, "title") if finder.title else link
    date = _first(element, finder.date, "date") if finder.date else None
    return Item(
        link=link.get("href", "") if link is not None else "",
        title=_title(title) if title is not None else "",
        published=(date.get("datetime") or _text(date)) if date is not None else "",
        base=base,
    )


def _title(element: HtmlElement) -> str:
    return _text(element) or element.get("title", "") or element.get("aria-label", "")


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


def _first(element: HtmlElement, selector: CSSSelector, name: str) -> HtmlElement | None:
    return next(iter(_all(element, selector, name)), None)


def _all(element: HtmlElement, selector: CSSSelector, name: str) -> list[HtmlElement]:
    try:
        return list(selector(element))
    except XPathError as error:
        raise _unusable(selector.css, name, error) from None


def _compiled(selector: str, name: str) -> CSSSelector:
    try:
        return CSSSelector(selector, translator="html")
    except (SelectorError, XPathError, RecursionError) as error:
        raise _unusable(selector, name, error) from None


def _unusable(selector: str, name: str, error: Exception) -> FeedError:
    reason = " ".join(str(error).split())[:80]
    return FeedError(
        f"its {name} selector {selector[:60]!r} cannot be used ({reason});"
        " correct it in the catalogue"
    )
