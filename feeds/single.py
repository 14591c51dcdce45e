"""One page that a person names: fetched and read as an article, but not stored."""

from __future__ import annotations

from datetime import datetime

import anyio

from archive import ids
from archive.types import Article, Entry
from feeds.dates import parse_date
from feeds.errors import FeedError
from feeds.language import detect
from feeds.pace import Pace
from feeds.page import PageReader
from feeds.settings import FeedsSettings
from feeds.urls import canonical, host_of
from feeds.workers import Workers
from net import Door


async def fetch_article(door: Door, url: str, now: datetime) -> Article:
    """Return the article at ``url``.

    Raises:
        FeedError: the page cannot be fetched, or has no article in it.
    """
    address = canonical(url)
    if address is None:
        raise FeedError(f"{url}: not an http or https address; write it in full")
    settings = FeedsSettings()
    entry = Entry("", url, address, url, "", "")
    async with Workers(1, settings.deadline) as workers:
        fetched = await PageReader(door, workers, Pace(1, door.is_open), 0.0).read(entry)
    page = fetched.page
    published, flag = parse_date(page.date)
    lang = await anyio.to_thread.run_sync(detect, f"{page.title}\n{page.text}", "en")
    return Article(
        id=ids.article_id(address),
        url=address,
        title=page.title,
        text=page.text,
        lang=lang,
        outlet=host_of(fetched.url),
        published=published,
        first_seen=now,
        final_url=fetched.url,
        author=page.author,
        date_flag=flag,
        content_hash=ids.content_hash(page.title, page.text),
        reservation=fetched.reservation,
    )
