"""The feeds that a home page declares or links to. Runs in a worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml.html import HtmlElement

from feeds.charset import decode
from feeds.markup import base_of, tree_of
from feeds.urls import host_of, registered_domain

MOST = 20
"""Addresses that are named at most; a home page with more lists every topic and author."""

_LOOKED_AT = 1_000  # links that declare or look like a feed

_TYPES = re.compile(
    r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|(?:application|text)/(?:xml|json)"
)
_NO_FEED = re.compile(r"wp-json|oembed|/comments/feed|opensearch|sitemap|[?&]replytocom=")
# Paths that feeds have: /feed/, /rss/all, /index.rss, /rss.xml, /news.atom, /feed-en.json.
_LOOKS = re.compile(
    r"(?:^|[/._-])(?:rss2?|feeds?|rssfeeds?|atom|rdf)(?:\.(?:xml|json|aspx?|php|ashx))?(?:/|$)"
    r"|(?:^|/)(?:rss|feed|atom)[\w-]*\.(?:xml|json)$"
)
_LOOKING_QUERY = re.compile(r"(?:^|&)(?:feed|format|type)=(?:rss2?|atom|feed|xml)(?:&|$)")


def discover(body: bytes, content_type: str, url: str) -> tuple[str, ...]:
    """Return the addresses of the feeds of the home page ``body``, found at ``url``.

    Those that the page declares come first, then links that look like feeds; each kind begins
    with those on the page's own registered domain. At most ``MOST``, each once, all absolute.

    Raises:
        FeedError: the page is built to hang the parser; one line without the URL.
    """
    tree = tree_of(decode(body, content_type))
    if tree is None:
        return ()
    base = base_of(tree, url)
    home = registered_domain(host_of(url))
    found: dict[str, None] = {}
    for hrefs in (_declared(tree), _linked(tree)):
        first = dict.fromkeys(islice(hrefs, _LOOKED_AT))
        addresses = filter(None, (_address(href, base) for href in first))
        for address in sorted(addresses, key=lambda a: registered_domain(host_of(a)) != home):
            found.setdefault(address)
    return tuple(found)[:MOST]


def _declared(tree: HtmlElement) -> Iterator[str]:
    for link in tree.iter("link"):
        kind = link.get("type", "").partition(";")[0].strip().lower()
        relations = link.get("rel", "").lower().split()
        if {"alternate", "feed"} & {*relations} and _TYPES.fullmatch(kind):
            yield link.get("href", "")


def _linked(tree: HtmlElement) -> Iterator[str]:
    for link in tree.iter("a"):
        href = link.get("href", "").strip()
        try:
            parts = urlsplit(href)
        except ValueError:
            continue
        if _LOOKS.search(parts.path.lower()) or _LOOKING_QUERY.search(parts.query.lower()):
            yield href


def _address(href: str, base: str) -> str:
    """Return an absolute http(s) address without fragment, or nothing."""
    try:
        address = urldefrag(urljoin(base, href.strip())).url
        usable = urlsplit(address).scheme in {"http", "https"} and bool(host_of(address))
    except ValueError:
        return ""
    usable = usable and bool(href.strip()) and len(address) <= 2_000
    return "" if not usable or _NO_FEED.search(address.lower()) else address
