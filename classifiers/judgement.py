"""A person's labels for a text, as a file of labels says it, and what is wrong with it."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archive.types import Direction

from .lexicon import LANGUAGES
from .signals import Signal
from .words import detect_language

MOST_TEXT = 20_000
"""Characters of a labelled text, far beyond a passage; more is a whole document by mistake."""

_MOST_WORD = 300
_OUR_ID = re.compile(r"lb_[a-z2-7]{16}")
_DIRECTED = "direction:"
_NOTHING = "none"
_quoted = reprlib.Repr()
_quoted.maxstring = _quoted.maxother = 80


FOR_CORPUS = "meant for a corpus"


class FaultError(Exception):
    """What is wrong with a record, and the remedy."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's labels for one text.

    ``direction`` and ``at`` are ``None``, ``annotator``, ``id`` and ``article`` empty, where the
    record is silent. ``partial`` marks an answer about one signal alone, ``loses_event`` a passage
    of an event of its own, which a label does not keep.
    """

    text: str
    lang: str
    labels: tuple[str, ...]
    direction: Direction | None
    annotator: str
    at: datetime | None
    id: str
    article: str
    partial: bool = False
    loses_event: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that makes no label.

    It is ``ignored``, ``rejected``, ``cancelled`` or ``unanswered``, or ``FOR_CORPUS``: a passage
    that is no news, or not to be learnt from.
    """

    why: str


class Choices:
    """The signals by all that a tool may call them: code or name, in any case."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        self._codes: dict[str, str] = {}
        for signal in signals:
            self._codes[signal.name.strip().casefold()] = signal.code
            self._codes[signal.code.casefold()] = signal.code

    def knows(self, choice: object) -> bool:
        """Tell whether ``choice`` is a signal's code or name."""
        return isinstance(choice, str) and choice.strip().casefold() in self._codes

    def code(self, choice: object) -> str:
        """Return the code of the signal that ``choice`` means; raise ``FaultError`` if none."""
        if not isinstance(choice, str):
            raise FaultError(f"choice {quoted(choice)} is no text; use the codes of signals.toml")
        code = self._codes.get(choice.strip().casefold())
        if code is None:
            raise FaultError(
                f"signal {choice[:80]!r} is not in signals.toml; correct it or define the signal"
            )
        return code

    def read(
        self, chosen: Iterable[object], direction: object = None
    ) -> tuple[tuple[str, ...], Direction | None]:
        """Return the codes among ``chosen`` and the direction, chosen or given."""
        codes: dict[str, None] = {}
        directions = {} if is_silent(direction) else {_direction(direction): None}
        for choice in chosen:
            word = choice.strip().casefold() if isinstance(choice, str) else ""
            if word.startswith(_DIRECTED):
                directions[_direction(word.removeprefix(_DIRECTED))] = None
            elif word != _NOTHING:
                codes[self.code(choice)] = None
        if len(directions) > 1:
            raise FaultError(f"two directions ({', '.join(directions)}); keep one")
        return tuple(codes), next(iter(directions), None)


Record = Mapping[str, Any]


def judgement_of(
    text: object,
    named: tuple[tuple[str, ...], Direction | None],
    notes: Record,
    *,
    partial: bool = False,
) -> Judgement:
    """Return the judgement of ``text``; ``notes`` may hold lang, annotator, at, id, article."""
    if not isinstance(text, str) or not text.strip():
        raise FaultError("empty text; write the passage or remove the record")
    if len(text) > MOST_TEXT:
        raise FaultError(f"text is longer than {MOST_TEXT:,} characters; label a passage of it")
    if _is_broken(text):
        raise FaultError("broken characters in text (lone surrogates or NUL); type the text again")
    own, at = _word(notes, "id"), notes.get("at")
    return Judgement(
        text=text,
        lang=_language(_word(notes, "lang"), text),
        labels=named[0],
        direction=named[1],
        annotator=_word(notes, "annotator"),
        at=None if is_silent(at) else time_of(at),
        id=own if _OUR_ID.fullmatch(own) else "",
        article=_word(notes, "article"),
        partial=partial,
    )


def _word(notes: Record, key: str) -> str:
    value = notes.get(key)
    if is_silent(value) or (key == "id" and not isinstance(value, str)):
        return ""
    if not isinstance(value, str) or len(value) > _MOST_WORD or _is_broken(value):
        raise FaultError(f"{key} is not a short text; write one or leave it out")
    return value.strip()


def _language(lang: str, text: str) -> str:
    script = detect_language(text)
    if lang in LANGUAGES and lang != script:
        raise FaultError(
            f"lang is {lang!r} but the letters are those of {script!r}; correct one of them"
        )
    return lang or script


def _direction(value: object) -> Direction:
    word = value.strip().casefold().removeprefix(_DIRECTED) if isinstance(value, str) else None
    try:
        return Direction(word or "")
    except ValueError:
        raise FaultError(
            f"direction {quoted(value)} is unknown; use one of {', '.join(Direction)}"
        ) from None


def time_of(value: object) -> datetime:
    """Return the time of an ISO 8601 text or of Unix seconds, in UTC."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        when = datetime.fromisoformat(value if isinstance(value, str) else "")
        return (when.replace(tzinfo=UTC) if when.tzinfo is None else when).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise FaultError(
            f"time {quoted(value)} cannot be read; write it like 2026-01-31T10:00:00Z"
        ) from None


def quoted(value: object) -> str:
    """Return ``value`` as a message quotes it: cut short, and however deeply it is nested."""
    return _quoted.repr(value)[:80]


def is_silent(value: object) -> bool:
    """Tell whether ``value`` says nothing: missing, empty, or a table's gap (NaN)."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _is_broken(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" or char == "\x00" for char in text)
