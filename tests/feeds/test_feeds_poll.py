"""Polling feeds on a real server: what is sent, what is learnt, when it is asked again."""

from __future__ import annotations

import functools
import logging
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from feeds_kit import NOW, Desk, Reply, Server, Site, item, rss

from archive import ArchiveError, feed_days, ids, notices, pauses
from archive import feeds as feed_store
from archive.types import FailureKind, Feed, FeedNotice, FeedState, NoticeKind, Selectors
from feeds import fleet_troubles
from feeds.asking import Answer, Failure
from feeds.fleet import settle
from feeds.pace import Pace
from feeds.poll import PollReport, poll
from feeds.settings import FeedsSettings
from net import Door

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def states(desk: Desk) -> dict[str, FeedState]:
    with desk.archive.read() as connection:
        found = feed_store.every(connection)
    return {feed.url.removeprefix(desk.site.url): state for feed, state in found}


def told(desk: Desk) -> list[FeedNotice]:
    with desk.archive.read() as connection:
        return notices.every(connection)


def watch(desk: Desk, path: str, **changes: object) -> Feed:
    url = desk.site.url + path
    feed = replace(Feed(ids.feed_id(url), url, f"Outlet {path}", "en"), **changes)  # type: ignore[arg-type]
    with desk.archive.write() as connection:
        feed_store.add(connection, [feed], NOW)
    return feed


def redirect(site: Site, path: str, to: str, status: int) -> None:
    site.pages[path] = Reply(status=status, headers={"Location": to})


def wait_after(desk: Desk, path: str) -> timedelta:
    state = states(desk)[path]
    assert state.next_poll is not None
    assert state.last_polled is not None
    return state.next_poll - state.last_polled


def test_validators_are_sent_back_byte_for_byte_but_once_a_day(desk: Desk, site: Site) -> None:
    seen: list[tuple[str | None, str | None]] = []
    etag, modified = 'W/"a,\xe9 b"', "Mon,  1 Sep 2025 (odd)"

    def feed(headers: dict[str, str]) -> Reply:
        seen.append((headers.get("if-none-match"), headers.get("if-modified-since")))
        if seen[-1][0]:
            return Reply(status=304)
        return Reply(
            "<rss><channel/></rss>", "text/xml", headers={"ETag": etag, "Last-Modified": modified}
        )

    site.pages["/rss"] = feed
    desk.subscribe("/rss")
    assert desk.poll().unchanged == 0
    assert desk.poll(NOW + HOUR).unchanged == 1
    assert desk.poll(NOW + 23 * HOUR).unchanged == 1
    assert desk.poll(NOW + 24 * HOUR).unchanged == 1  # the same bytes as yesterday
    assert desk.poll(NOW + 25 * HOUR).unchanged == 1
    plain, kept = (None, None), (etag, modified)
    assert seen == [plain, kept, kept, plain, kept]
    assert states(desk)["/rss"].full_at == NOW + 24 * HOUR


