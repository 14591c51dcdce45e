"""One spelling for one article; never one spelling for two."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from feeds.urls import canonical, host_of, registered_domain

CASES = [
    ("HTTP://News.AM/eng/1.html", "http://news.am/eng/1.html"),
    ("https://news.am:443/a", "https://news.am/a"),
    ("http://news.am:80", "http://news.am/"),
    ("http://news.am:8080/a", "http://news.am:8080/a"),
    ("https://news.am./a", "https://news.am/a"),
    ("https://someone@news.am/a", "https://news.am/a"),
    ("  https://news.am/a\n", "https://news.am/a"),
    ("https://news.am/a#comments", "https://news.am/a"),
    ("https://news.am/#!/article/7", "https://news.am/#!/article/7"),
    ("https://news.am/a/./b/../c", "https://news.am/a/c"),
    ("https://news.am/../../a/..", "https://news.am/"),
    ("https://news.am//a///b/", "https://news.am/a/b/"),
    ("https://archive.example/https://a.b/c", "https://archive.example/https://a.b/c"),
    ("https://news.am/a%2fb%7e%41", "https://news.am/a%2Fb~A"),
    ("https://news.am/100%", "https://news.am/100%25"),
    ("https://news.am/a b", "https://news.am/a%20b"),
    (
        "https://ria.example/новости",
        "https://ria.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8",
    ),
    ("https://ria.example/%d0%b9", "https://ria.example/%D0%B9"),
    ("https://ria.example/и\u0306", "https://ria.example/%D0%B9"),
    ("https://ria.example/%D0%B8%CC%86", "https://ria.example/%D0%B9"),
    ("https://old.example/%e9%f6", "https://old.example/%E9%F6"),
    ("https://hetq.am/hy/լուր", "https://hetq.am/hy/%D5%AC%D5%B8%D6%82%D6%80"),
    ("https://президент.рф/a", "https://xn--d1abbgf6aiiy.xn--p1ai/a"),
    ("https://լուր.հայ/a", "https://xn--99ayyh.xn--y9a3aq/a"),
    ("https://XN--D1ABBGF6AIIY.xn--p1ai/a", "https://xn--d1abbgf6aiiy.xn--p1ai/a"),
    ("https://m.ria.ru/1.html", "https://ria.ru/1.html"),
    ("https://amp.news.example/1", "https://news.example/1"),
    ("https://m.am/1", "https://m.am/1"),
    ("https://m.co.uk/1", "https://m.co.uk/1"),
    ("https://news.am/a/amp", "https://news.am/a"),
    ("https://news.am/a/amp/", "https://news.am/a/"),
    ("https://news.am/a.amp.html", "https://news.am/a.html"),
    ("https://news.am/a?amp", "https://news.am/a"),
    ("https://news.am/a?amp=1&id=3", "https://news.am/a?id=3"),
    ("https://news.am/amp", "https://news.am/amp"),
    ("https://news.am/lamp", "https://news.am/lamp"),
    ("https://www.google.com/amp/s/news.am/a/amp/", "https://news.am/a/"),
    ("https://news-am.cdn.ampproject.org/c/s/news.am/a.html", "https://news.am/a.html"),
    ("https://news.am/a?utm_source=x&UTM_Medium=y", "https://news.am/a"),
    ("https://news.am/a?fbclid=1&yclid=2&ysclid=3&gclid=4&_openstat=5", "https://news.am/a"),
    ("https://news.am/a?at_medium=rss&rcmd_id=4&mc_cid=1", "https://news.am/a"),
    ("https://news.am/a?from=rss", "https://news.am/a"),
    ("https://news.am/a?from=2026-01-01", "https://news.am/a?from=2026-01-01"),
    ("https://news.am/a?ref=homepage", "https://news.am/a"),
    ("https://news.am/a?ref=117", "https://news.am/a?ref=117"),
    ("https://news.am/a?b=2&a=1&&b=1", "https://news.am/a?a=1&b=2&b=1"),
    ("https://news.am/a?q=x+y&e=%e9", "https://news.am/a?e=%E9&q=x+y"),
    ("https://news.am/a?", "https://news.am/a"),
    ("https://news.am/a;jsessionid=AB12?id=1", "https://news.am/a?id=1"),
    ("https://news.am/a?PHPSESSID=7&id=1", "https://news.am/a?id=1"),
    ("https://ria.ru/1.html?in=t", "https://ria.ru/1.html"),
    ("https://news.am/1?in=t", "https://news.am/1?in=t"),
    ("http://[::1]:80/a", "http://[::1]/a"),
    ("https://pda.news.example/1", "https://news.example/1"),
    ("https://news.am/a?outputType=amp&id=2", "https://news.am/a?id=2"),
    ("https://news.am/a?amp_js_v=0.1&usqp=mq331AQ", "https://news.am/a"),
    ("https://news.am/a?output=print", "https://news.am/a?output=print"),
    ("https://news.am/a?tg_rhash=9f&__twitter_impression=true", "https://news.am/a"),
    ("https://yandex.ru/turbo/wire.example/s/world/71", "https://wire.example/world/71"),
    ("https://wire-example.turbopages.org/wire.example/h/71", "http://wire.example/71"),
    ("https://x.turbopages.org/turbo/wire.example/s/7?id=1", "https://wire.example/7?id=1"),
    ("https://yandex.ru/turbo/", "https://yandex.ru/turbo/"),
    ("https://news.am/en/news/71", "https://news.am/en/news/71"),
    ("https://news.am/ru/news/71", "https://news.am/ru/news/71"),
    ("https://news.am/a?ocid=rss&xtor=AL-1&WT.mc_id=2", "https://news.am/a"),
]


@pytest.mark.parametrize(("given_url", "wanted"), CASES)
def test_spelling(given_url: str, wanted: str) -> None:
    assert canonical(given_url) == wanted
    assert canonical(wanted) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.am/a",
        "/a",
        "mailto:a@news.am",
        "javascript:alert(1)",
        "ftp://news.am/a",
        "file:///etc/hostname",
        "http://",
        "http:///a",
        "http://[::1",
        "http://news.am:port/",
        "http://news.am:70000/",
        "http://news..am/",
        "http://-/",
        "http://a b/",
        "http://" + "я" * 300 + "/",
        "tag:news.am,2026:1",
    ],
)
def test_what_is_not_a_web_address_is_none(url: str) -> None:
    assert canonical(url) is None


def test_relative_urls_are_resolved() -> None:
    base = "https://news.am/eng/feed.xml"
    assert canonical("1.html", base) == "https://news.am/eng/1.html"
    assert canonical("/1.html#top", base) == "https://news.am/1.html"
    assert canonical("//ru.news.am/1", base) == "https://ru.news.am/1"
    assert canonical("?id=4", base) == "https://news.am/eng/feed.xml?id=4"
    assert canonical("http://other.example/", base) == "http://other.example/"


@given(st.text(), st.none() | st.text())
@example("http://[", None)
@example("\ud800", "http://a.b/")
@example("http://a.b/\ud800", None)
def test_arbitrary_text_never_raises(url: str, base: str | None) -> None:
    result = canonical(url, base)
    host_of(url)
    registered_domain(url)
    assert result is None or result.isascii()


words = st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=8)
segments = words | st.sampled_from(
    ["amp", ".amp", "a.amp", "..", ".", "", "a:", "%2e", "%2E%2e", "%", "%C3", "%ff", "e%CC%81",
     ";jsessionid=1", "..;jsessionid=1", "a.amp.html", "\u0301", "\u037e", "google.com", "c", "s",
     "turbo", "h"]
)  # fmt: skip
paths = st.lists(segments, max_size=6).map(lambda parts: "/" + "/".join(parts))
hosts = st.sampled_from(
    [
        "news.am",
        "m.news.am",
        "m.m.news.am",
        "www.google.com",
        "x.cdn.ampproject.org",
        "yandex.ru",
        "x.turbopages.org",
        "м.рф",
        "ria.ru",
    ]
)
queries = st.lists(
    st.tuples(st.sampled_from(["id", "amp", "ref", "from", "utm_x", "in", "%69d", "я"]), segments),
    max_size=4,
).map(lambda pairs: "&".join("=".join(pair) for pair in pairs))


@given(hosts, paths, queries, segments)
@example("www.google.com", "/amp/s/www.google.com/amp/x.y/", "", "")
@example("news.am", "/a/amp.amp/", "", "!x")
@example("news.am", "/a.amp.html/amp", "", "")
@example("x.cdn.ampproject.org", "//a/0", "", "")
def test_canonical_is_idempotent(host: str, path: str, query: str, fragment: str) -> None:
    once = canonical(f"https://{host}{path}?{query}#{fragment}")
    assume(once is not None)
    assert once is not None
    assert canonical(once) == once


ids = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)


@given(st.sampled_from(["id", "news", "article", "p", "ref", "n"]), ids, ids)
@example("id", "7", "8")
def test_different_ids_are_different_articles(name: str, one: str, other: str) -> None:
    assume(one != other)
    if name == "ref":
        assume(one.isdecimal() and other.isdecimal())
    base = "https://news.am/news.php?lang=en&"
    assert canonical(f"{base}{name}={one}") != canonical(f"{base}{name}={other}")
    by_path = [canonical(f"https://news.am/news/x{key}.html") for key in (one, other)]
    assert by_path[0] != by_path[1]


def test_host_of() -> None:
    assert host_of("https://User@News.AM:8443/a") == "news.am"
    assert host_of("nothing") == ""
    assert host_of("http://[::1]:80/") == "::1"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("news.am", "news.am"),
        ("www.news.am", "news.am"),
        ("rus.azatutyun.am", "azatutyun.am"),
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("mineconomy.gov.am", "mineconomy.gov.am"),
        ("www.gov.am", "gov.am"),
        ("a.b.trend.az", "trend.az"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("EN.Kremlin.ru", "kremlin.ru"),
    ],
)
def test_registered_domain(host: str, domain: str) -> None:
    assert registered_domain(host) == domain
