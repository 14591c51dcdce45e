"""The exchange format: articles read from JSON Lines, scores written as one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TextIO

from archive.ids import content_hash
from archive.types import Article, Direction, Score

from .errors import CorpusError
from .language import language_code
from .words import detect_language

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article of an exchange file and what its line says of it; ``None`` where it is silent."""

    article: Article
    labels: tuple[str, ...] | None
    relevant: bool | None
    direction: Direction | None
    event: str | None

    @property
    def is_judged(self) -> bool:
        """Whether the line says anything about relevance."""
        return self.labels is not None or self.relevant is not None

    @property
    def has_known_signals(self) -> bool:
        """Whether the line says which signals there are: an irrelevant article has none."""
        return self.labels is not None or self.relevant is False

    @property
    def is_relevant(self) -> bool:
        """The given ``relevant``, else whether there is any label."""
        return bool(self.labels) if self.relevant is None else self.relevant


def read_articles(source: TextIO, name: str) -> Iterator[LabelledArticle]:
    """Yield the articles of ``source``, one JSON object a line; ``name`` is for messages.

    ``id`` and ``text`` are needed. A missing ``lang`` is detected by script. Raises
    ``CorpusError`` with one line, naming file and line, at the first line that cannot be used.
    """
    number = 0
    try:
        for number, line in enumerate(source, 1):  # noqa: B007
            if line.strip():
                yield _labelled(_record(line))
    except UnicodeDecodeError:
        raise CorpusError([f"{name}:{number + 1}: not UTF-8; save the file as UTF-8"]) from None
    except _FaultError as fault:
        raise CorpusError([f"{name}:{number}: {fault}"]) from None


class _FaultError(Exception):
    """What is wrong with a line and its remedy."""


def _record(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _FaultError(f"not JSON ({error}); write one object on one line") from None
    if not isinstance(record, dict):
        raise _FaultError("not a JSON object; write one object on one line")
    return record


def _labelled(record: Mapping[str, Any]) -> LabelledArticle:
    labels = record.get("labels")
    if labels is not None and not (
        isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    ):
        raise _FaultError("labels is not a list of texts; write [] or a list of codes")
    relevant = record.get("relevant")
    if relevant is not None and relevant not in (True, False):
        raise _FaultError(f"relevant is {relevant!r}; write true or false")
    direction = record.get("direction")
    if direction is not None and direction not in tuple(Direction):
        raise _FaultError(f"direction is {direction!r}; use away, toward, mixed or none")
    return LabelledArticle(
        article=_article(record),
        labels=None if labels is None else tuple(labels),
        relevant=None if relevant is None else bool(relevant),
        direction=None if direction is None else Direction(direction),
        event=_text(record, "event") or None,
    )


def _article(record: Mapping[str, Any]) -> Article:
    if not isinstance(record.get("id"), str | int) or record["id"] == "":
        raise _FaultError("no id; add a text for it")
    if not isinstance(record.get("text"), str):
        raise _FaultError('no text; add "text"')
    title, text, url = (_text(record, key) for key in ("title", "text", "url"))
    published = _date(record.get("date"))
    return Article(
        id=str(record["id"]),
        url=url,
        title=title,
        text=text,
        lang=language_code(_text(record, "lang")) or detect_language(f"{title}\n{text}"),
        outlet=_text(record, "outlet"),
        published=published,
        first_seen=published or _EPOCH,
        final_url=url,
        date_flag="ok" if published else "missing",
        content_hash=content_hash(title, text),
    )


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _FaultError(f"{key} is not a text; put it in quotes")
    return value


def _date(value: object) -> datetime | None:
    """Return the time of an ISO 8601 date or date-time in UTC; without a zone it is UTC."""
    if value is None or value == "":
        return None
    try:
        when = datetime.fromisoformat(str(value))
        return (when.replace(tzinfo=UTC) if when.tzinfo is None else when).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _FaultError(
            f"date is {value!r}; write it like {date(2026, 1, 31).isoformat()}"
        ) from None


def score_line(score: Score) -> dict[str, object]:
    """Return ``score`` in the exchange form, JSON-ready."""
    return {
        "id": score.article_id,
        "relevance": score.relevance,
        "direction": str(score.direction),
        "signals": dict(score.signals),
        "evidence": [
            {
                "signal": evidence.signal,
                "text": passage.text,
                "start": passage.start,
                "end": passage.end,
                "reasons": [
                    {"concept": r.concept, "surface": r.surface, "weight": r.weight}
                    for r in passage.reasons
                ],
            }
            for evidence in score.evidence
            for passage in evidence.passages
        ],
        "model": score.model_id,
        "lang": score.lang,
    }