def test_a_date_that_says_2038_is_no_validator(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1"), **{"Last-Modified": "Tue, 19 Jan 2038 03:14:07 GMT"})
    desk.subscribe("/rss")
    desk.poll()
    assert states(desk)["/rss"].last_modified is None


def test_a_restart_asks_nothing_early(desk: Desk, site: Site) -> None:
    site.feed("/rss", *(item(f"/a/{n}") for n in range(5)))
    desk.subscribe("/rss")
    assert desk.poll().polled == 1
    wait = wait_after(desk, "/rss")
    assert 4.5 * MINUTE <= wait <= 49.5 * MINUTE
    assert desk.poll(NOW + wait - MINUTE).polled == 0
    assert desk.poll(NOW + wait).polled == 1


def test_failures_are_told_and_back_off_and_stop_nothing(desk: Desk, site: Site) -> None:
    site.feed("/good", item("/a/1"))
    site.pages["/html"] = Reply("<!DOCTYPE html><html><body>We have moved</body></html>")
    site.pages["/500"] = Reply("oops", status=500)
    site.pages["/loop"] = Reply(status=302, headers={"Location": "/loop"})
    site.pages["/large"] = Reply(b"<rss>" + b" " * 4_000_001, "text/xml")
    site.pages["/dtd"] = Reply('<!DOCTYPE rss [<!ENTITY a "b">]><rss/>', "text/xml")
    site.pages["/403"] = Reply("no", status=403)
    kinds = {
        "/html": FailureKind.HTML,
        "/500": FailureKind.HTTP,
        "/loop": FailureKind.HTTP,
        "/large": FailureKind.BROKEN,
        "/dtd": FailureKind.BROKEN,
        "/403": FailureKind.BLOCKED,
        "/missing": FailureKind.HTTP,
    }
    desk.subscribe("/good", *kinds)

    report = desk.poll()
    assert (report.polled, report.failed, report.new_entries) == (8, 7, 1)
    for path, kind in kinds.items():
        (line,) = [e for e in report.errors if e.startswith(f"{site.url}{path}: ")]
        assert "\n" not in line
        state = states(desk)[path]
        assert (state.error, state.failures, state.body_hash) == (line, 1, None)
        assert (state.failure, state.failed_since) == (kind, NOW)
    assert "answered with a web page, not a feed" in (states(desk)["/html"].error or "")
    assert "404 Not Found" in (states(desk)["/missing"].error or "")

    waits = []
    now = NOW
    for _ in range(10):
        state = states(desk)["/500"]
        assert state.next_poll is not None
        waits.append(state.next_poll - now)
        now = state.next_poll
        desk.poll(now)
    assert waits[:4] == sorted(waits[:4])
    assert 15 * MINUTE <= waits[0] <= 25 * MINUTE
    assert 4.5 * HOUR <= max(waits) <= 7.5 * HOUR
    assert states(desk)["/500"].failed_since == NOW
    assert wait_after(desk, "/missing") > 8 * HOUR

    site.feed("/500", item("/a/9"))
    assert desk.poll(now + DAY).new_entries == 1
    state = states(desk)["/500"]
    assert (state.failures, state.error, state.failure, state.failed_since) == (0, None, None, None)


def test_retry_after_is_honoured_up_to_a_day(desk: Desk, site: Site) -> None:
    site.pages["/hours"] = Reply(status=429, headers={"Retry-After": "36000"})
    site.pages["/years"] = Reply(status=503, headers={"Retry-After": "999999999999"})
    date = "Mon, 01 Sep 2025 17:00:00 GMT"
    site.pages["/date"] = Reply(status=503, headers={"Retry-After": date})
    wanted = {"/hours": 10 * HOUR, "/years": DAY, "/date": 5 * HOUR}
    for path, wait in wanted.items():
        desk.subscribe(path)
        desk.poll()
        assert states(desk)[path].next_poll == NOW + wait
        with desk.archive.write() as connection:
            pauses.drop_ended(connection, NOW + 2 * DAY)


def test_who_asks_to_be_left_alone_is(desk: Desk, site: Site) -> None:
    site.pages["/busy"] = Reply(status=503, headers={"Retry-After": "7200"})
    desk.subscribe("/busy")
    desk.poll()
    site.feed("/other", item("/a/1"))
    desk.subscribe("/other")
    asked = len(site.asked)
    report = desk.poll(NOW + HOUR, everything=True)
    assert (report.polled, report.failed, report.paused, report.errors) == (0, 0, 2, ())
    assert len(site.asked) == asked
    state = states(desk)["/other"]
    assert state.next_poll is not None
    assert NOW + 2 * HOUR <= state.next_poll <= NOW + 2 * HOUR + 10 * MINUTE
    assert (state.failures, state.last_polled) == (0, None)
    site.feed("/busy", item("/a/2"))
    assert desk.poll(NOW + 2 * HOUR + 10 * MINUTE).new_entries == 2
    with desk.archive.read() as connection:
        assert pauses.active(connection, NOW) == ()


def test_what_the_server_wishes_is_kept(desk: Desk, site: Site) -> None:
    entries = [item(f"/a/{n}", date="") for n in range(3)]
    site.feed("/age", *entries, **{"Cache-Control": "max-age=3000"})
    site.feed("/past", *entries, Expires="Mon, 01 Sep 2003 12:00:00 GMT")
    site.pages["/ttl"] = Reply(rss("<ttl>55</ttl>", *entries), "text/xml")
    desk.subscribe("/age", "/past", "/ttl")
    desk.poll()
    assert wait_after(desk, "/age") == 50 * MINUTE
    assert wait_after(desk, "/ttl") == 55 * MINUTE
    assert 9 * MINUTE <= wait_after(desk, "/past") <= 11 * MINUTE


def test_a_feed_that_is_gone_asks_a_person_and_is_still_asked(desk: Desk, site: Site) -> None:
    site.pages["/rss"] = Reply("bye", status=410)
    desk.subscribe("/rss")
    now = NOW
    for _ in range(14):
        desk.poll(now)
        state = states(desk)["/rss"]
        assert state.next_poll is not None
        wait, now = state.next_poll - now, state.next_poll
    assert 5 * DAY < wait < 9 * DAY
    (notice,) = told(desk)
    assert (notice.kind, notice.since) == (NoticeKind.GONE, NOW)
    assert "remove it" in notice.detail
    site.feed("/rss", item("/a/1"))
    assert desk.poll(now).new_entries == 1
    assert told(desk) == []


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_move_is_adopted_after_three_stable_days(
    desk: Desk, site: Site, status: int
) -> None:
    redirect(site, "/old", "/new", status)
    site.feed("/new", item("/a/1"))
    desk.subscribe("/old")
    desk.poll()
    state = states(desk)["/old"]
    assert (state.moved_to, state.moved_since) == (f"{site.url}/new", NOW)
    site.feed("/newer", item("/a/1"))
    redirect(site, "/old", "/newer", status)
    desk.poll(NOW + DAY)
    desk.poll(NOW + 3 * DAY)  # two days of this target
    assert set(states(desk)) == {"/old"}
    desk.poll(NOW + 4 * DAY)
    state = states(desk)["/newer"]
    assert (state.feed_id, state.moved_to) == (ids.feed_id(f"{site.url}/old"), None)
    asked = len(site.asked)
    desk.poll(NOW + 5 * DAY)
    assert site.asked[asked:] == ["/newer"]

    desk.subscribe("/old")  # an old catalogue imported again
    desk.subscribe("/newer")
    assert set(states(desk)) == {"/newer"}
    with desk.archive.write() as connection:
        assert feed_store.remove(connection, f"{site.url}/old")
    assert states(desk) == {}


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_redirect_is_never_adopted(desk: Desk, site: Site, status: int) -> None:
    redirect(site, "/old", "/new", status)
    site.feed("/new", item("/a/1"))
    desk.subscribe("/old")
    for days in range(6):
        desk.poll(NOW + days * DAY)
    assert states(desk)["/old"].moved_to is None
    redirect(site, "/old", "/middle", 301)
    redirect(site, "/middle", "/new", status)
    desk.poll(NOW + 7 * DAY)
    assert states(desk)["/old"].moved_to is None
    assert told(desk) == []


def test_a_move_to_another_domain_is_for_a_person(desk: Desk, site: Site) -> None:
    there = site.url.replace("127.0.0.1", "localhost") + "/new"
    redirect(site, "/old", there, 301)
    site.feed("/new", item("/a/1"))
    desk.subscribe("/old")
    for days in range(5):
        desk.poll(NOW + days * DAY)
    (notice,) = told(desk)
    assert (notice.kind, notice.since) == (NoticeKind.MOVED, NOW)
    assert f"pivotwatch feeds add {there}" in notice.detail
    assert (set(states(desk)), states(desk)["/old"].domain) == ({"/old"}, "localhost")
    site.feed("/old", item("/a/1"))
    desk.poll(NOW + 6 * DAY)
    assert told(desk) == []


def test_a_move_to_another_feed_of_ours_is_for_a_person(desk: Desk, site: Site) -> None:
    redirect(site, "/old", "/new", 301)
    site.feed("/new", item("/a/1"))
    desk.subscribe("/old", "/new")
    for days in range(5):
        desk.poll(NOW + days * DAY)
        assert desk.poll(NOW + days * DAY).errors == ()
    assert set(states(desk)) == {"/old", "/new"}
    (notice,) = told(desk)
    assert "watched already" in notice.detail


def test_when_our_network_is_down_nothing_is_held_against_the_feeds(desk: Desk, site: Site) -> None:
    paths = [f"/{n}" for n in range(8)]
    for path in paths:
        site.feed(path, item(f"/a{path}"), ETag=f'"{path}"')
    site.pages["/7"] = Reply("oops", status=500)
    desk.subscribe(*paths)
    desk.poll()
    before = states(desk)
    with desk.archive.read() as connection:
        days = feed_days.since(connection, NOW.date())
    site.server.socket.close()  # whoever knocks is refused
    report = desk.poll(NOW + HOUR, everything=True)
    assert (report.polled, report.failed, report.offline) == (8, 8, True)
    (line,) = report.errors
    assert line.startswith(
        "8 of 8 feeds could not be reached, since 2025-09-01 13:00 UTC: this machine's"
    )
    for path, state in states(desk).items():
        assert state.next_poll is not None
        assert 4 * MINUTE < state.next_poll - NOW - HOUR < 6 * MINUTE
        kind, since = (FailureKind.HTTP, NOW) if path == "/7" else (FailureKind.OFFLINE, NOW + HOUR)
        assert (state.failure, state.failed_since) == (kind, since)
        same = {"next_poll": None, "failure": None, "failed_since": None}
        assert replace(state, **same) == replace(before[path], **same)  # type: ignore[arg-type]
    with desk.archive.read() as connection:
        assert feed_days.since(connection, NOW.date()) == days


def test_an_outage_of_ours_is_told_from_its_first_minute_until_it_is_over(
    desk: Desk, site: Site
) -> None:
    paths = [f"/{n}" for n in range(6)]
    for path in paths:
        site.feed(path, item(f"/a{path}"))
    desk.subscribe(*paths)
    desk.poll()
    began = NOW + 4 * HOUR  # nothing ran for a while, as over a night

    def trouble(now: datetime) -> str:
        return " ".join(fleet_troubles(states(desk).values(), now))

    assert trouble(began).startswith("no feed has been asked for 4 h")
    site.server.socket.close()
    for now in (began, began + 6 * MINUTE, began + 5 * HOUR):
        report = desk.poll(now)
        assert (report.polled, report.offline) == (6, True)
        away = "6 of 6 feeds could not be reached, since 2025-09-01 16:00 UTC: "
        assert trouble(now + MINUTE).startswith(away)
        assert report.errors[0].startswith(away)
    assert trouble(now + 4 * HOUR).startswith("no feed has been asked for 4 h")
    again = Server(("127.0.0.1", site.server.server_port), site.server.RequestHandlerClass)
    with again:
        threading.Thread(target=again.serve_forever, args=(0.02,), daemon=True).start()
        assert desk.poll(now + HOUR).errors == ()
        again.shutdown()
    found = {(one.failures, one.failure, one.failed_since) for one in states(desk).values()}
    assert found == {(0, None, None)}
    assert "could not be reached" not in trouble(now + HOUR)


def test_a_failure_after_an_outage_begins_when_it_begins() -> None:
    state = FeedState("f_1", failure=FailureKind.OFFLINE, failed_since=NOW - DAY)
    failure = Failure(FailureKind.NETWORK, "no answer")
    answer = Answer(
        Feed("f_1", "https://news.example/rss", "N", "en"), state, state, failure=failure
    )
    found = settle(answer, 0, 0, NOW, FeedsSettings()).state
    assert (found.failures, found.failure, found.failed_since) == (1, FailureKind.NETWORK, NOW)


def test_feeds_that_are_away_do_not_count_as_our_network(desk: Desk, site: Site) -> None:
    with socket.socket() as closed:  # a port that nobody listens at
        closed.bind(("127.0.0.1", 0))
        away = [f"http://127.0.0.1:{closed.getsockname()[1]}/{n}" for n in range(6)]
        with desk.archive.write() as connection:
            gone = [Feed(ids.feed_id(url), url, url, "en") for url in away[:4]]
            feed_store.add(connection, gone, NOW)
        assert desk.poll().offline is False  # four say nothing of a network
        assert {state.failure for state in states(desk).values()} == {FailureKind.NETWORK}
        for n in range(5):
            site.feed(f"/{n}", item(f"/a/{n}"))
        desk.subscribe(*(f"/{n}" for n in range(5)))
        report = desk.poll(NOW + DAY)
        assert (report.failed, report.offline, len(report.errors)) == (4, False, 4)
        assert {state.failures for state in states(desk).values()} == {0, 2}


def test_all_new_at_once_is_a_possible_gap(desk: Desk, site: Site) -> None:
    site.feed("/rss", *(item(f"/a/{n}") for n in range(4)))
    desk.subscribe("/rss")
    desk.poll()
    assert told(desk) == []
    site.feed("/rss", *(item(f"/b/{n}") for n in range(4)))
    desk.poll(NOW + HOUR)
    (notice,) = told(desk)
    assert (notice.kind, notice.since) == (NoticeKind.POSSIBLE_GAP, NOW + HOUR)
    assert "all 4 entries were new since 2025-09-01 12:00 UTC" in notice.detail
    assert wait_after(desk, "/rss") <= 5.5 * MINUTE
    site.feed("/rss", *(item(f"/b/{n}") for n in range(3)), item("/c/1"))
    desk.poll(NOW + 2 * HOUR)
    assert len(told(desk)) == 1
    desk.poll(NOW + 26 * HOUR)
    assert told(desk) == []


def test_what_is_learnt_of_a_feed_is_kept(desk: Desk, site: Site) -> None:
    later = "Mon, 01 Sep 2025 12:10:00 +0000"
    site.feed("/rss", item("/a/1"), item("/a/2", date="Thu, 01 Jan 2099 00:00:00 GMT"))
    desk.subscribe("/rss")
    desk.poll()
    state = states(desk)["/rss"]
    assert (state.items, state.empty_polls, state.domain) == (2, 0, "127.0.0.1")
    assert state.newest == datetime(2025, 9, 1, 5, tzinfo=UTC)
    assert (len(state.rhythm), state.gaps, state.last_changed) == (16, (), NOW)
    site.feed("/rss", item("/a/1"), item("/a/3", date=later))
    desk.poll(NOW + 30 * MINUTE, everything=True)
    state = states(desk)["/rss"]
    assert (state.newest, state.gaps) == (NOW + 10 * MINUTE, (30,))
    site.feed("/rss", item("/a/1", "Edited"), item("/a/3", date=later))
    desk.poll(NOW + HOUR, everything=True)
    state = states(desk)["/rss"]
    assert (state.last_changed, state.gaps) == (NOW + 30 * MINUTE, (30,))
    site.feed("/rss")
    for n in range(1, 4):
        desk.poll(NOW + (1 + n) * HOUR, everything=True)
        assert (states(desk)["/rss"].items, states(desk)["/rss"].empty_polls) == (0, n)
    site.pages["/rss"] = Reply("oops", status=500)
    desk.poll(NOW + 5 * HOUR, everything=True)
    with desk.archive.read() as connection:
        (day,) = feed_days.since(connection, NOW.date())
    assert (day.polls, day.failures, day.new, day.edited) == (7, 1, 3, 1)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 365 * DAY, -365 * DAY])
