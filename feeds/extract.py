"""From an article's page to its text, with trafilatura. Runs in a worker."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import islice

from lxml.html import HtmlElement
from trafilatura import bare_extraction, load_html
from trafilatura.settings import Document

from feeds.charset import decode
from feeds.copies import sample
from feeds.markup import refuse_attribute_bomb
from feeds.plain import clean_line, clean_text, paragraphs_of
from feeds.prune import prune
from feeds.reservation import of_tree
from feeds.types import ExtractedPage

_SHORT = 250  # characters
_LEAST_SHARE = 0.4  # of the text in the paragraphs that a reader sees
_MANY_ELEMENTS = 10_000  # beyond, the thorough way takes too long
_PARAGRAPHS = 2_000  # looked at; an article has fewer
_ASIDES = frozenset({"nav", "aside", "footer", "form", "noscript", "template", "dialog"})
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_KEPT = 0.6  # of a feed's own text must survive extraction, else its markup is only stripped


def extract_page(body: bytes, content_type: str, url: str) -> ExtractedPage:
    """Return the article on the HTML page ``body``.

    trafilatura's fast way comes first. It loses one page in a hundred, so the thorough one is
    tried as well when it finds little: under 250 characters, no two paragraphs, or under 40 % of
    the paragraphs that a reader sees.

    Raises:
        FeedError: the page is built to hang the parser; one line without the URL.
    """
    markup = _DECLARATION.sub("", decode(body, content_type).replace("\x00", ""))
    refuse_attribute_bomb(markup)
    tree = load_html(markup)
    if tree is None:
        return _page("", "")
    wishes = of_tree(tree)
    prune(tree, url)
    page = _read(tree, url, fast=True)
    if _finds_little(page.text, tree) and tree.xpath("count(//*)") <= _MANY_ELEMENTS:
        thorough = _read(tree, url, fast=False)
        page = thorough if len(thorough.text) >= len(page.text) else page
    return replace(page, wishes=wishes)


def extract_content(content: str, title: str, url: str) -> ExtractedPage:
    """Return the article whose whole text a feed carries as the HTML fragment ``content``."""
    head = f"<html><head><title>{html.escape(title)}</title></head>"
    refuse_attribute_bomb(content)
    whole = paragraphs_of(content)
    tree = load_html(f"{head}<body><article>{content}</article></body></html>")
    if tree is None:
        return _page(title, whole)
    prune(tree, url)
    page = _read(tree, url, fast=True)
    if len(page.text) >= _KEPT * len(whole):
        return page
    return _page(title, whole, page.author)


def _finds_little(text: str, tree: HtmlElement) -> bool:
    if len(text) < _SHORT or "\n" not in text:
        return True
    paragraphs = [(p, "".join(p.itertext())) for p in islice(tree.iter("p"), _PARAGRAPHS)]
    if len(text) >= _LEAST_SHARE * sum(len(said) for _, said in paragraphs):
        return False
    seen = sum(len(" ".join(said.split())) for p, said in paragraphs if _is_seen(p))
    return len(text) < _LEAST_SHARE * seen


def _is_seen(paragraph: HtmlElement) -> bool:
    """Whether a reader would take ``paragraph`` for a part of what the page is about."""
    return not any(
        element.tag in _ASIDES or "comment" in element.get("class", "").lower()
        for element in (paragraph, *paragraph.iterancestors())
    )


def _read(tree: HtmlElement, url: str, *, fast: bool) -> ExtractedPage:
    found = bare_extraction(
        tree,  # which it copies
        url=url,
        fast=fast,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,  # it would take any year in the text for the date
            "outputformat": "%Y-%m-%dT%H:%M:%S%z",
        },
    )
    if not isinstance(found, Document):
        return _page("", "")
    return _page(
        found.title or "", found.text or "", found.author or "", found.date or "", found.url or ""
    )


def _page(
    title: str, text: str, author: str = "", date: str = "", canonical: str = ""
) -> ExtractedPage:
    title, text = clean_line(title), clean_text(text)
    first, _, rest = text.partition("\n")
    if first == title:
        text = rest
    return ExtractedPage(
        title=title,
        text=text,
        author=clean_line(author, 200),
        date=date,
        canonical=clean_line(canonical, 4000),
        shingles=tuple(sample(text)),
    )
