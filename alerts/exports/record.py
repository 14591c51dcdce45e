"""What is exported of an alert, and what all formats share: ids, times, safe text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from alerts.clean import readable
from alerts.payload import AlertPayload, Source
from alerts.rendering import link
from archive.types import Alert

_SPACE = UUID("6f1c5d0a-93b7-5d0c-9c3e-2f6f3f0d7a11")
_NO_XML = {0xFFFE: " ", 0xFFFF: " "}


@dataclass(frozen=True, slots=True)
class Record:
    """An alert as it stands, and its newest revision."""

    alert: Alert
    payload: AlertPayload


@dataclass(frozen=True, slots=True)
class Place:
    """An article that may be linked: its address, who published it, and its title."""

    url: str
    outlet: str
    title: str


def stable(kind: str, key: str) -> UUID:
    """Return the id of a thing in other programs: the same in every export."""
    return uuid5(_SPACE, f"{kind} {key}")


def plain(text: str) -> str:
    """Return foreign text without any character that a format forbids."""
    return readable(text).translate(_NO_XML)


def utc(when: datetime) -> datetime:
    """Return a time in UTC, to the second."""
    return when.astimezone(UTC).replace(microsecond=0)


def places(payload: AlertPayload) -> tuple[Place, ...]:
    """Return the articles behind an alert that may be linked, each address once."""
    sources: tuple[Source, ...] = payload.articles or tuple(q.source for q in payload.passages)
    found = {link(s.url): Place(link(s.url), plain(s.outlet), plain(s.title)) for s in sources}
    found.pop("", None)
    return tuple(found.values())
