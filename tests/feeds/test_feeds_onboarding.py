"""Onboarding: what a probe checks, and how a home page leads to its feeds."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest
from feeds_kit import NOW, Desk, Reply, Site, item, rss

from archive import ids
from archive.types import Feed, Selectors
from feeds import FeedError, Onboarding, Probe, onboard, outage_of, probe_all
from feeds.onboarding import MOST
from net import Door

RUSSIAN = "Совет обсудил поставки зерна и новый порядок проверки грузов на границе"
ENGLISH = "The council discussed grain deliveries and the checks at the border"


def check(desk: Desk, path: str, lang: str = "und") -> Onboarding:
    async def run() -> Onboarding:
        async with Door(desk.net) as door:
            url = desk.site.url + path
            return await onboard(desk.archive, door, desk.settings, url, NOW, lang)

    return anyio.run(run)


def serve(site: Site, path: str, title: str = ENGLISH, days: int = 1) -> None:
    date = f"{NOW - timedelta(days=days):%a, %d %b %Y %H:%M:%S} +0000"
    items = [item(f"/a{n}", f"{title} {n}", date) for n in range(3)]
    site.pages[path] = Reply(rss(*items), "application/rss+xml")


def failed(probe: Probe) -> dict[str, str]:
    return {one.what: one.line for one in probe.checks if not one.ok}


def test_a_good_feed_passes_every_check(desk: Desk, site: Site) -> None:
    serve(site, "/rss", RUSSIAN)
    done = check(desk, "/rss", "ru")
    assert done.fit == (done.probe,)
    assert [one.what for one in done.probe.checks] == [
        *("answers", "is a feed", "has entries", "is fresh", "language")
    ]
    assert (done.probe.items, done.probe.feed.lang) == (3, "ru")
    assert done.probe.feed.outlet == "Test outlet"


def test_the_language_is_found_when_none_is_expected(desk: Desk, site: Site) -> None:
    serve(site, "/rss", RUSSIAN)
    done = check(desk, "/rss")
    assert done.fit
    assert done.probe.feed.lang == "ru"


def test_another_language_fails_with_its_remedy(desk: Desk, site: Site) -> None:
    serve(site, "/rss", ENGLISH)
    done = check(desk, "/rss", "hy")
    assert not done.fit
    (bad,) = [one for one in done.probe.checks if not one.ok]
    assert (bad.what, bad.line) == ("language", "en, where hy was expected")
    assert bad.remedy


@pytest.mark.parametrize(
    ("reply", "what", "words"),
    [
        (Reply("no", status=404), "answers", "404 Not Found"),
        (Reply("no", status=403), "answers", "403 Forbidden"),
        (Reply("", "application/rss+xml"), "is a feed", "empty"),
        (Reply(rss(), "application/rss+xml"), "has entries", "names none"),
        (Reply('{"error": "no such feed"}', "application/json"), "is a feed", ""),
        (Reply("<html><title>Just a moment...</title><body>x</body></html>"), "is a feed", ""),
    ],
)
def test_what_is_no_living_feed_fails(
    desk: Desk, site: Site, reply: Reply, what: str, words: str
) -> None:
    site.pages["/rss"] = reply
    done = check(desk, "/rss")
    assert not done.fit
    assert words in failed(done.probe)[what]
    assert all(one.remedy for one in done.probe.checks if not one.ok)


@pytest.mark.parametrize(("days", "words"), [(31, "31 days old"), (-2, "in the future")])
def test_old_and_future_entries_fail(desk: Desk, site: Site, days: int, words: str) -> None:
    serve(site, "/rss", days=days)
    assert words in failed(check(desk, "/rss").probe)["is fresh"]


def test_a_feed_without_dates_fails(desk: Desk, site: Site) -> None:
    site.feed("/rss", *[item(f"/a{n}", ENGLISH, date="") for n in range(3)])
    assert "no entry has a date" in failed(check(desk, "/rss").probe)["is fresh"]


def test_what_is_no_address_is_said_in_one_line(desk: Desk) -> None:
    async def run() -> None:
        async with Door(desk.net) as door:
            await onboard(desk.archive, door, desk.settings, "news.example", NOW)

    with pytest.raises(FeedError, match="write it in full"):
        anyio.run(run)


def test_a_home_page_leads_to_the_feeds_it_declares(desk: Desk, site: Site) -> None:
    site.pages["/"] = Reply(
        '<html><head><link rel="alternate" type="application/rss+xml" href="/ru.xml">'
        '<link rel="alternate" type="application/rss+xml" href="/old.xml"></head>'
        "<body><p>News</p></body></html>"
    )
    serve(site, "/ru.xml", RUSSIAN)
    serve(site, "/old.xml", days=400)
    done = check(desk, "/")
    assert "is a feed" in failed(done.probe)
    assert [(p.feed.url, p.ok) for p in done.found] == [
        (site.url + "/ru.xml", True),
        (site.url + "/old.xml", False),
    ]
    assert [p.feed.url for p in done.fit] == [site.url + "/ru.xml"]
    assert "/rss.xml" not in site.asked, "the usual places are not tried when a feed is declared"


def test_the_usual_places_are_tried_when_nothing_is_declared(desk: Desk, site: Site) -> None:
    site.pages["/"] = Reply("<html><body><p>News</p></body></html>")
    serve(site, "/rss.xml")
    done = check(desk, "/")
    assert [p.feed.url for p in done.fit] == [site.url + "/rss.xml"]
    assert {"/feed/", "/rss", "/rss.xml"} <= set(site.asked)


def test_at_last_the_sitemaps_of_robots_txt_are_tried(desk: Desk, site: Site) -> None:
    site.pages["/"] = Reply("<html><body><p>News</p></body></html>")
    site.pages["/robots.txt"] = Reply(
        f"User-agent: *\nDisallow: /pages.xml\nSitemap: {site.url}/pages.xml\n"
        f"Sitemap: {site.url}/news-map.xml\nSitemap: https://elsewhere.example/map.xml\n",
        "text/plain",
    )
    site.pages["/news-map.xml"] = Reply(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        f"<loc>{site.url}/n/1</loc><news:news><news:title>{ENGLISH}</news:title>"
        f"<news:publication_date>{NOW.isoformat()}</news:publication_date></news:news>"
        "</url></urlset>",
        "application/xml",
    )
    done = check(desk, "/")
    assert [(p.feed.url, p.feed.form) for p in done.fit] == [
        (site.url + "/news-map.xml", "sitemap")
    ]
    assert "/pages.xml" not in site.asked, "robots.txt forbids it"


NEWS_MAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{0}/n/1</loc>'
    "<news:news><news:title>" + ENGLISH + "</news:title><news:publication_date>{1}"
    "</news:publication_date></news:news></url></urlset>"
)
INDEX = (
    '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap>'
    "<loc>{0}/news-map.xml</loc><lastmod>{1}</lastmod></sitemap></sitemapindex>"
)


def test_a_sitemap_is_probed_as_one(desk: Desk, site: Site) -> None:
    texts = (("/news-map.xml", NEWS_MAP), ("/index.xml", INDEX), ("/old.xml", NEWS_MAP))
    for path, text in texts:
        date = NOW - timedelta(days=90 if path == "/old.xml" else 0)
        site.pages[path] = Reply(text.format(site.url, date.isoformat()), "application/xml")
    for path in ("/news-map.xml", "/index.xml"):
        (fit,) = check(desk, path).fit
        assert (fit.feed.url, fit.feed.form, fit.items) == (site.url + path, "sitemap", 1)
    assert "90 days old" in failed(check(desk, "/old.xml").probe)["is fresh"]
    site.pages["/news-map.xml"] = Reply("no", status=404)
    done = check(desk, "/index.xml")
    assert "a sitemap that answers 404 Not Found" in failed(done.probe)["is a feed"]
    site.pages["/news-map.xml"] = Reply("<html><body>Welcome</body></html>")
    site.asked.clear()
    assert "is a feed" in failed(check(desk, "/index.xml").probe)
    assert set(site.asked) <= {"/robots.txt", "/index.xml", "/news-map.xml"}, "no feeds are guessed"


def test_a_watched_feed_that_has_become_a_sitemap_fails_with_one_remedy(
    desk: Desk, site: Site
) -> None:
    site.pages["/rss"] = Reply(NEWS_MAP.format(site.url, NOW.isoformat()), "application/xml")

    async def run() -> tuple[Probe, ...]:
        async with Door(desk.net) as door:
            feed = Feed("f1", site.url + "/rss", "One", "en")
            return await probe_all(desk.archive, door, desk.settings, [feed], NOW)

    (bad,) = [one for one in anyio.run(run)[0].checks if not one.ok]
    assert bad.line == "answered with a sitemap, not a feed"
    assert 'set form = "sitemap"' in bad.remedy
    assert "browser" not in bad.remedy


@pytest.mark.parametrize(
    ("body", "line", "remedy"),
    [
        ("", "empty document", "look at the address in a browser"),
        ("<title>Just a moment...</title>", "captcha", "ask the outlet for access"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><rss/>', "its own DTD", "ask the outlet to drop it"),
    ],
)
def test_what_is_wrong_with_a_document_has_one_remedy(
    desk: Desk, site: Site, body: str, line: str, remedy: str
) -> None:
    site.pages["/rss"] = Reply(body, "application/rss+xml")
    (bad,) = [one for one in check(desk, "/rss").probe.checks if not one.ok]
    assert line in bad.line
    assert bad.remedy.startswith(remedy)
    assert ";" not in bad.line + bad.remedy


@pytest.mark.parametrize(
    ("status", "offered", "words"),
    [(301, "/new", "has moved for good to"), (302, "/old", "redirected for now to")],
)
def test_a_redirect_is_told_and_a_lasting_one_offered(
    desk: Desk, site: Site, status: int, offered: str, words: str
) -> None:
    site.pages["/old"] = Reply(status=status, headers={"Location": "/new"})
    serve(site, "/new")
    (fit,) = check(desk, "/old").fit
    assert fit.feed.url == site.url + offered
    assert fit.feed.id == ids.feed_id(fit.feed.url)
    assert fit.checks[0].line == f"200 OK, {words} {site.url}/new"


def test_most_feeds_that_nobody_answers_for_are_our_own_network() -> None:
    feed = Feed("f1", "https://a.example/rss", "One", "en")
    away, here = Probe(feed, (), is_away=True), Probe(feed, ())
    assert outage_of([away] * 3 + [here] * 2).startswith("3 of 5 could not be reached: this")
    assert outage_of([away] * 3 + [here] * 3) == ""
    assert outage_of([away] * 4) == ""


def test_a_page_that_names_hundreds_of_feeds_costs_few_requests(desk: Desk, site: Site) -> None:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="/t{n}.xml">' for n in range(500)
    )
    site.pages["/"] = Reply(f"<html><head>{links}</head><body><p>News</p></body></html>")
    done = check(desk, "/")
    assert not done.fit
    assert sum(path.startswith("/t") for path in site.asked) == MOST


def test_the_watched_feeds_are_probed_by_their_own_form(desk: Desk, site: Site) -> None:
    serve(site, "/rss", RUSSIAN)
    site.pages["/news"] = Reply(
        "<html><body><div class=n><a href='/n/1'>" + ENGLISH + "</a></div></body></html>"
    )
    feeds = [
        Feed("f1", site.url + "/rss", "One", "ru"),
        Feed("f2", site.url + "/news", "Two", "en", form="listing", selectors=Selectors("div.n a")),
        Feed("f3", site.url + "/gone", "Three", "en"),
    ]
    seen: list[tuple[int, int]] = []

    async def run() -> tuple[Probe, ...]:
        async with Door(desk.net) as door:
            return await probe_all(
                desk.archive, door, desk.settings, feeds, NOW, lambda *at: seen.append(at)
            )

    probes = anyio.run(run)
    assert [(p.feed.id, p.ok) for p in probes] == [("f1", True), ("f2", True), ("f3", False)]
    assert seen[-1] == (3, 3)
    assert (probes[0].feed.outlet, probes[1].feed.outlet) == ("One", "Two")
