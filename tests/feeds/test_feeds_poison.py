"""Documents built to hang, swell or crash whoever reads them, each given to a real worker."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from feeds_kit import item, rss

from archive.types import Feed, Selectors
from feeds.errors import FeedError
from feeds.workers import Workers

URL = "https://outlet.example/news/"
FEED = Feed(id="f_poison", url=URL, outlet="The Outlet", lang="en")
SITEMAP = Feed(id="f_map", url=URL, outlet="The Outlet", lang="en", form="sitemap")
DEADLINE = 8.0  # seconds that a worker gets
PATIENCE = 10.0  # seconds after which the poison has won
MEMORY = 64 * 1024 * 1024  # bytes more that this process may take

Way = Callable[[Workers, bytes], Awaitable[object]]


def listing(
    item_selector: str, *, link: str = "", title: str = "", date: str = ""
) -> Callable[[Workers, bytes], Awaitable[object]]:
    selectors = Selectors(item_selector, link, title, date)
    feed = Feed(id="f_list", url=URL, outlet="O", lang="en", form="listing", selectors=selectors)
    return lambda workers, body: workers.parse(body, "text/html", URL, feed, 1000)


async def as_feed(workers: Workers, body: bytes) -> object:
    return await workers.parse(body, "application/xml", URL, FEED, 1000)


async def as_sitemap(workers: Workers, body: bytes) -> object:
    return await workers.parse(body, "application/xml", URL, SITEMAP, 1000)


async def as_page(workers: Workers, body: bytes) -> object:
    return await workers.extract_page(body, "text/html", URL)


async def as_home(workers: Workers, body: bytes) -> object:
    return await workers.discover(body, "text/html", URL)


@dataclass(frozen=True)
class Poison:
    name: str
    way: Way
    make: Callable[[], bytes | str]


def with_dtd(dtd: str, title: str = "&x;") -> str:
    return f'<?xml version="1.0"?>\n{dtd}\n' + rss(item(URL + "1", title)).partition("\n")[2]


def entities(count: int, times: int) -> str:
    inner = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * times}">' for n in range(1, count))
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{inner}<!ENTITY x "&l{count - 1};">]>'


def page(body: str) -> str:
    return f"<!doctype html><html><head><title>T</title></head><body>{body}</body></html>"


def attributes(count: int) -> str:
    return " ".join(f'a{n}="{n}"' for n in range(count))


def urlset(urls: str) -> str:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def authors(name: str) -> str:
    return rss(item(URL + "1", more=f"<author>{name}</author>"))


def teaser(text: str) -> str:
    return rss(item(URL + "1", more=f"<description>{text}</description>"))


EXTERNAL = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">'
NESTED = "".join(f"<div class='d{n}'>" for n in range(50_000))
POISONS = [
    Poison("billion laughs", as_feed, lambda: with_dtd(entities(12, 10))),
    Poison(
        "billion laughs in an attribute",
        as_feed,
        lambda: with_dtd(entities(12, 10)).replace("<channel>", '<channel a="&x;">'),
    ),
    Poison(
        "quadratic blow-up",
        as_feed,
        lambda: with_dtd(f'<!DOCTYPE rss [<!ENTITY x "{"a" * 100_000}">]>', "&x;" * 100_000),
    ),
    Poison("billion laughs in a sitemap", as_sitemap, lambda: with_dtd(entities(12, 10))),
    Poison(
        "billion laughs behind a server's warning",
        as_feed,
        lambda: "Warning: x\n" + with_dtd(entities(12, 10)),
    ),
    Poison(
        "external entity of a file",
        as_feed,
        lambda: with_dtd('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    ),
    Poison(
        "external entity of the network",
        as_feed,
        lambda: with_dtd('<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>'),
    ),
    Poison("external DTD", as_feed, lambda: with_dtd(EXTERNAL)),
    Poison(
        "parameter entities",
        as_feed,
        lambda: with_dtd(
            "<!DOCTYPE rss [<!ENTITY % a \"<!ENTITY x SYSTEM 'file:///etc/passwd'>\">%a;]>"
        ),
    ),
    Poison("author of 64 kB", as_feed, lambda: authors("a@" + "a." * 32_000 + "!")),
    Poison("author of 64 kB without an at", as_feed, lambda: authors("a" * 64_000)),
    Poison(
        "author of 64 kB behind markup in CDATA",
        as_feed,
        lambda: authors("<![CDATA[<b>a@" + "a." * 32_000 + "!</b>]]>"),
    ),
    Poison("100,000 unclosed tags", as_feed, lambda: rss("<item>" + "<a>" * 100_000)),
    Poison("100,000 unclosed items", as_feed, lambda: rss("<item><title>x" * 100_000)),
    Poison(
        "100 kB of comment starts in CDATA",
        as_feed,
        lambda: teaser("<![CDATA[" + "<!--" * 25_000 + "]]>"),
    ),
    Poison("comment starts outside CDATA", as_feed, lambda: teaser("<!--" * 25_000)),
    Poison("CDATA starts without an end", as_feed, lambda: teaser("<![CDATA[" * 100_000)),
    Poison(
        "50,000 items",
        as_feed,
        lambda: rss(*(item(f"{URL}{n}") for n in range(50_000))),
    ),
    Poison(
        "50,000 items in broken XML",
        as_feed,
        lambda: rss(*(item(f"{URL}{n}", "a < b") for n in range(50_000))),
    ),
    Poison("nested 50,000 deep", as_feed, lambda: rss("<a>" * 50_000 + "</a>" * 50_000)),
    Poison(
        "100,000 attributes in one tag",
        as_feed,
        lambda: rss(item(URL + "1")).replace("<channel>", f"<channel {attributes(100_000)}>"),
    ),
    Poison(
        "50,000 namespaces",
        as_feed,
        lambda: rss(item(URL + "1")).replace(
            "<channel>",
            "<channel>" + "".join(f'<n{n}:a xmlns:n{n}="u:{n}"/>' for n in range(50_000)),
        ),
    ),
    Poison("100,000 bare ampersands", as_feed, lambda: teaser("& &x &lt &#; " * 100_000)),
    Poison("10 MB of one line", as_feed, lambda: teaser("word " * 2_000_000)),
    Poison("10 MB of tags in a title", as_feed, lambda: rss(item(URL, "&lt;b&gt;" * 1_000_000))),
    Poison("10 MB of NULs", as_feed, lambda: b"\0" * 10_000_000),
    Poison("NULs throughout", as_feed, lambda: "\0".join(rss(item(URL + "1")))),
    Poison(
        "UTF-16 that turns into UTF-8",
        as_feed,
        lambda: b"\xff\xfe" + rss(item(URL + "1")).encode("utf-16-le")[:200] + b"<item>" * 9_999,
    ),
    Poison(
        "UTF-7",
        as_feed,
        lambda: rss(item(URL + "1", "+ADw-script+AD4-"), encoding="utf-7"),
    ),
    Poison(
        "lone surrogates",
        as_feed,
        lambda: rss(item(URL + "1", "\ud800 &#xD800; \udfff")).encode("utf-8", "surrogatepass"),
    ),
    Poison("gzip bomb", as_sitemap, lambda: gzip.compress(b"<urlset>" + b" " * 300_000_000, 1)),
    Poison("JSON nested 100,000 deep", as_feed, lambda: '{"items":' + "[" * 100_000),
    Poison("JSON objects 100,000 deep", as_feed, lambda: '{"items":' * 100_000),
    Poison(
        "JSON with numbers beyond all bounds",
        as_feed,
        lambda: '{"items":[{"id":1e308,"url":"/1"},{"id":1e999,"url":"/2"},{"id":NaN,"url":"/3"}]}',
    ),
    Poison(
        "JSON with an integer of a million digits",
        as_feed,
        lambda: '{"items":[{"id":' + "9" * 1_000_000 + ',"url":"/1"}]}',
    ),
    Poison(
        "JSON Feed of 100,000 items",
        as_feed,
        lambda: json.dumps({"items": [{"id": n, "url": f"/{n}"} for n in range(100_000)]}),
    ),
    Poison(
        "sitemap index of itself",
        as_sitemap,
        lambda: "<sitemapindex>" + f"<sitemap><loc>{URL}</loc></sitemap>" * 50_000,
    ),
    Poison(
        "sitemap of 200,000 URLs",
        as_sitemap,
        lambda: urlset("".join(f"<url><loc>/{n}</loc></url>" for n in range(200_000))),
    ),
    Poison(
        "sitemap nested 50,000 deep",
        as_sitemap,
        lambda: urlset("<url>" * 50_000 + "</url>" * 50_000),
    ),
    Poison("page tag of 100,000 attributes", as_page, lambda: page(f"<p {attributes(100_000)}>")),
    Poison(
        "listing tag of 100,000 attributes",
        listing("a"),
        lambda: page(f"<p {attributes(100_000)}>"),
    ),
    Poison("home tag of 100,000 attributes", as_home, lambda: page(f"<p {attributes(100_000)}>")),
    Poison("page of 50,000 paragraphs", as_page, lambda: page("<p>a</p>" * 50_000)),
    Poison(
        "page of 100,000 table rows",
        as_page,
        lambda: page("<table>" + "<tr><td>a</td><td>b</td></tr>" * 100_000 + "</table>"),
    ),
    Poison(
        "page of 20,000 links",
        as_page,
        lambda: page("".join(f"<a href='/{n}'>link {n}</a> " for n in range(20_000))),
    ),
    Poison("page of 100,000 line breaks", as_page, lambda: page("a<br>" * 100_000)),
    Poison(
        "page with a script of 8 MB",
        as_page,
        lambda: page("<script>" + "var a = 1;\n" * 700_000 + "</script><p>Text.</p>"),
    ),
    Poison(
        "page with a data URI of 3 MB",
        as_page,
        lambda: page(f"<p>Text.</p><img src='data:image/png;base64,{'A' * 3_000_000}'>"),
    ),
    Poison(
        "page with JSON-LD of 3 MB",
        as_page,
        lambda: page(
            "<script type='application/ld+json'>"
            + json.dumps([{"@type": "Person", "name": f"N {n}"} for n in range(80_000)])
            + "</script><p>Text.</p>"
        ),
    ),
    Poison(
        "page with a cell over a billion columns",
        as_page,
        lambda: page(
            "<table><tr><td colspan='1000000000' rowspan='1000000000'>a</td></tr></table>"
        ),
    ),
    Poison("page of unclosed comments", as_page, lambda: page("<!-- a " * 100_000)),
    Poison("page nested 50,000 deep", as_page, lambda: page(NESTED + "text")),
    Poison("listing nested 50,000 deep", listing("div div", title="div"), lambda: page(NESTED)),
    Poison(
        "listing by a selector that looks at every pair",
        listing("p ~ p ~ p ~ p:not(:has(~ p))", title="p ~ p"),
        lambda: page("<p>a</p>" * 20_000),
    ),
    Poison(
        "listing by a selector of 2,000 steps",
        listing("* " * 2_000),
        lambda: page("<p><a href='/1'>a</a></p>" * 1_000),
    ),
    Poison(
        "listing of 100,000 entries",
        listing("li", date="time"),
        lambda: page("<li><a href='/1'>One</a><time>1 May 2025</time>" * 100_000),
    ),
    Poison(
        "home page of 200,000 feeds",
        as_home,
        lambda: page("".join(f"<a href='/{n}/feed'>f</a>" for n in range(200_000))),
    ),
]


@pytest.mark.parametrize("poison", POISONS, ids=[poison.name for poison in POISONS])
def test_poison(poison: Poison) -> None:
    made = poison.make()
    body = made.encode() if isinstance(made, str) else made
    del made
    seconds, grown = anyio.run(swallow, poison.way, body)
    assert seconds <= PATIENCE
    assert grown <= MEMORY


def test_there_are_enough() -> None:
    assert len(POISONS) >= 24


async def swallow(way: Way, body: bytes) -> tuple[float, int]:
    """Return the seconds that the poison took and the bytes by which this process grew."""
    good = rss(item(URL + "1", "Still read")).encode()
    async with Workers(1, DEADLINE) as workers:
        await workers.parse(good, "application/xml", URL, FEED, 1000)  # the worker is there
        before, began = _reset_peak(), time.monotonic()
        try:
            await way(workers, body)
        except FeedError as error:
            assert "\n" not in str(error)  # noqa: PT017
            assert len(str(error)) < 300  # noqa: PT017
        seconds, grown = time.monotonic() - began, _memory("VmHWM") - before
        after = await workers.parse(good, "application/xml", URL, FEED, 1000)
        assert [entry.title for entry in after.entries] == ["Still read"]
    return seconds, grown


def _reset_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
    return _memory("VmRSS")


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
