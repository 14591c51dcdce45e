"""A web page as a tree, without what hangs or fools its parser."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from feeds.errors import FeedError

_LONG_TAG = 20_000  # characters
_MANY_ATTRIBUTES = 500
_TAG = re.compile(r"<[A-Za-z][\w:.-]*\s")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_LANG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")


def tree_of(text: str) -> HtmlElement | None:
    """Return the page ``text`` as a tree without comments, None when it holds no element.

    Raises:
        FeedError: the page is built to hang the parser; one line without the URL.
    """
    refuse_attribute_bomb(text)
    markup = _DECLARATION.sub("", text.replace("\x00", "")).encode("utf-8", "ignore")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return document_fromstring(markup, parser=parser)
    except (LxmlError, ValueError):
        return None


def base_of(tree: HtmlElement, url: str) -> str:
    """Return what relative links on the page at ``url`` are relative to."""
    said = next((b.get("href", "") for b in tree.iter("base") if b.get("href")), "")
    try:
        return urljoin(url, said.strip())
    except ValueError:
        return url


def refuse_attribute_bomb(markup: str) -> None:
    """Let pass only markup without a tag of thousands of attributes.

    libxml2 takes quadratic time for the attributes of one tag: 100,000 of them, over a minute.

    Raises:
        FeedError: there is one; one line without the URL.
    """
    for part in markup.split(">"):
        if len(part) > _LONG_TAG and (tag := _TAG.search(part)):
            length = len(part) - tag.start()
            if length > _LONG_TAG and part.count("=", tag.start()) > _MANY_ATTRIBUTES:
                raise FeedError("it has a tag with thousands of attributes and was left out")


def language_of(tag: str) -> str:
    """Return the language of a BCP 47 tag in lower case (``ru-RU`` is ``ru``), or nothing."""
    found = _LANG.match(tag)
    return found[1].lower() if found else ""
