"""robots.txt: what it allows, and how a site is asked for it (RFC 9309)."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta

import anyio
import pytest
import sqlalchemy as sa
from feeds_kit import NOW, Reply, Site
from pages_kit import another_site, ask, robots

from archive import Archive, sites
from feeds.pace import PausedError
from feeds.robots import Robots, RobotsRule
from feeds.robotstxt import ours, read
from net import NetSettings

ALL = "User-agent: *\nDisallow: /"
DAY = timedelta(days=1)


def rule(archive: Archive, url: str, later: timedelta = timedelta(0), **net: object) -> RobotsRule:
    opened = NetSettings.model_validate({"allow": ["127.0.0.0/8"], **net})
    return ask(archive, lambda asked: asked.rule(url), NOW + later, opened)


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        (ALL, "/a", False),
        (ALL, "/robots.txt", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /news\nAllow: /news/world", "/news/world/1", True),
        ("User-agent: *\nAllow: /news/world\nDisallow: /news", "/news/home/1", False),
        ("User-agent: *\nDisallow: /page\nAllow: /page", "/page", True),  # a tie
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a.php?id=1", True),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a%2fb", False),
        (
            "User-agent: *\nDisallow: /новости",
            "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1",
            False,
        ),
        ("User-agent: PivotWatch\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/a", False),
        ("User-agent: PivotWatch\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", True),
        ("User-agent: pivotwatch/9.9\nDisallow: /a", "/a", False),
        ("User-agent: otherbot\nUser-agent: pivotwatch\nDisallow: /a", "/a", False),
        ("User-agent: otherbot\nDisallow: /a\nUser-agent: pivotwatch\nAllow: /", "/a", True),
        ("User-agent: pivotwatchdog\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", False),  # merged
        ("User-agent: *\n\n\nDisallow: /a", "/a", False),
        ("User-agent: *\nSitemap: https://a.example/s.xml\nDisallow: /a", "/a", False),
        ("user-agent : * # all\r\nDISALLOW : /a # not this\r\n", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("Disallow: /a", "/a", True),  # for nobody
        ("<!doctype html><p>User-agent: *\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: " + "/" + "x" * 9000 + "\nDisallow: /b", "/b", False),
    ],
)
def test_what_a_robots_txt_allows(text: str, path: str, allowed: bool) -> None:
    kept = ours(text.encode(), "pivotwatch")
    assert read(kept, "pivotwatch").allows(f"https://a.example{path}") is allowed
    assert ours(kept.encode(), "pivotwatch") == kept  # what is stored reads the same


def test_delay_and_signals_of_our_own_group_come_first() -> None:
    text = (
        "Content-Signal: search=yes\nUser-agent: *\nCrawl-delay: 7\nContent-signal: AI-train=no\n"
        "Disallow: /a\n\nUser-agent: otherbot\nCrawl-delay: 90\nContent-Signal: search=no\n"
    )
    mine = "\nUser-agent: pivotwatch\nCrawl-delay: 2.5\nContent-Usage: train-ai=n\n"
    found = read(ours(text.encode(), "pivotwatch"), "pivotwatch")
    assert (found.delay, found.signal) == (7.0, "search=yes, ai-train=no")
    found = read(ours((text + mine).encode(), "pivotwatch"), "pivotwatch")
    assert (found.delay, found.signal) == (2.5, "train-ai=n")


def test_a_file_built_to_multiply_its_rules_by_its_robots_is_read_at_once() -> None:
    agents = "\n".join(f"User-agent: a{n}" for n in range(14_000))
    rules = "\n".join(f"Allow: /{n}" for n in range(15_000))
    begun = time.monotonic()
    kept = ours(f"{agents}\nUser-agent: *\n{rules}\nDisallow: /no".encode(), "pivotwatch")
    found = read(kept, "pivotwatch")
    assert time.monotonic() - begun < 10
    assert not found.allows("https://a.example/no")
    assert found.allows("https://a.example/7")


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410])
def test_a_site_without_one_allows_all(archive: Archive, site: Site, status: int) -> None:
    site.pages["/robots.txt"] = robots(ALL, status)
    assert rule(archive, site.url + "/a").allowed


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_that_fails_allows_nothing_until_it_answers(
    archive: Archive, site: Site, status: int
) -> None:
    site.pages["/robots.txt"] = robots("busy", status)
    found = rule(archive, site.url + "/a")
    assert not found.allowed
    assert found.is_closed
    assert str(status) in found.reason
    site.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /b")
    assert not rule(archive, site.url + "/a", timedelta(minutes=30)).allowed  # not asked yet
    assert rule(archive, site.url + "/a", timedelta(hours=1)).allowed
    assert not rule(archive, site.url + "/b", timedelta(hours=1)).allowed


def test_a_site_that_cannot_be_reached_is_as_without_one_after_thirty_days(
    archive: Archive,
) -> None:
    with another_site() as gone:
        url = gone.url + "/a"
    assert rule(archive, url).is_closed
    for days in (1, 10, 29):
        assert rule(archive, url, days * DAY).is_closed
    assert rule(archive, url, 30 * DAY).allowed
    assert rule(archive, url, 32 * DAY).allowed


def test_known_rules_hold_while_the_site_fails(archive: Archive, site: Site) -> None:
    site.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /b")
    assert rule(archive, site.url + "/a").allowed
    site.pages["/robots.txt"] = robots("", 503)
    assert rule(archive, site.url + "/a", 2 * DAY).allowed
    assert not rule(archive, site.url + "/b", 20 * DAY).allowed
    assert rule(archive, site.url + "/b", 32 * DAY).allowed


def test_a_site_is_asked_once_a_day_however_many_ask(archive: Archive, site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /b", "text/plain", delay=0.1)

    async def many(asked: Robots) -> list[bool]:
        found: list[bool] = []

        async def one(path: str) -> None:
            found.append((await asked.rule(site.url + path)).allowed)

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(one, "/b" if number % 2 else "/a")
        return found

    assert sorted(ask(archive, many)) == [False] * 10 + [True] * 10
    assert rule(archive, site.url + "/a", timedelta(hours=23)).allowed
    assert site.asked.count("/robots.txt") == 1
    rule(archive, site.url + "/a", timedelta(hours=24))
    assert site.asked.count("/robots.txt") == 2


def test_scheme_host_and_port_have_a_file_each(archive: Archive, site: Site) -> None:
    site.pages["/robots.txt"] = robots(ALL)
    with another_site() as other:
        assert rule(archive, other.url + "/a").allowed
    assert not rule(archive, site.url + "/a").allowed
    assert not rule(archive, site.url.replace("http", "HTTP", 1) + "/a").allowed


def test_redirects_of_the_file_are_followed_five_times(archive: Archive, site: Site) -> None:
    with another_site() as other:
        other.pages["/rules"] = robots(ALL)
        for number in range(4):
            site.pages[f"/r{number}"] = Reply(status=301, headers={"Location": f"/r{number + 1}"})
        site.pages["/r4"] = Reply(status=302, headers={"Location": other.url + "/rules"})
        site.pages["/robots.txt"] = site.pages["/r0"]
        assert not rule(archive, site.url + "/a").allowed
        site.pages["/robots.txt"] = Reply(status=301, headers={"Location": "/r0"})
        assert rule(archive, site.url + "/a", DAY).allowed  # six: as if there were none


def test_a_long_file_is_read_as_far_as_its_limit(archive: Archive, site: Site) -> None:
    filler = "# nothing\n" * 60_000
    site.pages["/robots.txt"] = robots(f"User-agent: *\nDisallow: /b\n{filler}Disallow: /c")
    assert not rule(archive, site.url + "/b").allowed
    assert rule(archive, site.url + "/c").allowed


def test_the_half_of_a_rule_at_the_limit_is_none(archive: Archive, site: Site) -> None:
    start = "User-agent: *\nDisallow: /b\n"
    filler = "#" * (512_000 - len(start) - len("\nDisallow: /"))
    site.pages["/robots.txt"] = robots(f"{start}{filler}\nDisallow: /only-this")
    assert not rule(archive, site.url + "/b").allowed
    assert rule(archive, site.url + "/a").allowed


def test_a_file_that_decompresses_without_end_is_cut(archive: Archive, site: Site) -> None:
    bomb = gzip.compress(b"User-agent: *\nDisallow: /b\n" + b"#\n" * 30_000_000)
    site.pages["/robots.txt"] = Reply(bomb, "text/plain", headers={"Content-Encoding": "gzip"})
    assert not rule(archive, site.url + "/b").allowed
    with archive.read() as connection:
        stored = sites.get(connection, site.url)
    assert stored is not None
    assert len(stored.robots) < 1000


def test_a_delay_is_kept_up_to_thirty_seconds(archive: Archive, site: Site) -> None:
    for said, kept in (("3", 3.0), ("86400", 30.0), ("-1", None), ("soon", None), ("inf", None)):
        site.pages["/robots.txt"] = robots(f"User-agent: *\nCrawl-delay: {said}")
        with archive.write() as connection:
            connection.execute(sa.text("DELETE FROM site"))
        assert rule(archive, site.url + "/a").crawl_delay == kept


def test_another_product_reads_its_own_group(archive: Archive, site: Site) -> None:
    site.pages["/robots.txt"] = robots(f"User-agent: presswatch\nDisallow: /b\n\n{ALL}")
    found = rule(archive, site.url + "/a", user_agent="PressWatch/2.0 test")
    assert found.allowed
    assert not rule(archive, site.url + "/b", user_agent="PressWatch/2.0 test").allowed


def test_a_database_that_fails_costs_the_memory_not_the_page(
    archive: Archive, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /b")
    with archive.write() as connection:
        connection.execute(sa.text("DROP TABLE site"))
    assert rule(archive, site.url + "/a").allowed
    assert not rule(archive, site.url + "/b").allowed
    assert "no such table" in caplog.text


def test_a_paused_site_is_not_asked(archive: Archive, site: Site) -> None:
    async def paused(asked: Robots) -> None:
        asked._pace.pause(site.url, NOW + DAY, NOW, "it asked for it")
        with pytest.raises(PausedError):
            await asked.rule(site.url + "/a")

    ask(archive, paused)
    assert site.asked == []
