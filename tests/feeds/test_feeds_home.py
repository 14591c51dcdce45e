"""The home page of an outlet whose feed may be silent: what it tells, and how it is asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from feeds_kit import Reply, Site
from home_kit import HOUR, NOW, STEP, Watch, front, numbered

from archive import feed_days
from feeds import looks
from feeds.home_page import home_of, links, shape_of


def test_a_frozen_feed_is_told_when_its_home_page_goes_on(watch: Watch, site: Site) -> None:
    lacked = numbered(site.url, 10, 11)  # on the page from the first look on: nobody knows why
    site.pages["/"] = front(*watch.named, *lacked)
    assert watch.cycle(NOW) == []
    new = numbered(site.url, 20, 21, 22, 23, 24)
    site.pages["/"] = front(*new[:4], *watch.named, *lacked)
    assert watch.cycle(NOW + STEP) == [], "the page may be ahead of the feed"
    site.pages["/"] = front(*new, *watch.named)
    assert watch.cycle(NOW + 2 * STEP) == [
        "silent: its home page has 4 new articles since 2026-03-04 12:00 UTC that the feed lacks"
    ]


def test_what_the_feed_names_after_all_is_not_lacking(watch: Watch, site: Site) -> None:
    new = numbered(site.url, 20, 21, 22)
    for n, page in enumerate(([], new, new)):
        site.pages["/"] = front(*page, *watch.named)
        if n == 2:
            watch.names(*new)
        assert watch.cycle(NOW + n * STEP) == []


def test_new_articles_under_old_dates_are_told(watch: Watch, site: Site) -> None:
    site.pages["/"] = front(*watch.named)
    watch.cycle(NOW)
    new = numbered(site.url, 20, 21, 22)
    watch.names(*new)
    site.pages["/"] = front(*new, *watch.named)
    watch.asked(NOW + STEP, changed=NOW + STEP)
    watch.look(NOW + STEP)
    (told,) = watch.judged(NOW + STEP)
    assert told.startswith("bad dates: new articles since 2026-03-04 12:00 UTC on its home page")


def test_a_quiet_page_excuses_a_quiet_feed_for_a_while(watch: Watch, site: Site) -> None:
    late = NOW + 10 * HOUR
    watch.asked(late)
    assert watch.judged(late)[0].startswith("silent: nothing new since"), "by counting alone"
    site.pages["/"] = front(*watch.named)
    for n in range(4):
        watch.cycle(NOW + 3 * n * HOUR)
    assert watch.cycle(late) == []
    much_later = late + 16 * HOUR
    with watch.desk.archive.write() as connection:
        feed_days.count(connection, "f0", much_later.date(), polls=9, new=96)
    assert watch.cycle(much_later)[0].startswith("silent: nothing new since")


@pytest.mark.parametrize(
    "page",
    [
        Reply("no", status=403),
        Reply("%PDF", "application/pdf"),
        Reply("<p>Loading</p><script src=/app.js></script>"),
        Reply("<a " + " ".join(f"a{n}=1" for n in range(30_000)) + ">x</a>"),
        Reply("", status=302, headers={"Location": "http://10.0.0.1/"}),
    ],
    ids=["forbidden", "no page", "script", "hostile", "elsewhere"],
)
def test_a_page_of_no_use_costs_but_the_look(watch: Watch, site: Site, page: Reply) -> None:
    site.pages["/"] = page
    assert watch.cycle(NOW) == []
    seen = watch.remembered()
    assert seen is not None
    assert (seen.looks, seen.tried) == (0, NOW)
    watch.asked(NOW + 10 * HOUR)
    assert watch.judged(NOW + 10 * HOUR)[0].startswith("silent"), "counting goes on"


def test_robots_txt_is_kept_to(watch: Watch, site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /", "text/plain")
    watch.look(NOW)
    assert "/" not in site.asked
    seen = watch.remembered()
    assert seen is not None
    assert seen.looks == 0


def test_one_page_a_look_and_no_look_too_soon(watch: Watch, site: Site) -> None:
    site.pages["/"] = front(*watch.named)
    second = Watch(watch.desk, "/other")  # another feed of the same outlet
    assert watch.look(NOW) == 1
    for soon in (1, 14):
        watch.asked(NOW + timedelta(minutes=soon))
        assert watch.look(NOW + timedelta(minutes=soon)) == 0
    assert watch.look(NOW + HOUR) == 1, "a feed that has been asked since"
    assert second.remembered() is not None
    assert site.asked.count("/") == 2
    assert watch.look(NOW + 2 * HOUR) == 0, "no feed has been asked since"


def test_a_page_waits_its_turn(watch: Watch, site: Site) -> None:
    site.pages["/"] = front(*watch.named)
    watch.desk.settings = watch.desk.settings.model_copy(update={"page_spacing": 0.3})
    began = time.monotonic()
    watch.look(NOW)
    assert time.monotonic() - began > 0.3, "robots.txt was asked just before"


def test_looks_are_forgotten_when_something_new_comes(watch: Watch, site: Site) -> None:
    site.pages["/"] = front(*watch.named)
    watch.look(NOW)
    assert watch.remembered() is not None
    watch.asked(NOW + STEP, changed=NOW + STEP, newest=NOW + STEP)
    assert watch.look(NOW + STEP) == 0
    assert watch.remembered() is None


def test_a_well_feed_costs_no_page(watch: Watch, site: Site) -> None:
    watch.asked(NOW, changed=NOW - HOUR, newest=NOW - HOUR)
    assert watch.look(NOW) == 0
    assert site.asked == []


@pytest.mark.parametrize(
    ("named", "fits", "others"),
    [
        (
            [f"https://a.example/news/{2000 + n}/long-title-of-it" for n in range(8)],
            "https://www.a.example/news/3001/another-title",
            (
                "https://b.example/news/3001/another-title",
                "https://a.example/news/page/three-title",
            ),
        ),
        (
            [f"https://a.example/read.php?id={2000 + n}" for n in range(8)],
            "https://a.example/read.php?id=3000",
            ("https://a.example/read.php", "https://a.example/read.php?tag=3000"),
        ),
        (
            [f"https://a.example/{word}-of-the-day-before" for word in "abcdefgh"],
            "https://a.example/something-else-of-today",
            ("https://a.example/about", "https://a.example/tag/something-else-of-today"),
        ),
    ],
)
def test_an_articles_shape(named: Sequence[str], fits: str, others: Sequence[str]) -> None:
    shape = shape_of(named)
    assert shape is not None
    assert shape.fits(fits)
    assert not any(shape.fits(url) for url in others)


def test_where_the_home_page_is() -> None:
    named = [f"https://www.a.example/hy/news/{n}" for n in range(6)]
    assert home_of(named) == "https://www.a.example/hy/"
    assert home_of([*named, "https://www.a.example/ru/news/7"]) == "https://www.a.example/"
    assert shape_of(named[:4]) is None, "too few to tell"


def test_links_are_canonical_and_of_the_page_s_own_site() -> None:
    body = (
        b'<base href="https://a.example/x/"><a href="../n/1?utm_source=f">a</a>'
        b'<a href="/n/1#c">b</a><a href="https://b.example/n/2">c</a>'
        b'<a href="javascript:x()">d</a><a href="http://[">e</a>'
    )
    assert links(body, "text/html", "https://a.example/") == ("https://a.example/n/1",)


def test_a_page_of_too_many_links_is_of_no_use() -> None:
    many = [f"https://a.example/n/{n}" for n in range(looks.MOST_LINKS + 1)]
    assert looks.seen(None, "f", many, set(), NOW).looks == 0
    first = looks.seen(None, "f", many[:100], set(), NOW)
    crowded = replace(first, looks=2)
    later = looks.seen(crowded, "f", many[100:300], set(), NOW + HOUR)
    assert len(later.fresh) <= looks.MOST_FRESH
