"""What is kept of an article besides its text, and entries that have to wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import anyio
import sqlalchemy as sa
from feeds_kit import NOW, Desk, Reply, Site, item
from test_feeds_collect import FACTS, page, prose

from archive import articles as article_store
from archive import captures as capture_store
from archive import entries as entry_store
from archive import pauses, tables
from archive.types import Article, Capture, Pause
from feeds import CollectReport, collect
from feeds.captures import Captures
from net import Door

LATER = NOW + timedelta(hours=1)


def collect_with(desk: Desk, captures: Captures, now: datetime = NOW) -> CollectReport:
    async def run() -> CollectReport:
        async with Door(desk.net) as door:
            return await collect(
                desk.archive,
                door,
                desk.settings,
                now,
                captures=captures,
            )

    return anyio.run(run)


def held(desk: Desk) -> list[Article]:
    with desk.archive.read() as connection:
        keys = connection.scalars(sa.select(tables.article.c.id)).all()
        return list(article_store.current(connection, keys).values())


def capture(desk: Desk, article: Article, version: int) -> Capture | None:
    with desk.archive.read() as connection:
        return capture_store.get(connection, article.id, version)


def test_each_version_keeps_the_page_that_it_was_read_from(
    desk: Desk, site: Site, tmp_path: Path
) -> None:
    captures = Captures(tmp_path / "captures", 10_000_000)
    site.feed("/rss", item("/a/1", "One"))
    site.pages["/a/1"] = page(prose(1))
    desk.subscribe("/rss")
    desk.poll()
    assert collect_with(desk, captures).new == 1
    site.feed("/rss", item("/a/1", "One, changed"))
    site.pages["/a/1"] = page(prose(2))
    desk.poll(LATER)
    assert collect_with(desk, captures, LATER).updated == 1
    [article] = held(desk)
    for version, words in ((1, b"that 1 soldiers"), (2, b"that 2 soldiers")):
        kept = capture(desk, article, version)
        assert kept is not None
        assert words in captures.read(kept)

    site.feed("/rss", item("/a/1", "One, changed", more="<description>x</description>"))
    desk.poll(LATER + timedelta(hours=1))
    collect_with(desk, captures, LATER + timedelta(hours=1))
    assert len(list((tmp_path / "captures").rglob("*.warc"))) == 2, (
        "the same text is not kept twice"
    )


def test_an_article_is_stored_though_its_page_cannot_be_kept(
    desk: Desk, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    site.feed("/rss", *(item(f"/a/{n}", f"Title {n}") for n in range(4)))
    for n in range(4):
        site.pages[f"/a/{n}"] = page(prose(n, FACTS[n:] + FACTS[:n]))
    desk.subscribe("/rss")
    desk.poll()
    report = collect_with(desk, Captures(tmp_path / "file", 10_000_000))
    assert (report.new, report.failed) == (4, 0)
    [line] = report.errors
    assert "cannot be kept" in line
    assert "\n" not in line


def test_a_paused_domain_is_waited_for_and_no_try_is_counted(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1"))
    site.pages["/a/1"] = page(prose(1))
    desk.subscribe("/rss")
    desk.poll()
    until = NOW + timedelta(hours=2)
    with desk.archive.write() as connection:
        pauses.put(connection, [Pause("127.0.0.1", until, "429 Too Many Requests")])
    report = desk.collect()
    assert (report.new, report.failed, report.errors) == (0, 0, ())
    assert "/a/1" not in site.asked
    with desk.archive.read() as connection:
        assert entry_store.due(connection, until - timedelta(minutes=1)) == []
        [due] = entry_store.due(connection, until)
    assert due.attempts == 0
    assert desk.collect(until).new == 1


def test_a_page_that_asks_for_a_pause_pauses_its_domain(desk: Desk, site: Site) -> None:
    site.feed("/rss", *(item(f"/a/{n}") for n in range(6)))
    for n in range(6):
        site.pages[f"/a/{n}"] = Reply(status=429, headers={"Retry-After": "3600"})
    desk.subscribe("/rss")
    desk.settings = desk.settings.model_copy(update={"parallel": 1})
    desk.poll()
    desk.collect()
    assert sum(path.startswith("/a/") for path in site.asked) == 1
    with desk.archive.read() as connection:
        [pause] = pauses.active(connection, NOW)
    assert pause.until == NOW + timedelta(hours=1)
    assert desk.collect(NOW + timedelta(minutes=50)).failed == 0
    assert sum(path.startswith("/a/") for path in site.asked) == 1


def test_what_a_publisher_reserves_is_kept_with_the_version(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1"))
    site.pages["/a/1"] = page(prose(1))
    site.pages["/a/1"].headers["tdm-reservation"] = "1"  # type: ignore[union-attr]
    desk.subscribe("/rss")
    desk.poll()
    desk.collect()
    [article] = held(desk)
    assert "tdm" in article.reservation


def test_dates_of_feed_and_page_that_disagree_are_marked(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1"))
    body = prose(1)
    site.pages["/a/1"] = Reply(
        '<html><head><meta property="article:published_time" content="2025-08-20T10:00:00Z">'
        f"</head><body><article>{body}</article></body></html>"
    )
    desk.subscribe("/rss")
    desk.poll()
    desk.collect()
    [article] = held(desk)
    assert article.date_flag == "disputed"
    assert article.published == NOW - timedelta(hours=7), "the feed's counts"
    assert article.first_seen == NOW
