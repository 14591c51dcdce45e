"""Scores and the evidence in them, as stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import article, evidence, score, story_member
from archive.types import Contribution, Direction, Evidence, Passage, Score, Traits
from archive.upsert import upsert


@dataclass(frozen=True, slots=True)
class Streamed:
    """An article of the stream: its story, when it came out, its probabilities by signal.

    ``story_id`` is ``None`` for an article without a story, ``signals`` where the model that was
    asked for has not scored the current version.
    """

    article_id: str
    story_id: str | None
    origin: str
    when: datetime
    signals: Mapping[str, float] | None


def of_members(chosen: sa.Select[Any], *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return ``columns`` of the scores of chosen stories' articles as they are now.

    ``chosen`` selects the stories' ids. Of several models' scores the last one stands last.
    """
    return (
        sa.select(*columns)
        .join(story_member, story_member.c.article_id == score.c.article_id)
        .join(
            article,
            sa.and_(article.c.id == score.c.article_id, article.c.version == score.c.version),
        )
        .where(story_member.c.story_id.in_(chosen))
        .order_by(score.c.scored, score.c.model_id)
    )


def models_of(connection: Connection, chosen: sa.Select[tuple[str]]) -> dict[str, str]:
    """Return the model that has scored the current version of each article of chosen stories last.

    ``chosen`` selects the stories' ids.
    """
    statement = of_members(chosen, score.c.article_id, score.c.model_id)
    return {key: model for key, model in connection.execute(statement).all()}  # noqa: C416


def evidence_of_members(chosen: sa.Select[Any], *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return ``columns`` of the evidence in chosen stories' articles, of every version."""
    return (
        sa.select(*columns)
        .join(story_member, story_member.c.article_id == evidence.c.article_id)
        .where(story_member.c.story_id.in_(chosen))
    )


def save(connection: Connection, scores: Iterable[Score], now: datetime) -> int:
    """Store scores with their evidence, replacing equal keys; return the evidence count."""
    total = 0
    for one in scores:
        upsert(
            connection,
            score,
            [
                {
                    "article_id": one.article_id,
                    "version": one.version,
                    "model_id": one.model_id,
                    "lang": one.lang,
                    "relevance": one.relevance,
                    "direction": one.direction.value,
                    "signals": dict(one.signals),
                    "traits": {k: sorted(v) for k, v in asdict(one.traits).items()},
                    "scored": now,
                }
            ],
            update=("lang", "relevance", "direction", "signals", "traits", "scored"),
        )
        rows = [_evidence_row(e) for e in one.evidence]
        upsert(
            connection,
            evidence,
            rows,
            update=("probability", "direction", "passages", "counter"),
        )
        total += len(rows)
    return total


def latest(connection: Connection, article_ids: Iterable[str]) -> dict[str, Score]:
    """Return the last score of the current version of each article that has one."""
    ids = list(article_ids)
    found: dict[str, Score] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        statement = (
            sa.select(score)
            .join(
                article,
                sa.and_(article.c.id == score.c.article_id, article.c.version == score.c.version),
            )
            .where(score.c.article_id.in_(part))
            .order_by(score.c.scored)
        )
        rows = connection.execute(statement).mappings().all()
        pieces = _evidence(connection, part)
        for row in rows:
            key = (row["article_id"], row["version"], row["model_id"])
            found[row["article_id"]] = from_row(row, tuple(pieces.get(key, ())))
    return found


def stream(
    connection: Connection, start: datetime, end: datetime, model_id: str, limit: int
) -> list[Streamed]:
    """Return the articles between two times, newest first, with what ``model_id`` gave them."""
    when = sa.func.coalesce(
        article.c.published, article.c.first_seen, type_=article.c.first_seen.type
    )
    own = sa.and_(
        score.c.article_id == article.c.id,
        score.c.version == article.c.version,
        score.c.model_id == model_id,
    )
    statement = (
        sa.select(
            article.c.id,
            article.c.origin,
            story_member.c.story_id,
            when.label("at"),
            score.c.signals,
        )
        .outerjoin(story_member, story_member.c.article_id == article.c.id)
        .outerjoin(score, own)
        .where(when > start, when <= end)
        .order_by(when.desc(), article.c.id)
        .limit(limit)
    )
    return [
        Streamed(row.id, row.story_id, row.origin, row.at, row.signals)
        for row in connection.execute(statement)
    ]


def evidence_count(connection: Connection) -> int:
    """Return how many pieces of evidence are held."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(evidence)) or 0)


def _evidence_row(one: Evidence) -> dict[str, Any]:
    row = asdict(one)
    return row | {
        "direction": one.direction.value,
        "passages": list(row["passages"]),
        "counter": list(row["counter"]),
    }


def _evidence(
    connection: Connection, article_ids: list[str]
) -> dict[tuple[str, int, str], list[Evidence]]:
    statement = (
        sa.select(evidence)
        .where(evidence.c.article_id.in_(article_ids))
        .order_by(evidence.c.probability.desc(), evidence.c.signal)
    )
    found: dict[tuple[str, int, str], list[Evidence]] = {}
    for row in connection.execute(statement).mappings():
        one = Evidence(
            article_id=row["article_id"],
            version=row["version"],
            signal=row["signal"],
            model_id=row["model_id"],
            probability=row["probability"],
            direction=Direction(row["direction"]),
            passages=tuple(_passage(p) for p in row["passages"]),
            counter=tuple(_passage(p) for p in row["counter"]),
        )
        found.setdefault((one.article_id, one.version, one.model_id), []).append(one)
    return found


def _passage(data: dict[str, Any]) -> Passage:
    reasons = tuple(Contribution(**reason) for reason in data["reasons"])
    return Passage(data["text"], data["start"], data["end"], reasons)


def from_row(row: Any, pieces: tuple[Evidence, ...] = ()) -> Score:
    """Return the score in a row of the table ``score``, with the evidence ``pieces``."""
    return Score(
        article_id=row["article_id"],
        version=row["version"],
        model_id=row["model_id"],
        lang=row["lang"],
        relevance=row["relevance"],
        direction=Direction(row["direction"]),
        signals=row["signals"],
        evidence=pieces,
        traits=Traits(**{k: frozenset(v) for k, v in row["traits"].items()}),
    )
