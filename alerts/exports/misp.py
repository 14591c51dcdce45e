"""Alerts as MISP events, with the tags of MISP's own taxonomies for grades and likelihoods."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from alerts.clean import clean
from alerts.exports.record import Record, places, plain, stable, utc
from alerts.rendering import letter, stamp

_THREAT = {"critical": "1", "important": "2", "notable": "3"}
_UNDEFINED = "4"
_ONGOING, _COMPLETED = "1", "2"
_OWN_ORGANISATION = "0"
Thing = dict[str, object]


def misp(records: Sequence[Record]) -> bytes:
    """Return the events as MISP's search answers them, and as its import takes them."""
    answer = {"response": [{"Event": _event(one)} for one in records]}
    return json.dumps(answer, ensure_ascii=False, indent=1).encode("utf-8")


def _event(one: Record) -> Thing:
    a = one.payload
    return {
        "uuid": str(stable("event", a.alert_id)),
        "info": plain(clean(a.subject)),
        "date": f"{utc(one.alert.opened):%Y-%m-%d}",
        "timestamp": _epoch(a.created),
        "published": False,
        "analysis": _COMPLETED if one.alert.state == "closed" else _ONGOING,
        "threat_level_id": _THREAT.get(a.severity, _UNDEFINED),
        "distribution": _OWN_ORGANISATION,
        "Tag": [{"name": name} for name in _tags(one)],
        "Attribute": _attributes(one),
    }


def _tags(one: Record) -> list[str]:
    a = one.payload
    grade = min(map(letter, a.letters), default="F").lower()
    return [
        f'pivotwatch:signal="{_word(a.signal.code)}"',
        f'pivotwatch:rule="{_word(a.rule)}"',
        f'admiralty-scale:source-reliability="{grade}"',
        f'admiralty-scale:information-credibility="{a.credibility.number}"',
        f'estimative-language:likelihood-probability="{_word(a.likelihood)}"',
        f'estimative-language:confidence-in-analytic-judgment="{a.confidence}"',
    ]


def _attributes(one: Record) -> list[Thing]:
    a = one.payload
    found = [
        _attribute(one, "text", plain(f"{a.news} {a.counter.summary} {a.coverage}"), "what is new")
    ]
    found += [
        _attribute(one, "link", p.url, plain(clean(f"{p.outlet}: {p.title}", 200)))
        for p in places(a)
    ]
    for quote in a.passages:
        said = f"{clean(quote.source.outlet)}, published {stamp(quote.source.published)}"
        found.append(_attribute(one, "text", plain(quote.text), plain(said)))
    return [thing for thing in found if thing["value"]]


def _attribute(one: Record, kind: str, value: str, comment: str) -> Thing:
    return {
        "uuid": str(stable("attribute", f"{one.alert.id} {kind} {value} {comment}")),
        "type": kind,
        "category": "External analysis",
        "value": value,
        "comment": comment,
        "to_ids": False,
        "distribution": "5",  # as the event
        "timestamp": _epoch(one.payload.created),
    }


def _word(text: str) -> str:
    return plain(clean(text, 60)).replace('"', "'").replace(" ", "-")


def _epoch(when: datetime) -> str:
    return str(int(when.timestamp()))
