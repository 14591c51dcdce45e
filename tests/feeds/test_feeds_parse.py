from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest
from feeds_kit import item, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.types import Feed, Selectors
from feeds.discovery import discover
from feeds.errors import FeedError
from feeds.parse import parse
from feeds.repair import prepare
from feeds.types import ParsedFeed

BASE = "https://news.example/feeds/main.xml"
FEED = Feed(id="f_test", url=BASE, outlet="Test outlet", lang="en")
LONG = "<p>" + "The ministry said that the exercise would go ahead as planned. " * 25 + "</p>"


def read(document: str | bytes, content_type: str = "application/xml") -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    return parse(body, content_type, BASE, FEED)


def test_rss() -> None:
    feed = read(
        rss("<ttl>30</ttl>", item("https://news.example/a?utm_source=rss", "A &amp;amp; B"))
    )
    (entry,) = feed.entries
    assert (feed.title, feed.ttl) == ("Test outlet", 30)
    assert entry.title == "A & B"
    assert entry.url == "https://news.example/a"
    assert entry.raw_url == "https://news.example/a?utm_source=rss"
    assert entry.guid == "https://news.example/a?utm_source=rss"
    assert entry.published is not None
    assert entry.published.hour == 5
    assert (entry.date_flag, entry.content) == ("ok", None)


def test_atom() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/news/"><title>Atom</title><entry>'
        '<id>tag:x,1</id><title type="html">&lt;b&gt;Bold&lt;/b&gt; claim</title>'
        '<link rel="self" href="self"/><link rel="alternate" href="42.html"/>'
        "<author><name>A. Writer</name></author><updated>2025-09-01T10:00:00Z</updated>"
        f'<content type="html">{LONG.replace("<", "&lt;")}</content></entry></feed>'
    )
    (entry,) = feed.entries
    assert (entry.guid, entry.url) == ("tag:x,1", "https://news.example/news/42.html")
    assert (entry.title, entry.author) == ("Bold claim", "A. Writer")
    assert entry.published is not None
    assert entry.content == LONG


def test_rdf() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="x"><title>RDF</title></channel><item rdf:about="https://n.example/1">'
        "<title>One</title><link>https://n.example/1</link><dc:date>2025-09-01T10:00:00+04:00"
        "</dc:date></item></rdf:RDF>"
    )
    assert [e.published_raw for e in feed.entries] == ["2025-09-01T10:00:00+04:00"]


def test_json_feed() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON",
        "items": [
            {
                "id": 7,
                "url": "/a/7",
                "title": "Seven &amp; eight \ud800",
                "content_html": LONG,
                "date_published": "2025-09-01T10:00:00+04:00",
                "authors": [{"name": "A"}, {"name": "B"}],
            },
            {"id": "8", "external_url": "https://else.example/8", "content_text": "Short."},
            {"id": "9", "title": "links nowhere"},
            "not an item",
        ],
    }
    first, second = read(json.dumps(document), "application/feed+json").entries
    assert (first.guid, first.url) == ("7", "https://news.example/a/7")
    assert (first.title, first.author) == ("Seven & eight", "A, B")
    assert first.content == LONG
    assert (second.url, second.content) == ("https://else.example/8", None)


def test_yandex_full_text_is_the_article() -> None:
    text = "Первый абзац статьи о переговорах в Ереване.\n" * 40
    feed = read(
        '<rss version="2.0" xmlns:yandex="http://news.yandex.ru"><channel><item>'
        "<title>T</title><link>https://n.example/1</link>"
        f"<yandex:full-text>{text}</yandex:full-text></item></channel></rss>"
    )
    content = feed.entries[0].content
    assert content is not None
    assert content.count("<p>") == 40


def test_a_long_teaser_is_not_the_article() -> None:
    more = f"<description><![CDATA[{LONG}]]></description>"
    assert read(rss(item("https://n.example/1", more=more))).entries[0].content is None


