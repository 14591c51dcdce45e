"""Alerts as a calendar (RFC 5545), an event for each at the time it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from alerts.clean import clean
from alerts.exports.record import Record, places, plain, stable

_LINE = 75  # octets before a line is folded
_PRIORITY = {"critical": 1, "important": 3, "notable": 5}
_LEAST = 9


def calendar(records: Sequence[Record]) -> bytes:
    """Return the calendar; the same alerts give the same bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//pivotwatch//alerts//EN"]
    for one in records:
        lines += _event(one)
    lines.append("END:VCALENDAR")
    return b"".join(part for line in lines for part in _folded(line))


def _event(one: Record) -> list[str]:
    a = one.payload
    links = places(a)
    said = [a.news, f"{a.likelihood} ({a.probability:.2f}): {a.signal.name}"]
    said += [f"“{q.text}” ({q.source.outlet})" for q in a.passages]
    said += [place.url for place in links]
    terms = ",".join(_text(clean(t, 60)) for t in (a.signal.code, a.rule, a.severity))
    return [
        "BEGIN:VEVENT",
        f"UID:{stable('calendar', a.alert_id)}",
        f"DTSTAMP:{_time(a.created)}",
        f"DTSTART:{_time(one.alert.opened)}",
        f"LAST-MODIFIED:{_time(a.created)}",
        f"SEQUENCE:{a.revision - 1}",
        f"SUMMARY:{_text(clean(a.subject))}",
        f"DESCRIPTION:{_text(chr(10).join(said))}",
        f"CATEGORIES:{terms}",
        f"PRIORITY:{_PRIORITY.get(a.severity, _LEAST)}",
        *(f"URL:{place.url}" for place in links[:1]),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(text: str) -> str:
    escaped = plain(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> Iterator[bytes]:
    """Yield a line in pieces of at most 75 octets, never within a character."""
    piece = b""
    for character in line:
        octets = character.encode("utf-8")
        if len(piece) + len(octets) > _LINE:
            yield piece + b"\r\n"
            piece = b" "
        piece += octets
    yield piece + b"\r\n"


def _time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"
