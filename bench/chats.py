"""D2: are chat messages of any alert within what Slack, Teams and Discord take?

    ./run bench chats           10,000 alerts at random, from one seed

Prints how many messages were above a limit, and how large the largest ones were.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from alerts.chat import chat_message
from alerts.payload import AlertPayload

ALERTS = 10_000
SEED = 20260304


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def slack(body: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """What is limited, how large it is, and the most that Slack takes."""
    blocks = body["blocks"]
    yield "whole", units(json.dumps(blocks, ensure_ascii=False)), 13_200
    yield "blocks", len(blocks), 50
    for one in blocks:
        fields, elements = one.get("fields", []), one.get("elements", [])
        yield "fields", len(fields), 10
        yield "elements", len(elements), 10
        for text in fields:
            yield "field", units(text["text"]), 2_000
        for text in (*elements, *([one["text"]] if "text" in one else [])):
            header = one["type"] == "header"
            yield ("header", units(text["text"]), 150) if header else (
                "text", units(text["text"]), 3_000,
            )  # fmt: skip


def discord(body: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """What is limited, how large it is, and the most that Discord takes."""
    (one,) = body["embeds"]
    fields = one["fields"]
    foot = one.get("footer", {}).get("text", "")
    shown = [one["title"], one["description"], foot]
    yield "title", units(one["title"]), 256
    yield "description", units(one["description"]), 4_096
    yield "footer", units(foot), 2_048
    yield "fields", len(fields), 25
    for field in fields:
        yield "name", units(field["name"]), 256
        yield "value", units(field["value"]), 1_024
        shown += [field["name"], field["value"]]
    yield "whole", sum(map(units, shown)), 6_000


def teams(body: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """What is limited, how large it is, and the most that Teams takes."""
    text = json.dumps(body, ensure_ascii=False)
    yield "bytes", max(len(text.encode("utf-8")), 2 * units(text)), 28_000


def sizes(payload: AlertPayload) -> Iterator[tuple[str, int, int]]:
    for part, size, most in slack(chat_message("slack", payload)):
        yield f"slack {part}", size, most
    for part, size, most in discord(chat_message("discord", payload)):
        yield f"discord {part}", size, most
    for part, size, most in teams(chat_message("teams", payload)):
        yield f"teams {part}", size, most


def main() -> None:
    from alerts_at_random import Alerts

    many = int(sys.argv[1]) if len(sys.argv) > 1 else ALERTS
    start = time.perf_counter()
    made = Alerts(SEED)
    above: Counter[str] = Counter()
    largest: dict[str, tuple[int, int]] = {}
    for _ in range(many):
        for what, size, most in sizes(made.alert()):
            above[what] += size > most
            largest[what] = max(largest.get(what, (0, most)), (size, most))
    print(f"{many:,} alerts at random, {time.perf_counter() - start:.0f} s")
    for what, (size, most) in sorted(largest.items()):
        print(f"  {what:22} largest {size:>7,} of {most:>7,}, above it {above[what]:>3}")
    print(f"  above a limit in all {above.total():,}")


if __name__ == "__main__":
    main()
