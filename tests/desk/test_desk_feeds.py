"""``feeds list`` and ``feeds check``: health with its reason, and probing before watching."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from cli_kit import Terminal
from loopback_kit import free_port, web_server

from archive import Archive, notices
from archive import feeds as feed_store
from archive.types import FeedNotice, FeedState

SINCE = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
TITLE = "The council discussed grain deliveries and the checks at the border"


@pytest.fixture
def pages() -> Iterator[dict[str, str]]:
    """Pages by URL that a loopback site answers with; all others are 404."""
    served: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.get(f"{served['root']}{self.path}")
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    with web_server(Handler) as port:
        served["root"] = f"http://127.0.0.1:{port}"
        yield served


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A terminal that may ask loopback."""
    (terminal.root / "pivotwatch.toml").write_text(
        '[net]\nallow = ["127.0.0.0/8"]\n[feeds]\nfeed_spacing = 0\npage_spacing = 0\n',
        encoding="utf-8",
    )
    return terminal


def rss(days: int = 0) -> str:
    date = f"{datetime.now(UTC) - timedelta(days=days, hours=1):%a, %d %b %Y %H:%M:%S} +0000"
    items = "".join(
        f"<item><title>{TITLE} {n}</title><link>/a{n}</link><pubDate>{date}</pubDate></item>"
        for n in range(3)
    )
    return f"<rss version='2.0'><channel><title>Border [b]Post[/b]</title>{items}</channel></rss>"


def watch(desk: Terminal, url: str, outlet: str, lang: str = "en") -> None:
    assert desk("feeds", "add", url, "--outlet", outlet, "--lang", lang).code == 0


def polled(desk: Terminal, *troubles: tuple[str, str, str]) -> None:
    """Say that all feeds were read, and what is wrong with the one at which URL."""
    archive = Archive(f"sqlite:///{desk.root / 'pivotwatch.db'}")
    with archive.write() as connection:
        ids = {feed.url: feed.id for feed, _ in feed_store.every(connection)}
        for feed_id in ids.values():
            now = datetime.now(UTC)
            feed_store.save_state(connection, FeedState(feed_id, last_polled=now, items=9))
        notices.put(connection, [FeedNotice(ids[u], k, d, SINCE) for u, k, d in troubles])
    archive.close()


def test_the_list_says_what_is_wrong_and_since_when(desk: Terminal) -> None:
    good, bad, new = (f"https://{name}.example/rss" for name in ("good", "bad", "new"))
    watch(desk, good, "Good Post")
    watch(desk, bad, "Quiet [b]Post[/b]", "hy")
    polled(desk, (bad, "silent", "nothing new since [red]Sunday"))
    watch(desk, new, "New Post")
    shown = desk("feeds", "list")
    assert "silent since 2026-03-01 06:30: nothing new since [red]Sunday" in shown.out
    assert "not read yet" in shown.out
    assert "coverage: 1 of 3 sources healthy; no healthy Armenian-language source" in shown.err
    assert "no Russian-language source is watched" in shown.err

    listed = {one["url"]: one for one in desk("feeds", "list", "--json").json}
    assert [listed[url]["healthy"] for url in (good, bad, new)] == [True, False, False]
    assert listed[good]["notices"] == []
    assert listed[bad]["notices"] == [
        {
            "kind": "silent",
            "detail": "nothing new since [red]Sunday",
            "since": SINCE.isoformat(),
        }
    ]
    assert [one["url"] for one in desk("feeds", "list", "--troubled", "--json").json] == [bad]
    assert "Good Post" not in desk("feeds", "list", "--troubled").out


def test_a_feed_that_passes_is_offered_for_the_catalogue(
    desk: Terminal, pages: dict[str, str]
) -> None:
    url = pages["root"] + "/rss"
    pages[url] = rss()
    done = desk("feeds", "check", url, "--lang", "en")
    assert (done.code, done.problems) == (0, [])
    offered = done.out[done.out.index("[[feed]]") :]
    (feed,) = tomllib.loads(offered)["feed"]
    assert (feed["url"], feed["lang"], feed["verified"]) == (url, "en", True)
    assert feed["outlet"] == "Border [b]Post[/b]"
    assert desk("feeds", "list", "--json").json == [], "nothing is stored"


def test_a_catalogue_offered_is_one_that_can_be_imported(
    desk: Terminal, pages: dict[str, str]
) -> None:
    home, url = pages["root"] + "/", pages["root"] + "/rss"
    pages[home] = "<html><body><a href='/about'>About us</a></body></html>"
    pages[url] = rss()
    done = desk("feeds", "check", home)
    assert done.code == 0
    file = desk.root / "offered.toml"
    file.write_text(done.out[done.out.index("[[feed]]") :], encoding="utf-8")
    assert desk("feeds", "import", file).code == 0
    assert [one["url"] for one in desk("feeds", "list", "--json").json] == [url]


def test_a_feed_that_fails_ends_with_one_line_and_1(desk: Terminal, pages: dict[str, str]) -> None:
    url = pages["root"] + "/rss"
    pages[url] = rss(days=90)
    done = desk("feeds", "check", url, "--json")
    assert done.code == 1
    (problem,) = done.problems
    assert problem.startswith(f"{url}: not fit to be watched: is fresh: the newest entry is of")
    assert "90 days old" in problem
    assert [c["ok"] for c in done.json["checks"]] == [True, True, True, False, True]
    assert (done.json["ok"], done.json["fit"], done.json["items"]) == (False, [], 3)


def test_a_home_page_without_any_feed_fails(desk: Terminal, pages: dict[str, str]) -> None:
    home = pages["root"] + "/"
    pages[home] = "<html><body><p>Nothing to see</p></body></html>"
    done = desk("feeds", "check", home)
    assert done.code == 1
    assert "none of the 3 addresses found from this page is fit" in done.problems[0]


def test_all_watched_feeds_are_checked(desk: Terminal, pages: dict[str, str]) -> None:
    assert "no feed is watched" in desk("feeds", "check", "--all").problems[0]
    url = pages["root"] + "/rss"
    pages[url] = rss()
    watch(desk, url, "Border Post")
    assert desk("feeds", "check", "--all").code == 0
    watch(desk, pages["root"] + "/gone", "Gone Post")
    done = desk("feeds", "check", "--all", "--json")
    assert done.code == 1
    assert {one["outlet"]: one["ok"] for one in done.json} == {
        "Border Post": True,
        "Gone Post": False,
    }
    assert done.problems == ["1 of 2 feeds have not passed"]


def test_feeds_that_cannot_be_reached_are_no_verdict_on_them(
    desk: Terminal, pages: dict[str, str]
) -> None:
    root = f"http://127.0.0.1:{free_port()}"
    for n in range(5):
        watch(desk, f"{root}/{n}", f"Post {n}")
    (problem,) = desk("feeds", "check", "--all").problems
    assert problem.startswith("5 of 5 feeds have not passed; 5 of 5 could not be reached: this")


@pytest.mark.parametrize("words", [(), ("https://a.example/rss", "--all")])
def test_one_url_or_all(desk: Terminal, words: tuple[str, ...]) -> None:
    assert desk("feeds", "check", *words).code == 2
