"""One article stays one, whatever becomes of its URL, title, guid and page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from feeds_kit import NOW, Desk, Reply, Site, item, rss

from archive import aliases, feed_days, tables
from archive import articles as article_store
from archive.types import Article, FeedDay
from feeds.identity import MANY_VERSIONS, alias_of, is_edit, spellings

HOUR = timedelta(hours=1)
BODY = (
    "The ministry in Yerevan said on Monday that nobody would travel to the exercises.",
    "A letter to that effect reached the joint staff in the morning of the second day.",
    "Deputies of the ruling party said that the decision had surprised nobody at all.",
    "The opposition asked for a closed hearing, which the speaker promised for the autumn.",
)
URL = "https://news.example/politics/base-handed-over-81234"


def page(*paragraphs: str, canonical: str = "", title: str = "A title") -> Reply:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    body = "".join(f"<p>{one}</p>" for one in paragraphs or BODY)
    return Reply(
        f"<html><head><title>{title}</title>{link}</head>"
        f"<body><article>{body}</article></body></html>"
    )


def held(desk: Desk) -> list[Article]:
    with desk.archive.read() as connection:
        keys = connection.scalars(sa.select(tables.article.c.id)).all()
        return list(article_store.current(connection, keys).values())


def versions(desk: Desk) -> int:
    with desk.archive.read() as connection:
        statement = sa.select(sa.func.count()).select_from(tables.article_version)
        return int(connection.scalar(statement) or 0)


def other_urls(desk: Desk, article: Article) -> set[str]:
    with desk.archive.read() as connection:
        found = aliases.of(connection, article.id)
    return {url.removeprefix(desk.site.url) for url in found}


def guided(path: str, guid: str, title: str = "A title", more: str = "") -> str:
    return item(path, title, more=more).replace(f"<guid>{path}</guid>", f"<guid>{guid}</guid>")


@pytest.mark.parametrize(
    "said",
    [
        "https://news.example/base-handed-over-81234",
        "http://www.news.example/politics/base-handed-over-81234",
        "https://news.example/2026/03/base-handed-over-81234.html",
        "https://news.example/?p=81234",
        "https://news.example/news.php?id=81234&page=2",
        "https://m.news.example/politics/other-words-81234",
        "https://beta.news.example/politics/81234",
    ],
)
def test_another_address_of_a_page_is_an_alias(said: str) -> None:
    assert alias_of(URL, said) is not None


@pytest.mark.parametrize(
    "said",
    [
        "",
        URL,
        f"{URL}?utm_source=rss#top",
        "https://other.example/politics/base-handed-over-81234",
        "https://news.example.evil.example/politics/base-handed-over-81234",
        "https://news.example/",
        "https://news.example",
        "https://news.example/en/",
        "https://news.example/index.php",
        "https://news.example/politics/",
        "https://news.example/politics/another-base-closed-81235",
        "https://news.example/ru/politics/base-handed-over-81234",
        "https://en.news.example/politics/base-handed-over-81234",
        "https://news.example/politics/base-handed-over-81234?lang=hy",
        "javascript:alert(81234)",
        "https://news.example/81234/" + "x" * 3000,
    ],
)
def test_what_may_be_another_page_is_none(said: str) -> None:
    assert alias_of(URL, said) is None


def test_years_and_days_in_a_path_name_no_article() -> None:
    one = "https://news.example/2026/03/01/grapes"
    assert alias_of(one, "https://news.example/2026/03/01/lambs") is None
    assert alias_of(one, "https://news.example/20260301/lambs") is None
    assert alias_of("https://news.example/20260301/x", "https://news.example/20260301/y") is None


def test_spellings_of_one_page() -> None:
    found = spellings("http://www.news.example/a/b")
    assert found[0] == "http://www.news.example/a/b"
    assert {"https://news.example/a/b", "https://news.example/a/b/"} < set(found)
    assert len(found) == len(set(found)) == 8
    assert len(spellings("https://news.example/news.php?id=7")) == 4
    assert set(spellings("https://news.example/")) == {
        f"{scheme}://{host}/"
        for scheme in ("http", "https")
        for host in ("news.example", "www.news.example")
    }


TEXT = "\n".join(BODY * 3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\nLast updated: 14:35, 1 September 2026"),
        ("Last updated: 14:35\n", "Last updated: 15:10\n"),
        ("\nViews: 1204", "\nViews: 1377"),
        ("\nПрочитано 1 204 раза", "\nПрочитано 1 391 раз"),
        ("\nԴիտումներ՝ 87", "\nԴիտումներ՝ 103"),
        ("\nGrapes ripen late this year", "\nSnow on the pass\nA bridge is mended"),
        ("", "\n\n  "),
    ],
)
def test_what_moves_around_a_text_is_no_edit(before: str, after: str) -> None:
    assert not is_edit("Title", f"{before}\n{TEXT}", "Title", f"{after}\n{TEXT}")
    spaced = TEXT.replace(" ", "\u00a0 ")
    assert not is_edit("Title", f"{TEXT}\n{before}", "Title ", f"{spaced}\n{after}")


@pytest.mark.parametrize(
    "after",
    [
        TEXT.replace("nobody would", "38 would", 1),
        TEXT.replace("second day", "2nd day", 1),
        f"{TEXT}\nThe letter was withdrawn.",
        f"{TEXT}\nНамет опровергли.",
        "\n".join(BODY),
        "\n".join(reversed(BODY)) + "\nA new sentence that has no end " + "and goes on " * 5,
        TEXT + "".join(f"\n- {n} drones over the lake, then silence" for n in range(9)),
        "",
    ],
)
def test_a_changed_sentence_or_much_else_is_an_edit(after: str) -> None:
    assert is_edit("Title", TEXT, "Title", after)
    assert is_edit("Title", after, "Title", TEXT)


def test_a_changed_title_is_an_edit() -> None:
    assert is_edit("38 detained", TEXT, "40 detained", TEXT)


def test_a_known_guid_with_a_new_slug_and_title_is_a_version(desk: Desk, site: Site) -> None:
    site.feed("/rss", guided("/a/guards-to-leave", "7", "Guards to leave"))
    site.pages["/a/guards-to-leave"] = page()
    desk.subscribe("/rss")
    desk.poll()
    assert desk.collect().new == 1
    site.feed("/rss", guided("/a/last-ones-gone", "7", "The last ones have gone"))
    site.pages["/a/last-ones-gone"] = page(*BODY, "They left before dawn.")
    desk.poll(NOW + HOUR)
    report = desk.collect(NOW + HOUR)
    assert (report.new, report.updated, report.failed) == (0, 1, 0)
    [article] = held(desk)
    assert (article.url, article.version) == (f"{site.url}/a/guards-to-leave", 2)
    assert (article.title, article.first_seen) == ("The last ones have gone", NOW)
    assert other_urls(desk, article) == {"/a/last-ones-gone"}

    site.feed("/other", item("/a/last-ones-gone", "Named elsewhere"))
    desk.subscribe("/other")
    desk.poll(NOW + 2 * HOUR)
    asked = len(site.asked)
    assert desk.collect(NOW + 2 * HOUR).new == 0
    assert len(site.asked) == asked, "a known alias is not fetched again"


def test_new_guids_of_a_site_that_moved_make_no_articles(desk: Desk, site: Site) -> None:
    paths = [f"/a/{n}" for n in range(5)]
    site.feed("/rss", *(guided(path, f"old{path}", f"Title {path}") for path in paths))
    for n, path in enumerate(paths):
        site.pages[path] = page(*(f"Matter {n}: {one}" for one in BODY))
    desk.subscribe("/rss")
    desk.poll()
    assert desk.collect().new == 5
    site.feed("/rss", *(guided(path, f"new{path}", f"Title {path}") for path in paths))
    desk.poll(NOW + HOUR)
    report = desk.collect(NOW + HOUR)
    assert (report.new, report.updated, report.failed) == (0, 0, 0)
    assert (len(held(desk)), versions(desk)) == (5, 5)


def test_two_feeds_that_name_one_page_differently_have_one_article(desk: Desk, site: Site) -> None:
    own = f"{site.url}/base-handed-over-81234"
    site.feed("/rss", item("/short/81234"))
    site.feed("/also", item("/base-handed-over-81234/"))
    site.feed("/third", item("/news.php?id=81234"))
    site.pages["/short/81234"] = Reply(status=302, headers={"Location": own})
    for path in ("/base-handed-over-81234", "/base-handed-over-81234/"):
        site.pages[path] = page(canonical=own)
    site.pages["/news.php?id=81234"] = page(canonical=own)
    desk.subscribe("/rss", "/also", "/third")
    for n in range(3):
        desk.poll(NOW + n * HOUR)
        assert desk.collect(NOW + n * HOUR).errors == ()
    [article] = held(desk)
    assert article.version == 1
    everything = {"/short/81234", "/base-handed-over-81234", "/base-handed-over-81234/"}
    everything.add("/news.php?id=81234")
    assert other_urls(desk, article) | {article.url.removeprefix(site.url)} == everything


def test_pages_that_lie_about_their_address_stay_apart(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/grapes-ripen-late-70001"), item("/a/lambs-are-counted-70002"))
    home = f"{site.url}/"
    site.pages["/a/grapes-ripen-late-70001"] = page(canonical=home)
    wrong = f"{site.url}/a/grapes-ripen-late-70001"
    site.pages["/a/lambs-are-counted-70002"] = page(*BODY[::-1], canonical=wrong)
    desk.subscribe("/rss")
    desk.poll()
    assert desk.collect().new == 2
    assert [other_urls(desk, one) for one in held(desk)] == [set(), set()]


def test_a_page_that_never_rests_has_one_version_a_day(desk: Desk, site: Site) -> None:
    desk.subscribe("/rss")
    now = NOW
    for n in range(MANY_VERSIONS + 3):
        now = NOW + n * HOUR
        site.feed("/rss", item("/a/1", f"Live, part {n}"))
        site.pages["/a/1"] = page(*BODY, f"Part {n} has begun.")
        desk.poll(now, everything=True)
        desk.collect(now)
    assert versions(desk) == MANY_VERSIONS
    asked = site.asked.count("/a/1")
    assert asked == MANY_VERSIONS, "and is not asked in between"
    report = desk.collect(now + timedelta(days=1))
    assert (report.updated, report.failed, versions(desk)) == (1, 0, MANY_VERSIONS + 1)
    [article] = held(desk)
    assert article.title == f"Live, part {MANY_VERSIONS + 2}", "the last state is not lost"


def test_counters_on_a_page_make_no_versions(desk: Desk, site: Site) -> None:
    desk.subscribe("/rss")
    for n in range(3):
        teaser = f"<description>Read {n} times</description>"
        site.feed("/rss", item("/a/1", "Same", more=teaser))
        site.pages["/a/1"] = page(*BODY * 2, f"Readers so far: {n * 37}")
        desk.poll(NOW + n * HOUR, everything=True)
        desk.collect(NOW + n * HOUR)
    assert site.asked.count("/a/1") == 3
    assert versions(desk) == 1


def test_each_days_articles_are_counted_for_their_feed(desk: Desk, site: Site) -> None:
    russian = "Министерство сообщило, что военные не поедут на учения в Киргизии. "
    site.pages["/a/1"] = page()
    site.pages["/a/2"] = page(russian * 5)
    site.pages["/a/3"] = page(BODY[0], BODY[1])
    site.pages["/rss"] = Reply(
        rss(
            item("/a/1", "One"),
            item("/a/2", "Two", date="Fri, 31 Dec 9999 00:00:00 GMT"),
            item("/a/3", "Three"),
        ),
        "application/rss+xml",
    )
    desk.subscribe("/rss")
    desk.poll()
    assert desk.collect().new == 3
    with desk.archive.read() as connection:
        [day] = feed_days.since(connection, NOW.date())
    said = replace(FeedDay(day.feed_id, NOW.date()), articles=3, short=1, foreign_lang=1)
    assert replace(day, polls=0, new=0, characters=0, bad_dates=0) == said
    assert day.bad_dates == 1
    assert day.characters == sum(len(one.text) for one in held(desk))
