"""The days of feeds, as judging their health reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from archive import Archive, feed_days, health
from archive import feeds as feed_store
from archive.types import Feed, FeedDay

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
