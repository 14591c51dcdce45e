"""A feed that is suspected of silence, and the home page of its outlet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from feeds_kit import Desk, Reply

from archive import entries as entry_store
from archive import feed_days, home_looks, ids
from archive import feeds as feed_store
from archive.types import Entry, Feed, FeedDay, FeedState, HomeLook
from feeds import refresh_health, watched
from feeds.home import look_at_homes
from net import Door

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
FIVE_AGO = NOW - timedelta(hours=5, minutes=7)
STEP = timedelta(minutes=40)


def numbered(site: str, *numbers: int) -> list[str]:
    return [f"{site}/news/{1000 + n}-talks-on-the-railway" for n in numbers]


def front(*urls: str) -> Reply:
    menu = "".join(f'<a href="{path}">x</a>' for path in ("/", "/news/", "/about", "/news/sport"))
    return Reply(menu + "".join(f'<p><a href="{url}">A title</a></p>' for url in urls))


class Watch:
    """A feed that has named ten articles, the last of them five hours ago, and is asked often; its
    neighbour brings as much as ever."""

    def __init__(self, desk: Desk, path: str = "/rss") -> None:
        self.desk, self.url = desk, desk.site.url + path
        self.feed = Feed(ids.feed_id(self.url), self.url, "Ararat Wire", "en")
        self.named = numbered(desk.site.url, *range(10))
        neighbour = Feed("f0", "https://sevan.example/rss", "Sevan Post", "en")
        days = [(NOW - n * timedelta(days=1)).date() for n in range(15)]
        with desk.archive.write() as connection:
            feed_store.add(connection, [self.feed, neighbour], NOW)
            for feed_id, new, today in ((self.feed.id, 24, 7), ("f0", 96, 96)):
                past = [FeedDay(feed_id, day, polls=50, new=new) for day in days[1:]]
                feed_days.add(connection, [*past, FeedDay(feed_id, days[0], polls=9, new=today)])
        self.names(*self.named)
        self.asked(NOW)

    def names(self, *urls: str) -> None:
        """The feed names articles."""
        entries = [Entry(self.feed.id, url, url, url, "A title", url) for url in urls]
        with self.desk.archive.write() as connection:
            entry_store.observe(connection, self.feed.id, entries, NOW)

    def asked(
        self, now: datetime, changed: datetime = FIVE_AGO, newest: datetime = FIVE_AGO
    ) -> None:
        """The feed has been asked and has brought nothing since ``changed``."""
        state = FeedState(
            self.feed.id,
            last_polled=now,
            last_changed=changed,
            newest=newest,
            domain="127.0.0.1",
            items=10,
            rhythm=(1.0,) * 16,
            gaps=(30, 200, 50, 70, 120, 60, 50, 100) * 8,
        )
        well = replace(state, feed_id="f0", last_changed=now, newest=now, domain="sevan.example")
        well = replace(well, rhythm=(4.0,) * 16)
        with self.desk.archive.write() as connection:
            feed_store.save_states(connection, [state, well])

    def look(self, now: datetime) -> int:
        async def run() -> int:
            async with Door(self.desk.net) as door:
                return await look_at_homes(self.desk.archive, door, self.desk.settings, now)

        return anyio.run(run)

    def cycle(self, now: datetime) -> list[str]:
        """Ask the feed in vain, look, judge; return the details of what is wrong."""
        self.asked(now)
        self.look(now)
        return self.judged(now)

    def judged(self, now: datetime) -> list[str]:
        refresh_health(self.desk.archive, now)
        with self.desk.archive.read() as connection:
            one = next(each for each in watched(connection) if each.feed == self.feed)
        return [f"{notice.kind}: {notice.detail}" for notice in one.notices]

    def remembered(self) -> HomeLook | None:
        with self.desk.archive.read() as connection:
            return home_looks.every(connection).get(self.feed.id)


@pytest.fixture
def watch(desk: Desk) -> Watch:
    return Watch(desk)
