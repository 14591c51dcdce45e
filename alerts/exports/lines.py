"""Alerts as JSON Lines: the whole payload of each, as a webhook gets it, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence

from alerts.exports.record import Record


def lines(records: Sequence[Record]) -> bytes:
    """Return one JSON object a line; ``state`` and ``opened`` stand beside the payload's keys."""
    return b"".join(_line(one) for one in records)


def _line(one: Record) -> bytes:
    told = one.payload.as_json() | {
        "state": one.alert.state,
        "opened": one.alert.opened.isoformat(),
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    for mark, escaped in (("\u2028", "\\u2028"), ("\u2029", "\\u2029"), ("\x85", "\\u0085")):
        text = text.replace(mark, escaped)  # some readers end a line there
    return text.encode("utf-8", "replace") + b"\n"
