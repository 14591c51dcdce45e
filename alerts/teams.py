"""An alert as a message for Microsoft Teams: an Adaptive Card through a Workflows URL."""

from __future__ import annotations

import re

from alerts.brief import Body, Brief, Excerpt, Fact, as_bytes, fitted

MOST = 26_000
"""Bytes of the whole, in UTF-8 or UTF-16, whichever are more; Teams takes about 28 kB."""
TEXT = 3_000
TITLE = 200
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def render(brief: Brief) -> Body:
    """Return the message.

    All words stand in text runs, which unlike text blocks know no Markdown; mentions would need
    entities, and there are none.
    """
    rows = [_block(_run(brief.head, TITLE, weight="Bolder", size="Large"))]
    rows.append(_block(_run(brief.news, TEXT)))
    rows += [_named(one) for one in brief.facts]
    for one in brief.excerpts:
        rows += _excerpt(one)
    rows += [_named(one) for one in brief.notes]
    if brief.foot:
        rows.append(_block(_run(brief.foot, TEXT, isSubtle=True, size="Small")))
    card: Body = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": rows,
        "msteams": {"width": "Full"},
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def size(body: Body) -> int:
    """Return how large a message is, in bytes."""
    raw = as_bytes(body)
    return max(len(raw), len(raw.decode("utf-8").encode("utf-16-le")))


def _block(*runs: Body) -> Body:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, limit: int, **look: object) -> Body:
    plain = re.sub(r"\{(?=\{)", "{ ", text)  # two braces would begin a date to be formatted
    return {"type": "TextRun", "text": fitted(plain, limit, str), **look}


def _named(fact: Fact) -> Body:
    return _block(_run(f"{fact.name}: ", TITLE, weight="Bolder"), _run(fact.words, TEXT))


def _excerpt(one: Excerpt) -> list[Body]:
    said = _block(_run(f"“{one.text}”", TEXT, italic=True))
    source = [_run(one.source, TEXT, isSubtle=True)]
    if one.url:
        press = {"type": "Action.OpenUrl", "url": one.url}
        source.append(_run(" (article)", TITLE, selectAction=press))
    rows = [said, _block(*source)]
    if one.why:
        rows.append(_block(_run(one.why, TEXT, isSubtle=True, size="Small")))
    return rows