@pytest.mark.parametrize(
    ("document", "content_type", "title"),
    [
        (
            rss(item("https://n.e/1", "Сегодня"), encoding="windows-1251").encode("cp1251"),
            "",
            "Сегодня",
        ),
        (rss(item("https://n.e/1", "Сегодня")).encode("cp1251"), "text/xml", "Сегодня"),
        (rss(item("https://n.e/1", "Сегодня"), encoding="windows-1251").encode(), "", "Сегодня"),
        (b"\xef\xbb\xbf" + rss(item("https://n.e/1", "Այսօր")).encode(), "", "Այսօր"),
        (b"\n\n  " + rss(item("https://n.e/1", "Leading")).encode(), "", "Leading"),
        (rss(item("https://n.e/1", "AT&T \u2014 R&D")), "", "AT&T — R&D"),
        (rss(item("https://n.e/1", "&laquo;Да&raquo;&nbsp;сказал")), "", "«Да» сказал"),
        (rss(item("https://n.e/1", "<![CDATA[A & <i>B</i>]]> & C")), "", "A & B & C"),
        (rss(item("https://n.e/1", "5 &lt; 6 and a&lt;b")), "", "5 < 6 and a<b"),
        (rss(item("https://n.e/1", "Bell\x07 and &#7; null")), "", "Bell and null"),
    ],
)
def test_damaged_feeds_are_read(document: str | bytes, content_type: str, title: str) -> None:
    assert [e.title for e in read(document, content_type).entries] == [title]


def test_a_bare_ampersand_in_a_link() -> None:
    assert read(rss(item("https://n.e/a?x=1&y=2"))).entries[0].url == "https://n.e/a?x=1&y=2"


def test_identity() -> None:
    feed = read(
        rss(
            '<item><title>No link</title><guid isPermaLink="false">https://n.e/x</guid></item>',
            "<item><title>Guid is the link</title><guid>https://n.e/1</guid></item>",
            "<item><title>Bare guid</title><guid>12345</guid></item>",
            "<item><title>No guid</title><link>/2</link></item>",
            "<item><title>Twice</title><link>/3</link><guid isPermaLink='false'>g3</guid></item>",
            "<item><title>Twice</title><link>/4</link><guid isPermaLink='false'>g3</guid></item>",
            "<item><title>Mail</title><link>mailto:a@b.example</link></item>",
        )
    )
    assert [(e.guid, e.url) for e in feed.entries] == [
        ("https://n.e/1", "https://n.e/1"),
        ("https://news.example/2", "https://news.example/2"),
        ("g3", "https://news.example/3"),
    ]


def test_the_fingerprint_follows_what_the_outlet_says() -> None:
    def mark(**changes: str) -> str:
        return read(rss(item("https://n.e/1", **changes))).entries[0].fingerprint

    assert mark() == mark()
    assert len({mark(), mark(title="B"), mark(date="Mon, 01 Sep 2025 10:00:00 +0400")}) == 3
    teaser = "<description>Two dead</description>"
    assert mark(more=teaser) != mark(more=teaser.replace("Two", "Three"))
    assert mark(more=teaser) == mark(more=teaser.replace("Two", "&lt;img src='?n=1'/&gt;Two"))


