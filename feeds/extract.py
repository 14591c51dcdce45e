"""From an article's page to its text, with trafilatura. Runs in a worker."""

from __future__ import annotations

import html
import re

from trafilatura import bare_extraction, load_html
from trafilatura.settings import Document

from feeds.charset import decode
from feeds.copies import sample
from feeds.errors import FeedError
from feeds.plain import clean_line, clean_text, paragraphs_of
from feeds.prune import prune
from feeds.types import ExtractedPage

_SHORT = 250  # characters; below, or with no paragraphs, the thorough way is tried as well
_LONG_TAG = 20_000  # characters
_MANY_ATTRIBUTES = 500
_TAG = re.compile(r"<[A-Za-z][\w:-]*\s")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_KEPT = 0.6  # of a feed's own text must survive extraction, else its markup is only stripped


def extract_page(body: bytes, content_type: str, url: str) -> ExtractedPage:
    """Return the article on the HTML page ``body``.

    Raises:
        FeedError: the page is built to hang the parser; one line without the URL.
    """
    markup = _DECLARATION.sub("", decode(body, content_type).replace("\x00", ""))
    _refuse_attribute_bomb(markup)
    page = _read(markup, url, fast=True)
    if len(page.text) < _SHORT or "\n" not in page.text:
        thorough = _read(markup, url, fast=False)
        page = thorough if len(thorough.text) >= len(page.text) else page
    return page


def extract_content(content: str, title: str, url: str) -> ExtractedPage:
    """Return the article whose whole text a feed carries as the HTML fragment ``content``."""
    head = f"<html><head><title>{html.escape(title)}</title></head>"
    _refuse_attribute_bomb(content)
    page = _read(f"{head}<body><article>{content}</article></body></html>", url, fast=True)
    whole = paragraphs_of(content)
    if len(page.text) >= _KEPT * len(whole):
        return page
    return _page(title, whole, page.author)


def _read(markup: str, url: str, *, fast: bool) -> ExtractedPage:
    tree = load_html(markup)
    if tree is None:
        return _page("", "")
    prune(tree, url)
    found = bare_extraction(
        tree,
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


def _refuse_attribute_bomb(markup: str) -> None:
    # libxml2 takes quadratic time for the attributes of one tag: 100,000 of them, over a minute.
    for part in markup.split(">"):
        if len(part) > _LONG_TAG and (tag := _TAG.search(part)):
            length = len(part) - tag.start()
            if length > _LONG_TAG and part.count("=", tag.start()) > _MANY_ATTRIBUTES:
                raise FeedError("the page has a tag with thousands of attributes and was left out")
