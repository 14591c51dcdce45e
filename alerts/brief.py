"""An alert or a letter in short: what a chat message says, whatever the chat.

Every text in a brief may hold foreign words: a renderer escapes all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import quote, urlsplit

from alerts.clean import clean, readable
from alerts.letters import Letter
from alerts.payload import AlertPayload, Origin, Quote
from alerts.rendering import because, heading, language, letter, link, stamp

MAX_LINK = 300  # characters; a longer address is left out of a chat
Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Room:
    """How much a message may show: quotes, characters of each, and of any other text."""

    quotes: int
    quote: int
    line: int


ROOMS = (Room(3, 900, 500), Room(2, 450, 250), Room(1, 200, 100))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said of the alert: what, and how it is."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A verbatim passage, where it stands (``url`` may be empty) and why it was taken."""

    text: str
    source: str
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What a message says, in this order; ``url`` leads to the first article or is empty."""

    head: str
    url: str
    news: str
    facts: tuple[Fact, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    notes: tuple[Fact, ...] = ()
    foot: str = ""
    severity: str = ""


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, as JavaScript counts."""
    return len(text.encode("utf-16-le")) // 2


def fitted(text: str, limit: int, escape: Callable[[str], str]) -> str:
    """Return a text escaped, cut so that it has at most ``limit`` UTF-16 units even then.

    ``escape`` must treat each character by itself.
    """
    whole = escape(text)
    if units(whole) <= limit:
        return whole
    pieces = [escape(character) for character in text]
    lengths = accumulate(map(units, pieces))
    kept = "".join(piece for piece, length in zip(pieces, lengths, strict=True) if length < limit)
    return f"{kept.rstrip()}…"


def in_room(
    subject: AlertPayload | Letter,
    render: Callable[[Brief], Body],
    size: Callable[[Body], int],
    most: int,
) -> Body:
    """Return a message that is at most ``most`` large by ``size``: what does not fit is cut."""
    *larger, least = ROOMS
    for room in larger:
        body = render(brief_of(subject, room))
        if size(body) <= most:
            return body
    return render(brief_of(subject, least))


def as_bytes(body: Body) -> bytes:
    """Return a message's JSON as it is posted."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def brief_of(subject: AlertPayload | Letter, room: Room) -> Brief:
    """Return an alert or a letter in short."""
    if isinstance(subject, Letter):
        return Brief(clean(subject.subject), "", clean(subject.text, 2 * room.line))
    return _of_alert(subject, room)


def reduced(payload: AlertPayload) -> Brief:
    """Return what only identifies an alert, for a chat that took offence at the whole."""
    return Brief(clean(payload.subject, 140), "", clean(payload.alert_id, 60))


def address(url: str) -> str:
    """Return a URL in ASCII without any bracket, or an empty string if it may not be linked."""
    plain = quote(link(url), safe="!#$%&'*+,/:;=?@~")
    named = re.fullmatch(r"[A-Za-z0-9.:-]+", urlsplit(plain).netloc)
    return plain if named and len(plain) <= MAX_LINK else ""


def _of_alert(a: AlertPayload, room: Room) -> Brief:
    links = [found for s in a.articles if (found := address(s.url))]
    again = f"Update {a.revision}: {because(a.reason)}. " if a.revision > 1 else ""
    return Brief(
        head=clean(a.subject),
        url=links[0] if links else "",
        news=clean(again + a.news, room.line),
        facts=_facts(a, room),
        excerpts=tuple(_excerpt(q, room) for q in a.passages[: room.quotes]),
        notes=_notes(a, room),
        foot=clean(f"{a.coverage} {a.model_note} {a.alert_id}", room.line),
        severity=a.severity,
    )


def _facts(a: AlertPayload, room: Room) -> tuple[Fact, ...]:
    number = min(max(a.probability, 0.01), 0.99)
    grade = min(map(letter, a.letters), default="F")
    facts = (
        Fact("Signal", a.signal.name),
        Fact("Direction", heading(a.direction)),
        Fact("Likelihood", f"{a.likelihood} ({number:.2f})"),
        Fact("Confidence", f"{a.confidence}: {a.confidence_why}"),
        Fact("Severity", a.severity),
        Fact("Outlet and report", f"{grade}, {a.credibility.number} ({a.credibility.words})"),
    )
    return tuple(Fact(one.name, clean(one.words, room.line // 2)) for one in facts)


def _excerpt(q: Quote, room: Room) -> Excerpt:
    source = (
        f"{clean(q.source.outlet, 80)} ({language(q.source.lang)}), "
        f"published {stamp(q.source.published)}, first seen {stamp(q.source.first_seen)}"
    )
    why = "because of " + ", ".join(clean(r.surface, 40) for r in q.reasons_for[:4])
    if not q.reasons_for:
        why = ""
    if q.reason_against is not None:
        why = f"{why}; against it: {clean(q.reason_against.surface, 40)}".lstrip("; ")
    words = " ".join(readable(q.text).split())
    text = words[: room.quote].strip() + ("…" if q.cut or len(words) > room.quote else "")
    why = clean(why, room.line) if why else ""
    return Excerpt(text, source, why, address(q.source.url))


def _notes(a: AlertPayload, room: Room) -> tuple[Fact, ...]:
    told = [f"{one.at:%-d %b}: {one.news}" for one in reversed(a.earlier)]
    notes = (
        Fact("Independent origins", _origins(a.origins)),
        Fact("Counter-evidence", _against(a)),
        Fact("Told before", "; ".join(told)),
        Fact("What would change it", " ".join(a.outlook)),
    )
    return tuple(Fact(one.name, clean(one.words, room.line)) for one in notes if one.words)


def _origins(origins: tuple[Origin, ...]) -> str:
    named = []
    for one in origins:
        outlets = ", ".join(dict.fromkeys(s.outlet for s in one.articles))
        copies = ", ".join(dict.fromkeys(s.outlet for s in one.copies))
        named.append(f"{outlets} (copied by {copies})" if copies else outlets)
    return f"{len(origins)}: {'; '.join(named)}" if origins else "none"


def _against(a: AlertPayload) -> str:
    words = [a.counter.summary]
    words += [f"“{q.text}” ({q.source.outlet})" for q in a.counter.passages[:1]]
    words += [f"{s.title} ({', '.join(s.outlets)})" for s in a.counter.stories[:2]]
    return " ".join(words)
