"""The stores of polling, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from archive import Archive, feed_days, feeds, ids, notices, pauses
from archive.types import Feed, FeedDay, FeedNotice, FeedState, NoticeKind, Pause

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://outlet.example/feed"
FEED = Feed(ids.feed_id(URL), URL, "Outlet", "en")
OTHER_URL = "https://other.example/feed"
OTHER = Feed(ids.feed_id(OTHER_URL), OTHER_URL, "Other", "ru")


def watch(archive: Archive, *watched: Feed) -> int:
    with archive.write() as connection:
        return feeds.add(connection, watched, NOW)


def test_the_counters_of_a_day_add_up(any_archive: Archive) -> None:
    watch(any_archive, FEED, OTHER)
    today, yesterday = NOW.date(), date(2026, 2, 28)
    with any_archive.write() as connection:
        feed_days.count(connection, FEED.id, today, polls=1, new=3)
        feed_days.count(connection, FEED.id, today, polls=1, failures=1)
        feed_days.add(
            connection,
            [
                FeedDay(FEED.id, today, articles=2, characters=900),
                FeedDay(FEED.id, today, articles=1, characters=100),
                FeedDay(FEED.id, yesterday, polls=7),
                FeedDay(OTHER.id, today, polls=1),
            ],
        )
    with any_archive.read() as connection:
        found = feed_days.since(connection, yesterday, FEED.id)
        assert len(feed_days.since(connection, today)) == 2
    assert found == [
        FeedDay(FEED.id, yesterday, polls=7),
        FeedDay(FEED.id, today, polls=2, failures=1, new=3, articles=3, characters=1000),
    ]


def test_a_pause_holds_until_it_ends(any_archive: Archive) -> None:
    short = Pause("news.example", NOW + HOUR, "429 Too Many Requests")
    mad = Pause("odd.example", NOW + timedelta(days=400), "stored by a clock that was wrong")
    with any_archive.write() as connection:
        pauses.put(connection, [short, mad])
        pauses.put(connection, [replace(short, until=NOW + 2 * HOUR)])
        pauses.put(connection, [])
    with any_archive.write() as connection:
        assert pauses.active(connection, NOW) == (replace(short, until=NOW + 2 * HOUR),)
        assert pauses.active(connection, NOW + 2 * HOUR) == ()
        pauses.drop_ended(connection, NOW)
        assert [one.domain for one in pauses.active(connection, NOW)] == ["news.example"]
        assert pauses.active(connection, mad.until - HOUR) == ()


def test_a_notice_keeps_its_beginning_unless_it_happens_again(any_archive: Archive) -> None:
    watch(any_archive, FEED)
    gone = FeedNotice(FEED.id, NoticeKind.GONE, "gone", NOW)
    gap = FeedNotice(FEED.id, NoticeKind.POSSIBLE_GAP, "gap", NOW)
    later = NOW + HOUR
    with any_archive.write() as connection:
        notices.put(connection, [gone, gap])
        notices.put(connection, [replace(gone, detail="still gone", since=later)])
        notices.put(connection, [replace(gap, since=later)], renew=True)
    with any_archive.write() as connection:
        assert notices.every(connection) == [
            replace(gone, detail="still gone"),
            replace(gap, since=later),
        ]
        notices.expire(connection, NoticeKind.POSSIBLE_GAP, later)
        assert len(notices.every(connection, FEED.id)) == 2
        notices.expire(connection, NoticeKind.POSSIBLE_GAP, later + HOUR)
        notices.clear(connection, FEED.id, NoticeKind.MOVED)
        assert [one.kind for one in notices.every(connection)] == [NoticeKind.GONE]
        notices.clear(connection, FEED.id, NoticeKind.GONE, NoticeKind.MOVED)
        assert notices.every(connection) == []


def test_a_feed_that_has_moved_is_known_by_both_urls(any_archive: Archive) -> None:
    new = "https://outlet.example/rss.xml"
    assert watch(any_archive, FEED, OTHER) == 2
    with any_archive.write() as connection:
        assert not feeds.adopt(connection, FEED.id, OTHER_URL)
        assert feeds.adopt(connection, FEED.id, new)
    assert watch(any_archive, replace(FEED, outlet="Renamed")) == 0
    assert watch(any_archive, replace(FEED, id=ids.feed_id(new), url=new, lang="hy")) == 0
    with any_archive.read() as connection:
        _, (moved, _) = feeds.every(connection)
    assert (moved.id, moved.url, moved.lang) == (FEED.id, new, "hy")
    with any_archive.write() as connection:
        assert feeds.remove(connection, URL)
        assert not feeds.remove(connection, new)
    assert watch(any_archive, FEED) == 1


def test_states_are_stored_whole_and_due_even_after_a_wrong_clock(any_archive: Archive) -> None:
    watch(any_archive, FEED, OTHER)
    planned = FeedState(
        FEED.id, 'W/"1"', next_poll=NOW + HOUR, last_polled=NOW, rhythm=(0.5,) * 16, gaps=(3, 9)
    )

    def due(*states: FeedState) -> list[str]:
        with any_archive.write() as connection:
            feeds.save_states(connection, states)
        with any_archive.read() as connection:
            return [feed.outlet for feed, _ in feeds.due(connection, NOW)]

    other = replace(planned, feed_id=OTHER.id, next_poll=NOW)
    assert due(planned, other) == ["Other"]
    with any_archive.read() as connection:
        assert {state.feed_id: state for _, state in feeds.every(connection)} == {
            FEED.id: planned,
            OTHER.id: other,
        }
    assert due(replace(planned, next_poll=NOW + timedelta(days=300))) == ["Other", "Outlet"]
    assert due(replace(planned, last_polled=NOW + HOUR)) == ["Other", "Outlet"]
    assert due(planned) == ["Other"]