def test_a_clock_that_jumps_costs_no_feed(desk: Desk, site: Site, jump: timedelta) -> None:
    site.feed("/rss", item("/a/1"), ETag='"1"')
    desk.subscribe("/rss")
    desk.poll()
    assert desk.poll(NOW + jump, everything=True).failed == 0
    site.feed("/rss", item("/a/2"), ETag='"2"')
    report = desk.poll(NOW + 2 * HOUR)  # the clock is right again
    assert (report.polled, report.new_entries) == (1, 1)
    state = states(desk)["/rss"]
    assert state.next_poll is not None
    assert NOW + 2 * HOUR < state.next_poll < NOW + 3 * HOUR


def test_each_redirect_is_booked_at_its_host(desk: Desk, site: Site) -> None:
    redirect(site, "/old", "/new", 302)
    site.feed("/new", item("/a/1"))
    desk.subscribe("/old")
    booked: list[tuple[str, float]] = []

    class Noting(Pace):
        async def book(self, url: str, spacing: float) -> None:
            booked.append((url, spacing))
            await super().book(url, spacing)

    async def run() -> PollReport:
        async with Door(desk.net) as door:
            pace = Noting(4, door.is_open)
            return await poll(desk.archive, door, desk.settings, NOW, pace=pace)

    assert anyio.run(run).new_entries == 1
    assert booked == [(f"{site.url}/new", 0.0)]


