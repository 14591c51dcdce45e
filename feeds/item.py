"""From an item of a document, as its parser found it, to an entry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from archive.ids import digest
from archive.types import Entry
from feeds.dates import parse_date
from feeds.plain import clean_line, paragraphs_of, title_of
from feeds.urls import canonical

COMPLETE = 1_200
"""Characters of text from which on a feed's content is taken for the whole article."""

LONGEST_URL = 2_000  # characters: what browsers, servers and a PostgreSQL index all take
LONGEST_GUID = 500
_WHOLE = ("https://", "http://")

_AMPERSAND = re.compile(r"&(?:amp|#38|#x26);")  # in links that were escaped twice
# How texts end that go on elsewhere, whatever their length.
_CUT_SHORT = re.compile(
    r"(?:…|\.{3}|read more|continue reading|read the full (?:story|article)"
    r"|читать (?:далее|полностью)|подробнее|կարդալ ավելին)[\s\].)»>→…]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """What a document says about one article, all as written; empty where it says nothing.

    ``contents`` are the HTML texts that it offers as the article itself, best first, ``summary``
    its teaser. ``base`` is what ``link`` is relative to, when it is not the document's URL.
    """

    link: str
    guid: str = ""
    title: str = ""
    author: str = ""
    published: str = ""
    updated: str = ""
    summary: str = ""
    contents: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document of any form as read, before its items become entries: see ``ParsedFeed``."""

    title: str
    items: list[Item]
    ttl: int | None = None
    children: tuple[str, ...] = ()
    lang: str = ""


def entry_of(item: Item, feed_id: str, url: str, zone: str = "") -> Entry | None:
    """Return ``item`` as an entry of the feed at ``url``, or None when it links nowhere.

    ``zone`` is the IANA time zone of dates that name none.
    """
    base, written = item.base or url, _AMPERSAND.sub("&", clean_line(item.link, 4000))
    is_whole = written.startswith(_WHOLE)
    link = canonical(written, None if is_whole else base) if written else None
    if link is None or len(link) > LONGEST_URL:
        return None
    title = title_of(item.title)
    content, text = _best(item.contents)
    published, flag = parse_date(item.published, zone)
    said = text or paragraphs_of(item.summary)
    return Entry(
        feed_id=feed_id,
        guid=_short(clean_line(item.guid, 4000)) or link,
        url=link,
        raw_url=written if is_whole else urljoin(base, written),
        title=title,
        fingerprint=digest(title, item.published, item.updated, link, said),
        published=published,
        published_raw=clean_line(item.published, 100),
        date_flag=flag,
        author=title_of(item.author)[:200],
        content=_storable(content) if _is_complete(text) else None,
    )


def _best(contents: tuple[str, ...]) -> tuple[str, str]:
    """Return the first content that is complete, else the longest; as written and as text."""
    best = ("", "")
    for content in contents:
        text = paragraphs_of(content) if content else ""
        if _is_complete(text):
            return content, text
        if len(text) > len(best[1]):
            best = (content, text)
    return best


def _is_complete(text: str) -> bool:
    return len(text) >= COMPLETE and not _CUT_SHORT.search(text[-100:])


def _short(guid: str) -> str:
    """Return a guid that fits an index; an overlong one is replaced by its digest."""
    return guid if len(guid) <= LONGEST_GUID else digest(guid)


def _storable(markup: str) -> str:
    return markup.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
