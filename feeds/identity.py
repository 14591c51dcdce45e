"""Which article is meant by a URL, and whether a page says something else than before."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from feeds.urls import canonical, host_of, registered_domain

MANY_VERSIONS = 24
"""An article with that many is a page that never rests; from then on it has one version a day."""

LONGEST_URL = 2_000  # characters: what a database index takes; a longer one is no alias
SLIGHT = 0.1  # the share of a text that its loose lines may change without it being an edit
LOOSE_WORDS = 12  # a line of more is a paragraph, whatever it ends in

_SENTENCE_END = ".!?…։:»”\"')"
_NUMBER = re.compile(r"\d{4,}")  # shorter ones are days, months and pages
_YEAR = re.compile(r"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")
_SLUG = re.compile(r"[^/?&=.]+")
_SLUG_PARTS = 3
_TONGUES = frozenset(
    {
        *("am", "ar", "arm", "az", "aze", "be", "bg", "de", "en", "eng", "es", "fa", "fr", "fra"),
        *("ge", "geo", "hy", "hye", "ka", "ru", "rus", "tr", "tur", "ua", "uk", "ukr", "zh"),
    }
)
"""How outlets of the region and around it mark a language in a host, path or query."""
_FRONT = re.compile(r"/?(?:[a-z]{2,3}/?)?(?:(?:index|default|home|main)\.\w+)?", re.IGNORECASE)


def spellings(url: str) -> tuple[str, ...]:
    """Return a canonical ``url`` and the ones that name the same page at any sane outlet.

    The other scheme, the host with or without ``www.``, the path with or without its last slash:
    sites move between these.
    """
    rest = url.partition("://")[2]
    bare = rest.removeprefix("www.")
    made = [bare, f"www.{bare}"]
    if "?" not in bare and "/" in bare.rstrip("/"):
        made += [one[:-1] if one.endswith("/") else f"{one}/" for one in made]
    spelled = (f"{scheme}://{one}" for one in made for scheme in ("https", "http"))
    return tuple(dict.fromkeys((url, *spelled)))


def alias_of(url: str, said: str) -> str | None:
    """Return the canonical form of ``said`` if it may be taken for another URL of ``url``'s page.

    ``said`` is where redirects led, or what the page calls its own address: both may be wrong or
    hostile. It is refused outside the registered domain, when it is the site's home page or of
    another language, and when it shares neither a number nor a slug with ``url``: that would be
    another article.
    """
    other = canonical(said) if said else None
    if other is None or other == url or len(other) > LONGEST_URL:
        return None
    domains = [registered_domain(host_of(one)) for one in (url, other)]
    if domains[0] != domains[1] or _is_front(other):
        return None
    if _tongues(url) != _tongues(other):
        return None
    return other if _names(url) & _names(other) else None


def is_edit(title: str, text: str, new_title: str, new_text: str) -> bool:
    """Whether the second title and text say something that the first do not.

    Lines that are no sentences come and go without that: counters of readers, the time of the
    last change, headlines of other articles. They count once they change a tenth of the text.
    White space never counts.
    """
    if title.split() != new_title.split():
        return True
    before, after = _lines(text), _lines(new_text)
    gone, come = before - after, after - before
    changed = [*gone.elements(), *come.elements()]
    if any(map(_is_sentence, changed)):
        return True
    return sum(map(len, changed)) > SLIGHT * max(len(text), len(new_text))


def _lines(text: str) -> Counter[str]:
    return Counter(filter(None, (" ".join(line.split()) for line in text.splitlines())))


def _is_sentence(line: str) -> bool:
    return line.endswith(tuple(_SENTENCE_END)) or len(line.split()) > LOOSE_WORDS


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def _names(url: str) -> set[str]:
    """Return what in ``url`` can name one article: long numbers and slugs of several words."""
    parts = urlsplit(url)
    said = f"{parts.path}?{parts.query}".lower()
    numbers = {n for n in _NUMBER.findall(said) if not _YEAR.fullmatch(n)}
    slugs = {s for s in _SLUG.findall(said) if len(re.split(r"[-_+]|%20", s)) >= _SLUG_PARTS}
    return numbers | slugs


def _tongues(url: str) -> frozenset[str]:
    parts = urlsplit(url)
    labels = (parts.hostname or "").split(".")[:-2]
    said = f"{parts.path}?{parts.query}".lower()
    return _TONGUES.intersection((*labels, *re.split(r"[/?&=]", said)))
