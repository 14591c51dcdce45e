"""Pages: read as robots.txt allows, with what their publishers reserve."""

from __future__ import annotations

import time
from datetime import timedelta

import anyio
import pytest
from feeds_kit import NOW, Desk, Reply, Site, item
from pages_kit import NET, PARAGRAPHS, another_site, article, entry, read, robots

from archive import Archive
from archive import articles as article_store
from feeds.pace import PausedError
from feeds.page import (
    Fetched,
    PageAwayError,
    PageError,
    PageForbiddenError,
    PageGoneError,
    PageReader,
)
from feeds.single import fetch_article
from net import Door

TDM = '[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.example/terms"}]'


def test_a_page_brings_its_response_and_all_that_is_reserved(archive: Archive, site: Site) -> None:
    site.pages["/robots.txt"] = robots("User-agent: *\nContent-Signal: ai-train=no\nAllow: /")
    site.pages["/.well-known/tdmrep.json"] = robots(TDM, kind="application/json")
    page = article("<meta name='robots' content='noai'><link rel=canonical href='/a'>")
    site.pages["/a?x"] = Reply(page.body, headers={"X-Robots-Tag": "noarchive"})
    found = read(archive, lambda reader: reader.read(entry(site.url + "/a?x")))
    assert found.page.text == "\n".join(PARAGRAPHS)
    assert found.response is not None
    assert found.response.body == page.raw
    assert found.reservation == (
        "robots: noai, noarchive; tdm-reservation: 1; tdm-policy: https://a.example/terms; "
        "content-signal: ai-train=no"
    )


def test_a_feeds_own_text_asks_nobody(archive: Archive, site: Site) -> None:
    site.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /")
    content = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    found = read(archive, lambda reader: reader.read(entry(site.url + "/a", content)))
    assert found == Fetched(found.page, site.url + "/a")
    assert found.page.text == "\n".join(PARAGRAPHS)
    assert site.asked == []


def test_a_forbidden_page_is_not_asked(archive: Archive, site: Site) -> None:
    site.pages |= {"/robots.txt": robots("User-agent: *\nDisallow: /a"), "/a": article()}
    with pytest.raises(PageForbiddenError) as caught:
        read(archive, lambda reader: reader.read(entry(site.url + "/a")))
    assert str(caught.value) == (
        f"{site.url}/a: robots.txt of 127.0.0.1 does not allow it; the entry's title and link are "
        "kept"
    )
    assert "/a" not in site.asked


def test_a_redirect_to_a_forbidden_page_is_not_followed(archive: Archive, site: Site) -> None:
    with another_site() as other:
        other.pages |= {"/robots.txt": robots("User-agent: *\nDisallow: /b"), "/b": article()}
        other.pages["/c"] = article()
        site.pages["/a"] = Reply(status=302, headers={"Location": other.url + "/b"})
        site.pages["/d"] = Reply(status=302, headers={"Location": other.url + "/c"})
        with pytest.raises(PageForbiddenError):
            read(archive, lambda reader: reader.read(entry(site.url + "/a")))
        found = read(archive, lambda reader: reader.read(entry(site.url + "/d")))
        assert found.url == other.url + "/c"
        assert "/b" not in other.asked


def test_redirects_that_cross_do_not_wait_for_each_other(archive: Archive, site: Site) -> None:
    with another_site() as other:
        for here, there in ((site, other), (other, site)):
            here.pages["/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 0.1", "text/plain")
            here.pages["/from"] = Reply(status=302, headers={"Location": there.url + "/to"})
            here.pages["/to"] = article()

        async def both(reader: PageReader) -> list[str]:
            found: list[str] = []

            async def one(url: str) -> None:
                found.append((await reader.read(entry(url))).url)

            with anyio.fail_after(60):
                async with anyio.create_task_group() as group:
                    group.start_soon(one, site.url + "/from")
                    group.start_soon(one, other.url + "/from")
            return found

        assert sorted(read(archive, both)) == sorted([site.url + "/to", other.url + "/to"])


