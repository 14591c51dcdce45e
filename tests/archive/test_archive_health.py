"""The days of feeds, as judging their health reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from archive import Archive, entries, feed_days, health, home_looks
from archive import feeds as feed_store
from archive.types import Entry, Feed, FeedDay, HomeLook

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def add(archive: Archive, *ids: str) -> None:
    with archive.write() as connection:
        feed_store.add(
            connection, [Feed(one, f"https://{one}.example/rss", one, "en") for one in ids], NOW
        )


def test_days_come_by_feed_and_oldest_first(any_archive: Archive) -> None:
    add(any_archive, "f1", "f2")
    days = [
        FeedDay("f1", date(2026, 3, 3), polls=4, new=2, articles=2, characters=900, short=1),
        FeedDay("f1", date(2026, 2, 1), polls=9),
        FeedDay("f1", date(2026, 3, 2), polls=3, foreign_lang=1, bad_dates=2, edited=5),
        FeedDay("f2", date(2026, 3, 3), polls=1, failures=1),
    ]
    with any_archive.write() as connection:
        feed_days.add(connection, days)
        assert health.days(connection, date(2026, 3, 1)) == {
            "f1": [days[2], days[0]],
            "f2": [days[3]],
        }
        assert health.days(connection, date(2026, 3, 4)) == {}


def test_old_days_are_forgotten(any_archive: Archive) -> None:
    add(any_archive, "f1")
    with any_archive.write() as connection:
        for day in (date(2026, 1, 1), date(2026, 3, 1)):
            feed_days.count(connection, "f1", day, polls=1)
        health.prune(connection, date(2026, 3, 1))
        kept = health.days(connection, date.min)
    assert [one.day for one in kept["f1"]] == [date(2026, 3, 1)]


def test_looks_at_home_pages_are_kept_until_they_are_forgotten(any_archive: Archive) -> None:
    add(any_archive, "f1", "f2")
    fresh = (("https://f1.example/news/1", NOW),)
    seen = HomeLook("f1", NOW, NOW, NOW, 2, ("a", "b"), lacked=1, fresh=fresh, standing=1, named=3)
    tried = HomeLook("f2", NOW, NOW)
    with any_archive.write() as connection:
        home_looks.put(connection, [HomeLook("f1", NOW, NOW), tried])
        home_looks.put(connection, [seen])
        assert home_looks.every(connection) == {"f1": seen, "f2": tried}
        home_looks.forget(connection, ["f1"])
        assert home_looks.every(connection) == {"f2": tried}


def test_what_a_feed_has_named_is_known(any_archive: Archive) -> None:
    add(any_archive, "f1", "f2")
    urls = [f"https://f1.example/news/{n}" for n in range(3)]
    with any_archive.write() as connection:
        for n, url in enumerate(urls):
            one = Entry("f1", url, url, url, "", url)
            entries.observe(connection, "f1", [one], NOW + timedelta(minutes=n))
        assert home_looks.named(connection, "f1", 2) == (urls[2], urls[1])
        assert home_looks.known(connection, "f1", [urls[0], "https://f1.example/"]) == {urls[0]}
        assert home_looks.known(connection, "f2", urls) == set()
