"""JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser 6 does not read."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any

from feeds.errors import FeedError
from feeds.item import Item, Reading
from feeds.markup import language_of


def is_json(text: str) -> bool:
    """Whether ``text`` is a JSON object or array by its look."""
    return text.lstrip()[:1] in {"{", "["}


def read_json(text: str, max_items: int) -> Reading:
    """Return what a JSON Feed says.

    Raises:
        FeedError: it is broken JSON, or JSON of another kind; one line without the URL.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise FeedError("answered with broken JSON; the next poll tries again") from None
    listed = document.get("items") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise FeedError("answered with JSON that is not a JSON Feed; check the feed's address")
    items = [_item(raw) for raw in listed[:max_items] if isinstance(raw, dict)]
    lang = language_of(_text(document, "language"))
    return Reading(_text(document, "title"), items, lang=lang)


def _item(raw: dict[str, Any]) -> Item:
    text = _text(raw, "content_text")
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line)
    return Item(
        guid=_text(raw, "id"),
        link=_text(raw, "url") or _text(raw, "external_url"),
        title=_text(raw, "title"),
        author=", ".join(filter(None, _authors(raw))),
        published=_text(raw, "date_published") or _text(raw, "date_modified"),
        updated=_text(raw, "date_modified"),
        summary=_text(raw, "summary"),
        contents=(_text(raw, "content_html"), paragraphs),
    )


def _authors(raw: dict[str, Any]) -> Iterator[str]:
    listed = raw.get("authors")
    for one in listed if isinstance(listed, list) else [raw.get("author")]:
        if isinstance(one, dict):
            yield _text(one, "name")


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
