"""What Slack, Teams and Discord take, and what of a message they would read as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

LINK = re.compile(r"https?://[A-Za-z0-9.:-]+(?:[/?#][A-Za-z0-9!#$%&'*+,/:;=?@._~-]*)?")
DISCORD_LINK = re.compile(r" \[article\]\(([^()\s]+)\)$", re.MULTILINE)
DISCORD_MARKUP = re.compile(r"[\\*_~`|>#\[\]()<@:/]")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def texts(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a message with the key it stands under."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from texts(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value, key)
    elif isinstance(node, str):
        yield key, node


def check_slack(body: dict[str, Any]) -> None:
    """Assert that Slack takes a message and reads nothing in it as markup but our links."""
    assert units(json.dumps(body["blocks"], ensure_ascii=False)) <= 13_000
    assert set(body) == {"text", "mrkdwn", "unfurl_links", "unfurl_media", "blocks"}
    assert (body["mrkdwn"], body["unfurl_links"], body["unfurl_media"]) == (False, False, False)
    assert 1 <= len(body["blocks"]) <= 50
    check_slack_text(body["text"], 3_000)
    for block in body["blocks"]:
        if block["type"] == "header":
            check_slack_object(block["text"], 150)
        elif block["type"] == "context":
            assert 1 <= len(block["elements"]) <= 10
            for one in block["elements"]:
                check_slack_object(one, 3_000)
        else:
            assert block["type"] == "section"
            fields = block.get("fields", [])
            assert len(fields) <= 10
            for one in fields:
                check_slack_object(one, 2_000)
            if "text" in block:
                check_slack_object(block["text"], 3_000)


def check_slack_object(one: dict[str, Any], most: int) -> None:
    if one["type"] == "plain_text":
        assert one["emoji"] is False
        check_slack_text(one["text"], most)
        return
    assert (one["type"], one["verbatim"]) == ("mrkdwn", True)
    assert units(one["text"]) <= most
    found = re.fullmatch(r"<([^<>|]+)\|article>", one["text"])
    assert found
    assert LINK.fullmatch(found[1].replace("&amp;", "&"))


def check_slack_text(text: str, most: int) -> None:
    assert 1 <= units(text) <= most
    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", text)


def check_discord(body: dict[str, Any]) -> None:
    """Assert that Discord takes a message and reads nothing in it as markup but our own."""
    assert set(body) == {"content", "embeds", "allowed_mentions"}
    assert body["content"] == ""
    assert body["allowed_mentions"] == {"parse": []}
    (embed,) = body["embeds"]
    assert set(embed) <= {"title", "description", "color", "fields", "footer", "url"}
    assert 1 <= units(embed["title"]) <= 256
    assert 1 <= units(embed["description"]) <= 4_096
    assert len(embed["fields"]) <= 25
    shown = [embed["title"], embed["description"], embed.get("footer", {}).get("text", "")]
    for one in embed["fields"]:
        assert 1 <= units(one["name"]) <= 256
        assert 1 <= units(one["value"]) <= 1_024
        shown += [one["name"], one["value"]]
    assert units(shown[2]) <= 2_048
    assert sum(map(units, shown)) <= 6_000
    assert "url" not in embed or LINK.fullmatch(embed["url"])
    for text in shown:
        check_discord_text(text)


def check_discord_text(text: str) -> None:
    for url in DISCORD_LINK.findall(text):
        assert LINK.fullmatch(url)
    rest = DISCORD_LINK.sub("", text)
    rest = re.sub("^> ", "", rest, flags=re.MULTILINE)
    rest = re.sub(r"\\[^0-9A-Za-z\s]", "", rest)  # what a backslash has made plain
    assert not DISCORD_MARKUP.search(rest), rest


def check_teams(body: dict[str, Any]) -> None:
    """Assert that Teams takes a message and that all its words are plain runs."""
    text = json.dumps(body, ensure_ascii=False)
    assert max(len(text.encode("utf-8")), 2 * units(text)) <= 28_000
    assert set(body) == {"type", "attachments"}
    (attachment,) = body["attachments"]
    card = attachment["content"]
    assert set(card) == {"$schema", "type", "version", "body", "msteams"}
    assert card["msteams"] == {"width": "Full"}
    for block in card["body"]:
        assert block["type"] == "RichTextBlock"
        for run in block["inlines"]:
            assert run["type"] == "TextRun"
            assert run["text"]
            assert "{{" not in run["text"]
            press = run.get("selectAction", {"type": "Action.OpenUrl", "url": "https://a.example"})
            assert press["type"] == "Action.OpenUrl"
            assert LINK.fullmatch(press["url"])


CHECKS = {"slack": check_slack, "teams": check_teams, "discord": check_discord}
