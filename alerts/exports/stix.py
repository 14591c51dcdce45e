"""Alerts as a STIX 2.1 bundle: a report each, its quotes as notes, its articles as URLs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from alerts.clean import clean
from alerts.exports.record import Place, Record, places, plain, stable
from alerts.payload import Quote
from alerts.rendering import stamp

_SCO = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace of deterministic ids of observables (STIX 2.1, section 2.9)."""
_CONFIDENCE = {"low": 15, "moderate": 50, "high": 85}
"""The None / Low / Med / High scale (STIX 2.1, appendix A)."""
_BEGAN = "2026-01-01T00:00:00.000Z"
_COUNTRIES = (("Armenia", "AM"), ("Russia", "RU"))
Thing = dict[str, object]


def stix(records: Sequence[Record]) -> bytes:
    """Return the bundle; the same alerts give the same bytes."""
    found: dict[str, Thing] = {}
    for thing in (_ourselves(), *map(_country, _COUNTRIES)):
        found[str(thing["id"])] = thing
    for one in records:
        for thing in _things(one):
            found[str(thing["id"])] = thing
    told = " ".join(f"{one.alert.id}.{one.payload.revision}" for one in records)
    bundle = {
        "type": "bundle",
        "id": f"bundle--{stable('bundle', told)}",
        "objects": list(found.values()),
    }
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode("utf-8")


def _things(one: Record) -> list[Thing]:
    a = one.payload
    urls = [_url(place) for place in places(a)]
    report = _id("report", a.alert_id)
    notes = [_note(a.alert_id, quote, report) for quote in a.passages if plain(quote.text)]
    opened = _time(one.alert.opened)
    about = [_id("identity", "pivotwatch"), *(_id("location", code) for _, code in _COUNTRIES)]
    return [
        *urls,
        *notes,
        {
            "type": "report",
            "spec_version": "2.1",
            "id": report,
            "created_by_ref": _id("identity", "pivotwatch"),
            "created": opened,
            "modified": max(opened, _time(a.created)),
            "name": plain(clean(a.subject)),
            "description": _described(one),
            "report_types": ["observed-data"],
            "published": opened,
            "confidence": _CONFIDENCE[a.confidence],
            "labels": [plain(clean(t, 60)) for t in (a.signal.code, a.rule, a.severity)],
            "object_refs": [*about, *(str(thing["id"]) for thing in (*urls, *notes))],
            "external_references": [
                {"source_name": "pivotwatch", "external_id": a.alert_id},
                *({"source_name": p.outlet or "article", "url": p.url} for p in places(a)),
            ],
        },
    ]


def _described(one: Record) -> str:
    a = one.payload
    said = (
        f"{a.news} {a.likelihood.capitalize()} ({a.probability:.2f}): {a.signal.name}. "
        f"Confidence: {a.confidence}; {a.confidence_why}. {a.counter.summary} {a.coverage}"
    )
    return plain(said)


def _note(alert_id: str, quote: Quote, report: str) -> Thing:
    source = quote.source
    key = f"{alert_id} {source.article_id} {source.version} {quote.start}"
    seen = _time(source.first_seen)
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": _id("note", key),
        "created_by_ref": _id("identity", "pivotwatch"),
        "created": seen,
        "modified": seen,
        "abstract": plain(f"{clean(source.outlet)}, published {stamp(source.published)}"),
        "content": plain(quote.text),
        "authors": [plain(clean(source.outlet))],
        "object_refs": [report],
    }


def _url(place: Place) -> Thing:
    key = json.dumps({"value": place.url}, ensure_ascii=False, separators=(",", ":"))
    return {
        "type": "url",
        "spec_version": "2.1",
        "id": f"url--{uuid5(_SCO, key)}",
        "value": place.url,
    }


def _ourselves() -> Thing:
    return _lasting("identity", "pivotwatch") | {"name": "pivotwatch", "identity_class": "system"}


def _country(named: tuple[str, str]) -> Thing:
    name, code = named
    return _lasting("location", code) | {"name": name, "country": code}


def _lasting(kind: str, key: str) -> Thing:
    head: Thing = {"type": kind, "spec_version": "2.1", "id": _id(kind, key)}
    return head | {"created": _BEGAN, "modified": _BEGAN}


def _id(kind: str, key: str) -> str:
    return f"{kind}--{stable(kind, key)}"


def _time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"