@pytest.mark.parametrize(
    ("document", "says", "kind"),
    [
        ("<!DOCTYPE html><html><body>Home</body></html>", "web page, not a feed", "html"),
        ("<!doctype html>\n<!-- x --><HTML><p>Home", "web page, not a feed", "html"),
        ("<script>go()</script>", "web page, not a feed", "html"),
        ("<script>captcha()</script>", "a captcha or a check of the browser", "blocked"),
        ("", "empty document", "empty"),
        (" \n", "empty document", "empty"),
        ("Database error", "not XML or JSON, not a feed", "broken"),
        ('{"error": "no such feed"}', "not a JSON Feed", "broken"),
        ('[{"id": 1}]', "not a JSON Feed", "broken"),
        ('{"items": [', "broken JSON", "broken"),
        ("{" + '"a":{' * 100_000, "broken JSON", "broken"),
        ("<urlset><url/></urlset>", 'sitemap, not a feed.*form = "sitemap"', "broken"),
        ("<opml><body/></opml>", "answered with <opml>, not a feed", "broken"),
        ('<?xml version="1.0"?><rss version="2.0"><channel><item', "broken XML", "broken"),
    ],
)
def test_what_is_not_a_feed_is_told(document: str, says: str, kind: str) -> None:
    with pytest.raises(FeedError, match=says) as caught:
        read(document)
    assert "\n" not in str(caught.value)
    assert caught.value.kind == kind


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    "dtd",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!doctype rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
    ],
)
def test_a_dtd_of_its_own_is_refused(dtd: str) -> None:
    document = rss(item("https://n.e/1", "&l9;")).replace("\n", f"\n{dtd}\n", 1)
    with pytest.raises(FeedError, match="its own DTD"):
        read(document)


def test_an_old_public_doctype_is_let_pass() -> None:
    dtd = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x.example/rss.dtd">'
    assert read(rss(item("https://n.e/1")).replace("\n", f"\n{dtd}\n", 1)).entries


@pytest.mark.parametrize("wrap", ["{}", "<![CDATA[{}]]>"])
@pytest.mark.parametrize("tag", ["author", "dc:creator", "managingEditor"])
def test_an_author_cannot_hang_the_parser(tag: str, wrap: str) -> None:
    name = wrap.format("a@" + "a." * 20_000 + "!")
    one = item("https://n.e/1", more=f"<{tag}>{name}</{tag}>")
    document = rss(one).replace("<rss ", '<rss xmlns:dc="http://purl.org/dc/elements/1.1/" ')
    assert len(prepare(document, 10)) < 1_000  # uncut, feedparser is busy with it for ten seconds
    assert read(document).entries[0].title == "A title"


def test_only_the_first_items_are_read() -> None:
    document = rss(*(item(f"https://n.e/{n}") for n in range(30))).encode()
    assert len(parse(document, "", BASE, FEED, max_items=7).entries) == 7


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=50))
def test_any_text_in_an_item_is_read_or_told(text: str, link: str) -> None:
    document = rss(item(f"https://n.e/{link}", text, more=text))
    try:
        feed = read(document.encode("utf-8", "surrogatepass"))
    except FeedError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        for entry in feed.entries:
            entry.title.encode()
            assert "\x00" not in entry.title + entry.url + entry.guid


HOSTILE = st.text(max_size=300) | st.binary(max_size=300).map(lambda b: b.decode("latin-1"))
FORMS = (
    FEED,
    replace(FEED, form="sitemap"),
    replace(FEED, form="listing", selectors=Selectors("a, p", title="b", date="time")),
)


@pytest.mark.parametrize("feed", FORMS, ids=[feed.form for feed in FORMS])
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "<rss><channel><item>{}</item>",
        "<feed><entry>{}</entry></feed>",
        "<urlset><url><loc>{}</loc></url></urlset>",
        "<sitemapindex><sitemap><loc>/a</loc><lastmod>{}</lastmod></sitemap></sitemapindex>",
        '{{"items":[{{"url":"{}"}}]}}',
        "<!doctype html><a href='{}'>x<time>1 May 2025</time></a>",
        "<base href='{}'><a href='x'>y</a>",
        "\x1f\x8b{}",
    ],
)
@settings(max_examples=25, deadline=None)
@given(text=HOSTILE)
def test_whatever_comes_is_read_or_told_in_one_line(feed: Feed, frame: str, text: str) -> None:
    body = frame.format(text).encode("utf-8", "surrogatepass")
    for read_it in (partial(parse, body, "", BASE, feed), partial(discover, body, "", BASE)):
        try:
            read_it()
        except FeedError as error:
            assert "\n" not in str(error)  # noqa: PT017
