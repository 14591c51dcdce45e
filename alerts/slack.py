"""An alert as a Slack message: Block Kit through an incoming webhook."""

from __future__ import annotations

import re

from alerts.brief import Body, Brief, Excerpt, Fact, as_bytes, fitted, units

MOST = 12_000
"""UTF-16 units of the whole; Slack refuses messages from about 13,200 characters of blocks."""
HEADER = 150
SECTION = 3_000
FIELD = 2_000
_FALLBACK = 300
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str) -> str:
    """Return foreign text without what Slack reads as its own markup: ``&``, ``<`` and ``>``."""
    return re.sub("[&<>]", lambda found: _SPECIAL[found[0]], text)


def render(brief: Brief) -> Body:
    """Return the message.

    Foreign words stand only in ``plain_text``, where nothing is a mention, a link or bold; the only
    ``mrkdwn`` is our own links.
    """
    blocks = [{"type": "header", "text": _plain(brief.head, HEADER)}, _section(brief.news)]
    if brief.facts:
        blocks.append({"type": "section", "fields": [_field(one) for one in brief.facts[:10]]})
    for one in brief.excerpts:
        blocks += [_section(f"“{one.text}”"), _context(one)]
    blocks += [_section(f"{one.name}: {one.words}") for one in brief.notes]
    if brief.foot:
        blocks.append({"type": "context", "elements": [_plain(brief.foot, FIELD)]})
    return {
        "text": fitted(brief.head, _FALLBACK, escape),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks,
    }


def size(body: Body) -> int:
    """Return how large a message is, in UTF-16 units of its JSON."""
    return units(as_bytes(body).decode("utf-8"))


def _plain(text: str, limit: int) -> Body:
    return {"type": "plain_text", "text": fitted(text, limit, escape), "emoji": False}


def _section(text: str) -> Body:
    return {"type": "section", "text": _plain(text, SECTION)}


def _field(fact: Fact) -> Body:
    return _plain(f"{fact.name}\n{fact.words}", FIELD)


def _context(one: Excerpt) -> Body:
    shown = [_plain(text, FIELD) for text in (one.source, one.why) if text]
    if one.url:
        link = f"<{escape(one.url)}|article>"
        shown.append({"type": "mrkdwn", "text": link, "verbatim": True})
    return {"type": "context", "elements": shown}
