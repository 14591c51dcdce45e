"""What real feeds do: each document of quirks/ beside what must be read from it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.types import Entry, Feed, Selectors
from feeds.errors import FeedError
from feeds.parse import parse
from feeds.types import ParsedFeed

QUIRKS = sorted(Path(__file__).with_name("quirks").glob("*.toml"))
URL = "https://outlet.example/feeds/main.xml"
NOW = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)


def read(path: Path, told: dict[str, Any]) -> ParsedFeed:
    selectors = told.get("selectors")
    feed = Feed(
        id="f_quirk",
        url=URL,
        outlet="The Outlet",
        lang="en",
        form=told.get("form", "feed"),
        zone=told.get("zone", ""),
        selectors=Selectors(**selectors) if selectors else None,
    )
    return parse(
        path.with_suffix("").read_bytes(), told.get("content_type", ""), URL, feed, now=NOW
    )


def described(entry: Entry, expected: dict[str, Any]) -> dict[str, Any]:
    """Return of an entry what the test names, in its words."""
    found: dict[str, Any] = {
        "url": entry.url,
        "raw_url": entry.raw_url,
        "guid": entry.guid,
        "title": entry.title,
        "author": entry.author,
        "published_raw": entry.published_raw,
        "flag": entry.date_flag,
        "published": entry.published.strftime("%Y-%m-%dT%H:%M:%SZ") if entry.published else "",
        "content": entry.content or "",
    }
    if expected.get("content") and expected["content"] in found["content"]:
        found["content"] = expected["content"]
    return {name: found[name] for name in expected}


@pytest.mark.parametrize("path", QUIRKS, ids=[path.with_suffix("").name for path in QUIRKS])
def test_quirk(path: Path) -> None:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    if "error" in told:
        with pytest.raises(FeedError) as caught:
            read(path, told)
        assert told["says"] in str(caught.value)
        assert caught.value.kind == told["error"]
        return
    feed = read(path, told)
    expected = told["entries"]
    assert [e.url for e in feed.entries] == [e["url"] for e in expected]
    pairs = zip(feed.entries, expected, strict=True)
    assert [described(entry, wanted) for entry, wanted in pairs] == expected
    for name in ("title", "ttl", "lang"):
        assert name not in told or getattr(feed, name) == told[name]
    assert list(feed.children) == told.get("children", [])


def test_there_are_enough() -> None:
    assert len(QUIRKS) >= 49