def test_a_crawl_delay_lies_between_two_pages(archive: Archive, site: Site) -> None:
    asked: list[float] = []

    def page(_: dict[str, str]) -> Reply:
        asked.append(time.monotonic())
        return article()

    site.pages |= {"/robots.txt": robots("User-agent: *\nCrawl-delay: 0.5"), "/a": page, "/b": page}

    async def both(reader: PageReader) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(reader.read, entry(site.url + "/a"))
            group.start_soon(reader.read, entry(site.url + "/b"))

    read(archive, both)
    assert asked[1] - asked[0] >= 0.5


@pytest.mark.parametrize(
    ("reply", "error", "line"),
    [
        (Reply(status=404), PageGoneError, "404 Not Found"),
        (Reply(status=410), PageGoneError, "410 Gone"),
        (Reply(status=403), PageError, "403 Forbidden"),
        (Reply(status=500), PageAwayError, "500 Internal Server Error"),
        (Reply(b"%PDF", "application/pdf"), PageGoneError, "answered with application/pdf"),
        (Reply("<p>Log in"), PageError, "no article text found"),
        (Reply(status=302, headers={"Location": "ftp://a.example/"}), PageError, "only http"),
    ],
)
def test_what_is_no_article(
    archive: Archive, site: Site, reply: Reply, error: type[PageError], line: str
) -> None:
    site.pages["/a"] = reply
    with pytest.raises(PageError) as caught:
        read(archive, lambda reader: reader.read(entry(site.url + "/a")))
    assert caught.type is error
    assert str(caught.value).startswith(f"{site.url}/a: ")
    assert line in str(caught.value)


def test_a_busy_server_is_left_alone_as_long_as_it_asks(archive: Archive, site: Site) -> None:
    site.pages["/a"] = Reply(status=429, headers={"Retry-After": "600"})
    site.pages["/b"] = article()

    async def twice(reader: PageReader) -> None:
        with pytest.raises(PageAwayError, match="429 Too Many Requests"):
            await reader.read(entry(site.url + "/a"))
        with pytest.raises(PausedError, match="12:10"):
            await reader.read(entry(site.url + "/b"))
        (pause,) = reader.pace.new_pauses()
        assert (pause.domain, pause.until) == ("127.0.0.1", NOW + timedelta(minutes=10))

    read(archive, twice)
    assert "/b" not in site.asked


def test_a_collected_article_keeps_what_is_reserved(desk: Desk, site: Site) -> None:
    site.feed("/feed", item(site.url + "/a"), item(site.url + "/no"))
    site.pages |= {"/robots.txt": robots("User-agent: *\nDisallow: /no"), "/no": article()}
    site.pages["/a"] = Reply(article().body, headers={"TDM-Reservation": "1"})
    desk.subscribe("/feed")
    desk.poll()
    report = desk.collect()
    assert (report.new, report.failed) == (1, 1)
    assert report.errors[0].endswith("the entry's title and link are kept; given up")
    with desk.archive.read() as connection:
        (stored,) = article_store.unscored(connection, 9)
    assert stored.reservation == "tdm-reservation: 1"


def test_a_page_waits_while_robots_txt_cannot_be_asked(desk: Desk, site: Site) -> None:
    site.feed("/feed", item(site.url + "/a"))
    site.pages |= {"/robots.txt": robots("", 503), "/a": article()}
    desk.subscribe("/feed")
    desk.poll()
    report = desk.collect()
    assert "robots.txt of 127.0.0.1 could not be asked (503" in report.errors[0]
    assert report.errors[0].endswith("tried again later")
    assert "/a" not in site.asked
    site.pages["/robots.txt"] = robots("User-agent: *\nAllow: /")
    assert desk.collect(NOW + timedelta(hours=2)).new == 1


def test_a_page_that_a_person_names_is_read_for_the_person(site: Site) -> None:
    site.pages |= {"/robots.txt": robots("User-agent: *\nDisallow: /"), "/a": article()}

    async def run() -> str:
        async with Door(NET) as door:
            return (await fetch_article(door, site.url + "/a", NOW)).text

    assert anyio.run(run) == "\n".join(PARAGRAPHS)
    assert site.asked == ["/a"]
