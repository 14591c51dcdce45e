"""Sitemaps beyond the documents in quirks/: what is left out, and what time does to an index."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from archive.types import Feed
from feeds.errors import FeedError
from feeds.parse import parse
from feeds.sitemap import MOST_CHILDREN, MOST_URLS
from feeds.types import ParsedFeed

URL = "https://outlet.example/sitemap.xml"
FEED = Feed(id="f_map", url=URL, outlet="The Outlet", lang="en", form="sitemap")
NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)


def read(document: str | bytes, *, max_items: int = 1000, now: datetime | None = NOW) -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    return parse(body, "application/xml", URL, FEED, max_items, now)


def urlset(*rows: tuple[str, datetime | None]) -> str:
    urls = (
        f"<url><loc>/{path}</loc>{f'<lastmod>{when.isoformat()}</lastmod>' if when else ''}</url>"
        for path, when in rows
    )
    return f"<urlset>{''.join(urls)}</urlset>"


def index(*rows: tuple[str, datetime | None]) -> str:
    whole = urlset(*rows).replace("urlset", "sitemapindex")
    return whole.replace("<url>", "<sitemap>").replace("</url>", "</sitemap>")


def paths(feed: ParsedFeed) -> list[str]:
    return [entry.url.rpartition("/")[2] for entry in feed.entries]


def test_of_a_large_sitemap_the_latest_are_read() -> None:
    rows = [(str(n), NOW + timedelta(minutes=n)) for n in range(5_000)]
    assert paths(read(urlset(*rows))) == [str(n) for n in range(4_999, 4_999 - MOST_URLS, -1)]
    assert paths(read(urlset(*rows), max_items=3)) == ["4999", "4998", "4997"]


def test_undated_urls_of_a_large_sitemap_keep_their_order_behind_the_dated() -> None:
    rows = [("a", None), ("b", None), ("c", NOW), ("d", None)]
    assert paths(read(urlset(*rows), max_items=3)) == ["c", "a", "b"]


def test_a_small_sitemap_keeps_its_order() -> None:
    rows = [("a", NOW), ("b", None), ("c", NOW + timedelta(days=1))]
    assert paths(read(urlset(*rows))) == ["a", "b", "c"]


def test_an_edit_changes_the_fingerprint_and_not_the_date() -> None:
    one = read(urlset(("a", NOW))).entries[0]
    two = read(urlset(("a", NOW + timedelta(hours=1)))).entries[0]
    assert one.fingerprint != two.fingerprint
    assert (one.guid, one.published, one.date_flag) == (two.guid, None, "missing")


def test_children_are_those_of_the_last_two_days_or_undated() -> None:
    rows = [
        ("old.xml", NOW - timedelta(hours=49)),
        ("edge.xml", NOW - timedelta(hours=47)),
        ("undated.xml", None),
        ("ahead.xml", NOW + timedelta(days=400)),
    ]
    site = "https://outlet.example/"
    assert read(index(*rows)).children == (
        site + "ahead.xml",
        site + "edge.xml",
        site + "undated.xml",
    )
    later = NOW + timedelta(days=3)
    assert read(index(*rows), now=later).children == (site + "ahead.xml", site + "undated.xml")


def test_without_a_time_the_clocks_counts() -> None:
    just_now, long_ago = datetime.now(UTC) - timedelta(hours=1), datetime(2001, 1, 1, tzinfo=UTC)
    feed = read(index(("new.xml", just_now), ("old.xml", long_ago)), now=None)
    assert feed.children == ("https://outlet.example/new.xml",)


def test_an_index_has_few_children_and_no_entries() -> None:
    feed = read(index(*((f"{n}.xml", NOW) for n in range(500))))
    assert (len(feed.children), feed.entries) == (MOST_CHILDREN, ())


def test_children_are_no_other_schemes_and_not_the_index_itself() -> None:
    rows = ("sitemap.xml", "ftp://x.example/a", "javascript:x", "https://[", "")
    document = "".join(f"<sitemap><loc>{row}</loc></sitemap>" for row in rows)
    assert read(f"<sitemapindex>{document}</sitemapindex>").children == ()


def test_a_packed_sitemap_is_bounded() -> None:
    assert paths(read(gzip.compress(urlset(("a", NOW)).encode()))) == ["a"]
    with pytest.raises(FeedError, match="over 10 MB once unpacked"):
        read(gzip.compress(b"<urlset>" + b" " * 50_000_000))
    with pytest.raises(FeedError, match="broken gzip"):
        read(b"\x1f\x8b\x08\x00 and no more")


@pytest.mark.parametrize(
    "document", ["<urlset><url></urlset>", "<urlset", "<urlset><url><a></url>"]
)
def test_broken_xml_is_told(document: str) -> None:
    with pytest.raises(FeedError, match="broken XML") as caught:
        read(document)
    assert (caught.value.kind, "\n" in str(caught.value)) == ("broken", False)
