"""Health: what is called wrong with a feed and what is not, and how much of a fleet is heard."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from archive import Archive, feed_days, notices
from archive import feeds as feed_store
from archive.types import Feed, FeedDay, FeedNotice, FeedState, NoticeKind
from bench.breakages import BREAKAGES, PROFILES, START, Country, Simulated, simulated
from feeds import coverage_of, fleet_troubles, forget_days, refresh_health, watched
from feeds.coverage import Watched, side
from feeds.health import judge

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED = Feed("f1", "https://ararat.example/rss", "Ararat Wire", "hy", country="AM")
WELL = FeedState(
    "f1",
    last_polled=NOW,
    last_changed=NOW - HOUR,
    domain="ararat.example",
    newest=NOW - HOUR - timedelta(minutes=7),
    items=20,
    rhythm=(0.5,) * 16,
    gaps=(90, 120, 150, 100, 120, 140) * 10,
    certificate_ends=NOW + 60 * DAY,
)


def days(late: FeedDay | None = None, **usual: int) -> list[FeedDay]:
    """Four weeks of days alike, and today as given."""
    plain = {"polls": 50, "new": 12, "articles": 12, "characters": 36_000} | usual
    past = [FeedDay("f1", NOW.date() - n * DAY, **plain) for n in range(27, 0, -1)]
    return [*past, late] if late else past


def today(**counts: int) -> FeedDay:
    return FeedDay("f1", NOW.date(), polls=20, **counts)


def kinds(state: FeedState, given: Iterable[FeedDay] = (), feed: Feed = FEED) -> list[str]:
    return [one.kind for one in judge(feed, state, list(given), NOW)]


def test_a_feed_that_does_well_has_no_notice() -> None:
    late = today(new=6, articles=6, characters=17_000, short=1, foreign_lang=1)
    assert kinds(WELL, days(late)) == []
    assert kinds(FeedState("f1")) == [], "nothing is said of a feed that was never asked"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("network", "failing"),
        ("http", "failing"),
        ("refused", "failing"),
        ("blocked", "blocked"),
        ("html", "not a feed"),
        ("empty", "not a feed"),
        ("broken", "not a feed"),
    ],
)
def test_failures_are_told_after_three_or_six_hours(failure: str, kind: str) -> None:
    began = NOW - HOUR
    line = "https://ararat.example/rss: 500 Internal Server Error"
    state = replace(WELL, failures=2, failure=failure, failed_since=began, error=line)
    assert kinds(state) == []
    (one,) = judge(FEED, replace(state, failures=3), [], NOW)
    assert (one.kind, one.since) == (kind, began)
    assert one.detail == "500 Internal Server Error (3 polls in a row)"
    assert kinds(replace(state, failed_since=NOW - 7 * HOUR)) == [kind]
    (one,) = judge(FEED, replace(state, failures=1, failed_since=NOW - 7 * HOUR), [], NOW)
    assert one.detail == "500 Internal Server Error (the last poll)"


def test_a_feed_that_never_answered_and_one_that_is_gone_are_told_at_once() -> None:
    fresh = FeedState("f1", last_polled=NOW, failures=1, failure="network", error="no answer")
    assert kinds(fresh) == ["failing"]
    gone = replace(WELL, failures=1, failure="gone", error="410 Gone", failed_since=NOW)
    assert kinds(gone) == ["gone"]


def test_a_document_without_entries_is_told_after_three_polls() -> None:
    assert kinds(replace(WELL, items=0, empty_polls=2)) == []
    assert kinds(replace(WELL, items=0, empty_polls=3)) == ["no items"]


def test_a_busy_feed_with_one_entry_loses_some() -> None:
    assert kinds(replace(WELL, items=1)) == ["no items"]
    slow = replace(WELL, items=1, gaps=tuple(1440 * n for n in (1, 2, 3)) * 10)
    assert kinds(slow) == []


def test_a_feed_is_silent_beyond_its_own_gaps_not_before() -> None:
    def quiet_for(hours: float) -> FeedState:
        at = NOW - hours * HOUR
        return replace(WELL, last_changed=at, newest=at)

    assert kinds(quiet_for(3), days()) == []
    (one,) = judge(FEED, quiet_for(24), days(), NOW)
    assert (one.kind, one.since) == ("silent", NOW - 24 * HOUR)
    assert "nothing new since 2026-03-03 12:00 UTC" in one.detail


def test_a_weekend_is_no_silence_where_weekends_are_quiet() -> None:
    monday = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    friday = datetime(2026, 2, 27, 17, 0, tzinfo=UTC)
    state = replace(
        WELL,
        last_polled=monday,
        last_changed=friday,
        newest=friday,
        rhythm=(*(0.0, 0.0, 1.0, 2.0, 2.0, 1.0, 0.2, 0.0), *(0.0,) * 8),
    )
    past = [
        FeedDay("f1", day, polls=40, new=18 if day.weekday() < 5 else 0)
        for day in (date(2026, 2, 2) + n * DAY for n in range(27))
    ]
    assert judge(FEED, state, past, monday) == ()
    wednesday = monday + 2 * DAY
    (one,) = judge(FEED, replace(state, last_polled=wednesday), past, wednesday)
    assert one.kind == "silent"


def test_a_holiday_of_all_is_no_silence_of_one() -> None:
    at = NOW - 14 * HOUR
    state = replace(WELL, last_changed=at, newest=at, rhythm=(1.0,) * 16)
    past = days(new=24)
    assert [one.kind for one in judge(FEED, state, past, NOW)] == ["silent"]
    assert judge(FEED, state, past, NOW, quiet=0.2) == ()


def test_a_feed_of_which_little_is_known_is_judged_by_its_kind() -> None:
    new = replace(WELL, gaps=(30,), rhythm=(), last_changed=NOW - 2 * DAY, newest=NOW - 2 * DAY)
    assert kinds(new) == []
    assert kinds(new, feed=replace(FEED, kind="wire")) == ["silent"]
    thinker = replace(new, last_changed=NOW - 18 * DAY, newest=NOW - 18 * DAY)
    assert kinds(thinker, feed=replace(FEED, kind="think-tank")) == []
    assert kinds(thinker) == ["silent"]


def test_old_entries_under_new_ids_are_no_news() -> None:
    (one,) = judge(FEED, replace(WELL, newest=NOW - 3 * DAY), days(), NOW)
    assert one.kind == "silent"
    assert "names only old entries" in one.detail
    fresh = replace(WELL, gaps=(), newest=NOW - 32 * DAY)
    assert kinds(fresh) == ["silent"], "as onboarding would have said"


def test_dates_that_cannot_be_are_told() -> None:
    assert kinds(replace(WELL, newest=NOW + HOUR)) == []
    assert kinds(replace(WELL, newest=NOW + 4 * HOUR)) == ["bad dates"]
    bad = today(new=4, articles=4, characters=12_000, bad_dates=3)
    assert kinds(WELL, days(bad)) == ["bad dates"]


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({"articles": 6, "characters": 1_900}, ["short texts"]),  # 3,000 each before
        ({"articles": 6, "characters": 15_000}, []),
        ({"articles": 6, "characters": 14_000, "short": 5}, ["short texts"]),
        ({"articles": 6, "characters": 17_000, "short": 1}, []),
        ({"new": 1, "articles": 1, "characters": 100, "short": 1}, []),
        ({"articles": 1, "characters": 3_000}, ["short texts"]),
        ({"articles": 0}, ["short texts"]),
        ({"articles": 6, "characters": 18_000, "foreign_lang": 5}, ["other language"]),
        ({"articles": 6, "characters": 18_000, "foreign_lang": 1}, []),
    ],
)
def test_articles_are_compared_with_the_feeds_own_past(
    counts: dict[str, int], found: list[str]
) -> None:
    assert kinds(WELL, days(today(**{"new": 8} | counts))) == found


def test_a_feed_that_always_mixes_languages_is_not_reported_for_it() -> None:
    mixed = days(today(new=8, articles=8, characters=24_000, foreign_lang=6), foreign_lang=6)
    assert kinds(WELL, mixed) == []


def test_another_domain_and_a_certificate_that_ends_are_told_without_blame() -> None:
    state = replace(WELL, domain="parked.example", certificate_ends=NOW + 10 * DAY)
    found = judge(FEED, state, days(), NOW)
    assert {one.kind for one in found} == {"moved", "certificate"}
    assert Watched(FEED, state, found).healthy
    assert not Watched(FEED, state, (FeedNotice("f1", "silent", "", NOW),)).healthy


def test_next_to_nothing_is_told_of_a_feed_that_used_to_give_much() -> None:
    few = [replace(day, new=1) for day in days()[-3:]]
    state = replace(WELL, gaps=(90,) * 60, rhythm=(0.1,) * 16)
    assert kinds(state, [*days()[:-3], *few]) == ["silent"]


def states(count: int, **known: object) -> list[FeedState]:
    return [replace(WELL, feed_id=f"f{n}", **known) for n in range(count)]  # type: ignore[arg-type]


def test_an_outage_of_ours_is_told_once_and_of_the_fleet() -> None:
    assert fleet_troubles(states(20), NOW) == ()
    away = states(15, failure="network", failures=1, failed_since=NOW - HOUR)
    (line,) = fleet_troubles([*away, *states(5)], NOW)
    assert line.startswith("15 of 20 feeds could not be reached, since 2026-03-04 11:00 UTC")
    (line,) = fleet_troubles(states(20, last_changed=NOW - 3 * HOUR), NOW)
    assert line.startswith("nothing new in any feed since 2026-03-04 09:00 UTC")
    (line,) = fleet_troubles(states(20), NOW + 5 * HOUR)
    assert "no feed has been asked for 5 h" in line
    assert fleet_troubles(away[:4], NOW) == (), "four feeds are no fleet"


def test_coverage_names_the_voices_that_are_missing() -> None:
    fleet = [
        *[(replace(FEED, id=f"a{n}", lang="hy"), False) for n in range(2)],
        *[(replace(FEED, id=f"r{n}", lang="ru", country="RU"), n < 2) for n in range(9)],
        *[(replace(FEED, id=f"e{n}", lang="en", country="US"), True) for n in range(3)],
    ]
    bad = (FeedNotice("", "silent", "", NOW),)
    found = coverage_of(Watched(feed, WELL, () if well else bad) for feed, well in fleet)
    assert (found.healthy, found.total) == (5, 14)
    assert found.gaps == (
        "no healthy Armenian-language source",
        "no healthy Armenian source",
        "only 2 of 9 Russian-language sources",
        "only 2 of 9 Russian sources",
    )
    assert found.unwatched == (
        "no Azerbaijani source is watched",
        "no official source is watched",
    )
    assert found.sentence.startswith("5 of 14 sources healthy; no healthy Armenian-language")


@pytest.mark.parametrize(
    ("country", "kind", "whose"),
    [
        ("AM", "independent", "Armenian"),
        ("RU", "state", "Russian"),
        ("RU", "official", "official"),
        ("EU", "think-tank", "Western"),
        ("LV", "independent", "Western"),
        ("GE", "independent", ""),
    ],
)
def test_whose_voice_a_feed_is(country: str, kind: str, whose: str) -> None:
    assert side(replace(FEED, country=country, kind=kind)) == whose


def fill(archive: Archive, state: FeedState) -> None:
    with archive.write() as connection:
        feed_store.add(connection, [FEED], NOW)
        feed_store.save_state(connection, state)


def standing(archive: Archive) -> dict[str, datetime]:
    with archive.read() as connection:
        (one,) = watched(connection)
    return {notice.kind: notice.since for notice in one.notices}


def test_a_notice_keeps_its_since_and_goes_when_the_feed_is_well(any_archive: Archive) -> None:
    ending = replace(WELL, certificate_ends=NOW + 10 * DAY)
    fill(any_archive, ending)
    first = refresh_health(any_archive, NOW)
    assert (first.noticed, first.new, first.cleared) == (1, 1, 0)
    later = NOW + timedelta(minutes=30)
    with any_archive.write() as connection:
        feed_store.save_state(connection, replace(ending, last_polled=later))
    assert refresh_health(any_archive, later).new == 0
    assert standing(any_archive) == {"certificate": NOW}
    with any_archive.write() as connection:
        feed_store.save_state(connection, WELL)
    assert refresh_health(any_archive, later).cleared == 1
    assert standing(any_archive) == {}


def test_what_polling_has_told_is_left_alone(archive: Archive) -> None:
    fill(archive, replace(WELL, moved_to="https://new.example/rss", moved_since=NOW))
    with archive.write() as connection:
        told = [FeedNotice("f1", kind, "told", NOW) for kind in ("moved", "possible gap")]
        notices.put(connection, told)
    refresh_health(archive, NOW)
    assert set(standing(archive)) == {"moved", "possible gap"}


def test_days_are_kept_for_three_months(archive: Archive) -> None:
    fill(archive, WELL)
    with archive.write() as connection:
        for back in (10, 200):
            feed_days.count(connection, "f1", (NOW - back * DAY).date(), polls=1)
    forget_days(archive, NOW)
    with archive.read() as connection:
        assert len(feed_days.since(connection, date.min)) == 1


def test_judging_five_hundred_feeds_costs_a_fraction_of_a_second(archive: Archive) -> None:
    feeds = [replace(FEED, id=f"f{n}", url=f"https://o{n}.example/rss") for n in range(500)]
    with archive.write() as connection:
        feed_store.add(connection, feeds, NOW)
        states = [replace(WELL, feed_id=f.id, domain=f.url[8:-4]) for f in feeds]
        feed_store.save_states(connection, states)
        feed_days.add(connection, [replace(day, feed_id=f.id) for f in feeds for day in days()])
    began = time.process_time()
    assert refresh_health(archive, NOW).noticed == 0
    assert time.process_time() - began < 1.5, "a quarter second on a machine of its own"


def warm(name: str) -> Simulated:
    (profile,) = [one for one in PROFILES if one.name == name]
    sim = simulated(profile, 7, 60, Country(3, 60))
    now = START + DAY
    while now < START + 30 * DAY:
        assert sim.poll(now) <= {NoticeKind.SILENT, NoticeKind.POSSIBLE_GAP}
        now = sim.state.next_poll or now
    return sim


def test_breakages_of_a_simulated_outlet_are_noticed() -> None:
    healthy = warm("outlet")
    begun = healthy.state.next_poll
    assert begun is not None
    late = []
    for kind, breakage in BREAKAGES.items():
        sim = healthy.copy(1)
        sim.told.clear()
        sim.broken, sim.at_break = begun, sim.healthy(begun)
        now = begun
        while now - begun < 3 * sim.p99() and not sim.poll(now, breakage):
            now = sim.state.next_poll or now
        if now - begun >= 3 * sim.p99():
            late.append(kind)
    assert len(BREAKAGES) >= 40
    assert len(late) <= 4, late
