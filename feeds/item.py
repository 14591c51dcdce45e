"""From an item of a feed document, as its parser found it, to an entry."""

from __future__ import annotations

import html
from dataclasses import dataclass
from urllib.parse import urljoin

from archive.ids import digest
from archive.types import Entry
from feeds.dates import parse_date
from feeds.plain import clean_line, paragraphs_of, title_of
from feeds.urls import canonical

COMPLETE = 1_200
"""Characters of text from which on a feed's content is taken for the whole article."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a feed document says about one article, all as written; empty where it says nothing.

    ``content`` is the HTML that the feed offers as the article itself, ``summary`` its teaser.
    """

    guid: str
    link: str
    title: str
    author: str
    published: str
    updated: str
    summary: str
    content: str


LONGEST_URL = 2_000  # characters: what browsers, servers and a PostgreSQL index all take
LONGEST_GUID = 500


def entry_of(item: Item, feed_id: str, base: str, zone: str = "") -> Entry | None:
    """Return ``item`` as an entry of the feed at ``base``, or None when it links nowhere.

    ``zone`` is the IANA time zone of dates that name none.
    """
    url = canonical(item.link, base) if item.link else None
    if url is None or len(url) > LONGEST_URL:
        return None
    title = title_of(item.title)
    content = paragraphs_of(item.content) if item.content else ""
    published, flag = parse_date(item.published, zone)
    said = content or paragraphs_of(item.summary)
    return Entry(
        feed_id=feed_id,
        guid=_short(clean_line(item.guid, 4000)) or url,
        url=url,
        raw_url=_absolute(item.link, base),
        title=title,
        fingerprint=digest(title, item.published, item.updated, url, said),
        published=published,
        published_raw=clean_line(item.published, 100),
        date_flag=flag,
        author=title_of(item.author)[:200],
        content=_storable(item.content) if len(content) >= COMPLETE else None,
    )


def _short(guid: str) -> str:
    """Return a guid that fits an index; an overlong one is replaced by its digest."""
    return guid if len(guid) <= LONGEST_GUID else digest(guid)


def _absolute(link: str, base: str) -> str:
    return urljoin(base, clean_line(html.unescape(link), 4000))


def _storable(markup: str) -> str:
    return markup.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
