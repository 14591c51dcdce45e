"""Listing pages beyond the documents in quirks/: odd selectors, odd pages, and the worker."""

from __future__ import annotations

import anyio
import pytest

from archive.types import Feed, Selectors
from feeds.errors import FeedError
from feeds.parse import parse
from feeds.types import ParsedFeed
from feeds.workers import Workers

URL = "https://ministry.example/en/press/"
ROWS = "".join(
    f"<div class='row'><a href='{n}'>Statement {n}</a><i>0{n}.09.2025</i></div>"
    for n in range(1, 6)
)


def listing(selectors: Selectors | None) -> Feed:
    return Feed(
        id="f_list",
        url=URL,
        outlet="Ministry",
        lang="en",
        form="listing",
        selectors=selectors,
        zone="Asia/Yerevan",
    )


def read(body: str, selectors: Selectors | None, max_items: int = 1000) -> ParsedFeed:
    return parse(body.encode(), "text/html", URL, listing(selectors), max_items)


def test_the_first_entries_are_read() -> None:
    feed = read(ROWS, Selectors(".row", date="i"), 2)
    assert [(e.url, e.title) for e in feed.entries] == [
        (URL + "1", "Statement 1"),
        (URL + "2", "Statement 2"),
    ]
    assert [str(e.published) for e in feed.entries] == [
        "2025-08-31 20:00:00+00:00",
        "2025-09-01 20:00:00+00:00",
    ]


def test_an_edited_title_changes_the_fingerprint_only() -> None:
    one = read(ROWS, Selectors(".row")).entries[0]
    two = read(ROWS.replace("Statement 1", "New words"), Selectors(".row")).entries[0]
    assert (one.guid, one.url) == (two.guid, two.url)
    assert one.fingerprint != two.fingerprint


def test_what_a_selector_does_not_find_is_empty() -> None:
    entry = read(ROWS, Selectors(".row", link="a", title="h2", date="time")).entries[0]
    assert (entry.title, entry.published, entry.date_flag) == ("", None, "missing")
    assert read(ROWS, Selectors(".row", link="a.none")).entries == ()


def test_links_to_the_page_itself_are_no_entries() -> None:
    body = "<a class=x href='#top'>Up</a><a class=x href=''>Here</a><a class=x href='/1'>One</a>"
    assert [e.title for e in read(body, Selectors("a.x")).entries] == ["One"]


@pytest.mark.parametrize("selector", ["div[", "a::before", "", "::", "x|y", "div " * 9_000, ">"])
@pytest.mark.parametrize("name", ["item", "link", "title", "date"])
def test_a_selector_that_cannot_be_used_is_told(selector: str, name: str) -> None:
    if not selector and name != "item":
        return  # left out, which is allowed
    selectors = {"item": ".row"} | {name: selector}
    with pytest.raises(FeedError, match=f"its {name} selector .* correct it in the catalogue") as e:
        read(ROWS, Selectors(**selectors))
    assert "\n" not in str(e.value)
    assert len(str(e.value)) < 300


def test_a_listing_without_selectors_is_told() -> None:
    with pytest.raises(FeedError, match="without selectors; add them"):
        read(ROWS, None)


@pytest.mark.parametrize("body", ["<!-- -->", "\x00", "plain", "<html>"])
def test_a_page_without_entries(body: str) -> None:
    assert read(body, Selectors("a")).entries == ()


def test_entities_and_a_declaration_do_no_harm() -> None:
    body = (
        '<?xml version="1.0" encoding="koi8-r"?><html><body><a href="/1">R&D &laquo;да&raquo;</a>'
    )
    assert [e.title for e in read(body, Selectors("a")).entries] == ["R&D «да»"]


def test_the_kind_of_an_error_comes_back_from_a_worker() -> None:
    async def run() -> list[str]:
        kinds = []
        async with Workers(1, 20) as workers:
            for body in (b"", b"<title>Just a moment...</title>", b"<p>", b"<rss>x"):
                feed = Feed(id="f", url=URL, outlet="O", lang="en")
                with pytest.raises(FeedError) as caught:
                    await workers.parse(body, "", URL, feed, 10)
                kinds.append(str(caught.value.kind))
        return kinds

    assert anyio.run(run) == ["empty", "blocked", "html", "broken"]
