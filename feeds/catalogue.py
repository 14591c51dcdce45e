"""Catalogues: reads and writes the files that say which feeds are watched."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from archive.types import Feed
from feeds import opml
from feeds.errors import FeedError
from feeds.row import RawFeed, check, plain

_KEYS = ("url", "outlet", "lang", "kind", "family", "country", "reliability", "form", "zone")
_DEFAULT_FORM = "feed"
_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*feed[ \t]*\]\]", re.MULTILINE)


def read_catalogue(path: Path | str) -> list[Feed]:
    """Return the feeds of a catalogue, TOML (``[[feed]]``) or OPML, told apart by content.

    Raises:
        FeedError: it cannot be read, or holds no feed or a wrong one; a line for each problem.
    """
    file = Path(path)
    try:
        document = file.read_bytes()
    except OSError as error:
        raise FeedError(f"{file}: cannot be read: {error.strerror or error}") from None
    if document.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        feeds = check(str(file), opml.read(str(file), document), twice=True)
        missing = "no <outline> with an xmlUrl"
    else:
        feeds = check(str(file), _toml(str(file), document), twice=False)
        missing = "no [[feed]] with url, outlet and lang"
    if not feeds:
        raise FeedError(f"{file}: {missing} in it; add one")
    return feeds


def write_opml(feeds: Iterable[Feed]) -> str:
    """Return ``feeds`` as an OPML 2.0 document, which ``read_catalogue`` reads back."""
    return opml.write(feeds)


def write_toml(feeds: Iterable[Feed]) -> str:
    """Return ``feeds`` as a TOML catalogue, which ``read_catalogue`` reads back."""
    return "\n".join(_table(feed) for feed in feeds)


def _toml(file: str, document: bytes) -> list[RawFeed]:
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = document[: error.start].count(b"\n") + 1
        raise FeedError(f"{file}: line {line}: not UTF-8; save the file as UTF-8") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FeedError(f"{file}: not TOML: {plain(str(error))}") from None
    rows = tables.pop("feed", [])
    problems = [
        f"{file}: {plain(key)}: unknown key; feeds are written as [[feed]]" for key in tables
    ]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(f"{file}: feed: write each feed as a table of its own, [[feed]]")
    if problems:
        raise FeedError("\n".join(problems))
    lines = [text.count("\n", 0, found.start()) + 1 for found in _TABLE.finditer(text)]
    known = len(lines) == len(rows)  # else the words [[feed]] stand inside some text
    return [
        RawFeed(f"feed {n + 1}, line {lines[n]}" if known else f"feed {n + 1}", row)
        for n, row in enumerate(rows)
    ]


def _table(feed: Feed) -> str:
    pairs = [(key, plain(getattr(feed, key))) for key in _KEYS]
    lines = _pairs((key, text) for key, text in pairs if (key, text) != ("form", _DEFAULT_FORM))
    if feed.selectors is None:
        return f"[[feed]]\n{lines}"
    chosen = ((key, plain(text)) for key, text in asdict(feed.selectors).items())
    return f"[[feed]]\n{lines}[feed.selectors]\n{_pairs(chosen)}"


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{key} = {_quoted(text)}\n" for key, text in pairs if text)


def _quoted(text: str) -> str:
    # a JSON string is a TOML basic string once control characters are out (TOML 1.0, "String")
    return json.dumps(text, ensure_ascii=False)
