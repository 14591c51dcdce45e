"""An alert as a Discord message: one embed through a webhook."""

from __future__ import annotations

import re

from alerts.brief import Body, Brief, Excerpt, Fact, fitted, units

MOST = 6_000
"""UTF-16 units over all texts of the embeds."""
TITLE = 256
DESCRIPTION = 4_096
NAME = 256
VALUE = 1_024
FIELDS = 25
FOOTER = 2_048
_MARKUP = re.compile(r"[\\*_~`|>#+\-.\[\]()<@:/]")
_COLOURS = {"critical": 0xB3261E, "important": 0xC77700, "notable": 0x2F6FA3}
_GREY = 0x7A7A7A


def escape(text: str) -> str:
    """Return foreign text with a backslash before everything that Discord could read as markup."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", text)


def render(brief: Brief) -> Body:
    """Return the message; whatever stands in it, nobody is mentioned."""
    embed: Body = {
        "title": fitted(brief.head, TITLE, escape),
        "description": "\n\n".join([escape(brief.news), *map(_excerpt, brief.excerpts)]),
        "color": _COLOURS.get(brief.severity, _GREY),
        "fields": [_field(one) for one in (*brief.facts, *brief.notes)][:FIELDS],
    }
    if brief.url:
        embed["url"] = brief.url
    if brief.foot:
        embed["footer"] = {"text": fitted(brief.foot, FOOTER, escape)}
    return {"content": "", "embeds": [embed], "allowed_mentions": {"parse": []}}


def size(body: Body) -> int:
    """Return how large a message is by Discord's count: titles, descriptions, fields, footers.

    One with too long a description is too large.
    """
    embeds = body["embeds"]
    assert isinstance(embeds, list)
    if any(units(str(one["description"])) > DESCRIPTION for one in embeds):
        return MOST + 1
    return sum(map(_counted, embeds))


def _counted(embed: Body) -> int:
    fields, footer = embed["fields"], embed.get("footer", {})
    assert isinstance(fields, list)
    assert isinstance(footer, dict)
    texts = [embed["title"], embed["description"], footer.get("text", "")]
    texts += [text for one in fields for text in (one["name"], one["value"])]
    return sum(units(str(text)) for text in texts)


def _excerpt(one: Excerpt) -> str:
    read = f" [article]({one.url})" if one.url else ""
    why = f"\n{escape(one.why)}" if one.why else ""
    return f"> {escape(one.text)}\n{escape(one.source)}{read}{why}"


def _field(fact: Fact) -> Body:
    return {"name": fact.name, "value": fitted(fact.words, VALUE, escape), "inline": False}