def sitemap(*urls: str) -> Reply:
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    head = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return Reply(f"{head}{rows}</urlset>", "application/xml", headers={"ETag": '"same"'})


def index(*urls: str) -> Reply:
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    head = '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return Reply(f"{head}{rows}</sitemapindex>", "application/xml", headers={"ETag": '"same"'})


def test_the_sitemaps_of_an_index_are_read_at_every_poll(
    desk: Desk, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /closed", "text/plain")
    site.pages["/map"] = index(
        f"{site.url}/1",
        f"{site.url}/closed",
        f"{site.url}/missing",
        "http://other.example/2",
        *(f"{site.url}/n{n}" for n in range(20)),
    )
    site.pages["/1"] = sitemap(f"{site.url}/a/1", f"{site.url}/a/2")
    for n in range(20):
        site.pages[f"/n{n}"] = sitemap(f"{site.url}/a/n{n}")
    watch(desk, "/map", form="sitemap")
    report = desk.poll()
    assert (report.failed, report.new_entries) == (0, 2 + 6)
    asked = [path for path in site.asked if path not in {"/robots.txt", "/.well-known/tdmrep.json"}]
    assert len(asked) == 1 + 8
    assert not {"/closed", "/n6"} & set(asked)
    site.pages["/1"] = sitemap(f"{site.url}/a/1", f"{site.url}/a/3")
    report = desk.poll(NOW + HOUR)
    assert (report.unchanged, report.new_entries) == (0, 1)


def test_an_index_without_a_single_readable_sitemap_has_failed(desk: Desk, site: Site) -> None:
    site.pages["/map"] = index(f"{site.url}/missing")
    watch(desk, "/map", form="sitemap")
    report = desk.poll()
    assert (report.failed, report.new_entries) == (1, 0)
    assert "404 Not Found" in report.errors[0]


def test_a_listing_page_is_asked_only_where_robots_may(desk: Desk, site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /private", "text/plain")
    body = '<ul><li class="n"><a href="/a/1">The minister met the envoys in Yerevan</a></li></ul>'
    for path in ("/news", "/private"):
        site.pages[path] = Reply(f"<html><body>{body}</body></html>")
        watch(desk, path, form="listing", selectors=Selectors("li.n", "a"))
    redirect(site, "/away", "/private", 301)
    watch(desk, "/away", form="listing", selectors=Selectors("li.n", "a"))
    report = desk.poll()
    assert (report.polled, report.failed, report.new_entries) == (3, 2, 1)
    assert "/private" not in site.asked
    assert all("robots.txt of 127.0.0.1 does not allow it" in line for line in report.errors)
    assert states(desk)["/private"].failure == FailureKind.REFUSED
    assert wait_after(desk, "/private") >= 15 * MINUTE


def test_a_failing_database_is_told_and_the_poll_is_repeated(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1"))
    desk.subscribe("/rss")
    with desk.archive.write() as connection:
        connection.exec_driver_sql("ALTER TABLE entry RENAME TO hidden")
    with pytest.raises(ArchiveError, match="no such table"):
        desk.poll()
    with desk.archive.write() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO entry")
    assert desk.poll().new_entries == 1


def test_many_answers_share_a_transaction(desk: Desk, site: Site) -> None:
    paths = [f"/{n}" for n in range(60)]
    for path in paths:
        site.feed(path, item(f"/a{path}"))
    desk.subscribe(*paths)
    written = 0
    write = desk.archive.write

    @functools.wraps(write)
    def counted() -> object:
        nonlocal written
        written += 1
        return write()

    desk.archive.write = counted  # type: ignore[method-assign,assignment]
    report = desk.poll()
    assert (report.polled, report.new_entries) == (60, 60)
    assert written < 20
    assert desk.progress[-1] == (60, 60)
