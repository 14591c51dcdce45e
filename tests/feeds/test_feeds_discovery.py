from __future__ import annotations

import anyio
import pytest

from feeds.discovery import MOST, discover
from feeds.errors import FeedError
from feeds.workers import Workers

URL = "https://www.outlet.example/en/"


def found(body: str, head: str = "") -> list[str]:
    page = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return list(discover(page.encode(), "text/html; charset=utf-8", URL))


@pytest.mark.parametrize(
    "kind",
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "text/xml",
        " Application/RSS+XML; charset=utf-8",
    ],
)
def test_declared_feeds(kind: str) -> None:
    head = f'<link rel="Alternate" type="{kind}" title="News" href="/feed.xml#top">'
    assert found("", head) == ["https://www.outlet.example/feed.xml"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="text/xml" href="/a.xml">',
        '<link rel="alternate" type="text/html" hreflang="ru" href="/ru/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
        '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="feed:here">',
        '<link rel="alternate" type="application/rss+xml" href="https://[">',
    ],
)
def test_what_is_declared_and_no_feed(link: str) -> None:
    assert found("", link) == []


@pytest.mark.parametrize(
    "href",
    [
        *("/rss", "/feed/", "/en/index.rss", "/rss.xml", "/feed.json", "/news.atom", "/rss.asp"),
        *("/feeds/", "/rss/all", "/export/rss2/index.xml", "/?feed=rss2", "/news?format=atom"),
        *("/rss_news.xml", "/feed-en.xml", "/feed/rss", "/rss/v2.xml", "/feeds/index.rss"),
    ],
)
def test_links_that_look_like_feeds(href: str) -> None:
    assert found(f"<a href='{href}'>x</a>") == [f"https://www.outlet.example{href}"]


@pytest.mark.parametrize(
    "href",
    [
        *("/", "/news/feedback", "/gross", "/feeding-the-army", "/sitemap.xml", "/press/1.xml"),
        *("mailto:rss@outlet.example", "javascript:feed()", "#rss", "/story?feedback=rss"),
    ],
)
def test_links_that_do_not(href: str) -> None:
    assert found(f"<a href='{href}'>x</a>") == []


def test_the_order() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="https://feeds.example/outlet">'
        '<link rel="alternate" type="application/rss+xml" href="https://rss.outlet.example/all">'
        '<link rel="alternate" type="application/rss+xml" href="https://feeds.example/outlet#1">'
    )
    body = (
        "<a href='https://else.example/rss'>a</a><a href='ru/rss'>b</a>"
        "<a href='https://rss.outlet.example/all'>declared</a><a href='ru/rss'>again</a>"
        "<a href='https://rss.outlet.example/rss'>c</a>"
    )
    assert found(body, head) == [
        "https://rss.outlet.example/all",
        "https://feeds.example/outlet",
        "https://www.outlet.example/en/ru/rss",
        "https://rss.outlet.example/rss",
        "https://else.example/rss",
    ]


def test_a_base_element_counts() -> None:
    assert found("<a href='rss'>x</a>", "<base href='/hy/'>") == [
        "https://www.outlet.example/hy/rss"
    ]


def test_at_most_twenty() -> None:
    assert len(found("".join(f"<a href='/{n}/rss'>x</a>" for n in range(90)))) == MOST == 20


def test_what_is_no_page_has_no_feeds() -> None:
    assert [discover(body, "", URL) for body in (b"", b"\0", b"{}", b"<!-- -->")] == [()] * 4


def test_a_page_built_to_hang_is_refused() -> None:
    with pytest.raises(FeedError, match="thousands of attributes"):
        found("<p " + " ".join(f'a{n}="{n}"' for n in range(9_000)) + ">")


def test_it_runs_in_a_worker() -> None:
    async def run() -> tuple[str, ...]:
        async with Workers(1, 20) as workers:
            return await workers.discover(b"<a href='/rss'>x</a>", "text/html", URL)

    assert anyio.run(run) == ("https://www.outlet.example/rss",)
