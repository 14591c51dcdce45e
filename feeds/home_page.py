"""An outlet's home page: where it is, and which of its links look like the feed's articles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from urllib.parse import urlsplit

from feeds.charset import decode
from feeds.identity import LONGEST_URL
from feeds.markup import base_of, tree_of
from feeds.urls import canonical, host_of, registered_domain

T = TypeVar("T")

LEAST_NAMED = 5
"""Addresses of a feed's entries from which the shape of the others can be told."""

MOST_LINKS = 2_000
"""Links of a page that are looked at; a page with more is a map of its site."""

_MOST = 0.9  # the share of a feed's entries that makes a rule
_SOME = 0.15  # the share that makes a depth usual
_LANGUAGE = 3  # letters; a first folder no longer than that is a language with a front of its own
_DIGITS = re.compile(r"\d{3,}")
_SHORTER = 0.5  # a last name shorter than this share of the usual ones is a menu's


@dataclass(frozen=True, slots=True)
class Shape:
    """What the addresses of a feed's articles have in common: the registered ``domain``, how many
    folders deep they are (``depths``), the first ``folder``, empty when there is no common one,
    whether they have ``digits``, the names of their parameters, and how ``long`` the last name is
    at least."""

    domain: str
    depths: frozenset[int]
    folder: str
    digits: bool
    parameters: tuple[str, ...]
    long: int

    def fits(self, url: str) -> bool:
        """Whether a canonical ``url`` may be that of an article."""
        if registered_domain(host_of(url)) != self.domain:
            return False
        names = _names(url)
        return (
            len(names) in self.depths
            and (not self.folder or names[:1] == [self.folder])
            and (not self.digits or _DIGITS.search(_path(url)) is not None)
            and _parameters(url) == self.parameters
            and len(names[-1] if names else "") >= self.long
        )


def shape_of(urls: Sequence[str]) -> Shape | None:
    """Return the shape of articles among which canonical ``urls`` are, of the site that most of
    them are on; None of too few."""
    if len(urls) < LEAST_NAMED:
        return None
    domain, count = _common(registered_domain(host_of(url)) for url in urls)
    urls = [url for url in urls if registered_domain(host_of(url)) == domain]
    if count < LEAST_NAMED:
        return None
    names = [_names(url) for url in urls]
    depths = Counter(map(len, names))
    folder, often = _common(one[0] if len(one) > 1 else "" for one in names)
    lengths = sorted(len(one[-1]) if one else 0 for one in names)
    return Shape(
        domain,
        frozenset(depth for depth, times in depths.items() if times >= _SOME * count),
        folder if often >= _MOST * count else "",
        sum(_DIGITS.search(_path(url)) is not None for url in urls) >= _MOST * count,
        _common(map(_parameters, urls))[0],
        round(_SHORTER * lengths[len(lengths) // 10]),
    )


def home_of(urls: Sequence[str]) -> str:
    """Return the home page of the site on which most of canonical ``urls``, at least one, are.

    When all are in the folder of one language, it is the front of that.
    """
    origin, _ = _common("/".join(url.split("/", 3)[:3]) for url in urls)
    own = [_names(url) for url in urls if url.startswith(f"{origin}/")]
    folder, often = _common(one[0] if len(one) > 1 else "" for one in own)
    is_language = 1 < len(folder) <= _LANGUAGE and folder.isalpha() and often == len(own)
    return f"{origin}/{folder}/" if is_language else f"{origin}/"


def links(body: bytes, content_type: str, url: str) -> tuple[str, ...]:
    """Return the canonical addresses that the page ``body``, found at ``url``, links to on its own
    registered domain, each once. Runs in a worker.

    Raises:
        FeedError: the page is built to hang the parser; one line without the URL.
    """
    tree = tree_of(decode(body, content_type))
    if tree is None:
        return ()
    base, home = base_of(tree, url), registered_domain(host_of(url))
    hrefs = dict.fromkeys(one.get("href", "") for one in tree.iter("a"))
    found = (canonical(href, base) for href in islice(hrefs, MOST_LINKS) if href.strip())
    own = (
        one
        for one in found
        if one and len(one) <= LONGEST_URL and registered_domain(host_of(one)) == home
    )
    return tuple(dict.fromkeys(own))


def _common(values: Iterable[T]) -> tuple[T, int]:
    ((value, count),) = Counter(values).most_common(1)
    return value, count


def _names(url: str) -> list[str]:
    return [name for name in urlsplit(url).path.split("/") if name]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _parameters(url: str) -> tuple[str, ...]:
    return tuple(pair.partition("=")[0] for pair in urlsplit(url).query.split("&") if pair)
