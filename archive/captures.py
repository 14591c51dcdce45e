"""Captures: for which article versions the raw response is kept, and in which file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import alert, article, article_version, capture, evidence, story_member
from archive.types import Capture
from archive.upsert import upsert

WAITING = "waiting"
KEPT = "kept"
_CHANGING = ("path", "sha256", "size", "state", "taken")


@dataclass(frozen=True, slots=True)
class Settled:
    """A capture that waits although its version is scored, and whether it became evidence."""

    capture: Capture
    is_evidence: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture and the article that it is of."""

    capture: Capture
    url: str
    outlet: str
    title: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article: how many pieces of evidence it gave, its capture, and what its
    publisher has reserved of its use."""

    version: int
    title: str
    text: str
    seen: datetime
    evidence: int
    capture: Capture | None
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """How many captures are kept, and their size in bytes."""

    count: int
    size: int


def add(connection: Connection, one: Capture) -> None:
    """Note a capture; one of the same article version is replaced."""
    upsert(connection, capture, [asdict(one)], update=_CHANGING)


def get(connection: Connection, article_id: str, version: int) -> Capture | None:
    """Return the capture of one article version."""
    statement = sa.select(capture).where(
        capture.c.article_id == article_id, capture.c.version == version
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else Capture(**row)


def keep(connection: Connection, captures: Iterable[Capture]) -> None:
    """Note where captures that became evidence have been moved to."""
    upsert(connection, capture, [asdict(one) for one in captures], update=_CHANGING)


def drop(connection: Connection, captures: Iterable[Capture]) -> None:
    """Forget captures whose files are gone."""
    for one in captures:
        same = sa.and_(capture.c.article_id == one.article_id, capture.c.version == one.version)
        connection.execute(sa.delete(capture).where(same))


def waiting(connection: Connection, limit: int) -> list[Settled]:
    """Return captures that still wait although their version is scored, oldest first."""
    found = sa.exists().where(
        evidence.c.article_id == capture.c.article_id, evidence.c.version == capture.c.version
    )
    statement = (
        sa.select(capture, found.label("is_evidence"))
        .join(article_version, _same_version())
        .where(capture.c.state == WAITING, article_version.c.scored_by.is_not(None))
        .order_by(capture.c.taken, capture.c.article_id, capture.c.version)
        .limit(limit)
    )
    rows = connection.execute(statement).mappings()
    return [Settled(_capture(row), bool(row["is_evidence"])) for row in rows]


def waiting_paths(connection: Connection) -> set[str]:
    """Return the paths of all captures that wait."""
    return set(connection.scalars(sa.select(capture.c.path).where(capture.c.state == WAITING)))


def held(connection: Connection) -> Held:
    """Return how much is kept."""
    statement = sa.select(
        sa.func.count().label("many"), sa.func.coalesce(sa.func.sum(capture.c.size), 0)
    ).where(capture.c.state == KEPT)
    count, size = connection.execute(statement).one()
    return Held(int(count), int(size))


def oldest(connection: Connection, limit: int, *, told_since: datetime) -> list[Capture]:
    """Return kept captures, oldest first, but none of an alert that was told since a time."""
    told = (
        sa.exists()
        .where(
            story_member.c.article_id == capture.c.article_id,
            alert.c.story_id == story_member.c.story_id,
            alert.c.updated >= told_since,
        )
        .correlate(capture)
    )
    return _kept(connection, ~told, limit)


def taken_before(connection: Connection, before: datetime, limit: int) -> list[Capture]:
    """Return captures that are kept and were taken before a time, oldest first."""
    return _kept(connection, capture.c.taken < before, limit)


def taken_before_count(connection: Connection, before: datetime) -> int:
    """Return how many kept captures were taken before a time."""
    statement = sa.select(sa.func.count()).where(capture.c.state == KEPT, capture.c.taken < before)
    return int(connection.scalar(statement) or 0)


def recent(connection: Connection, limit: int) -> list[Listed]:
    """Return the captures that were taken last and are kept, newest first."""
    statement = (
        sa.select(capture, article.c.url, article.c.outlet, article_version.c.title)
        .join(article_version, _same_version())
        .join(article, article.c.id == capture.c.article_id)
        .where(capture.c.state == KEPT)
        .order_by(capture.c.taken.desc(), capture.c.article_id, capture.c.version.desc())
        .limit(limit)
    )
    return [
        Listed(_capture(row), row["url"], row["outlet"], row["title"])
        for row in connection.execute(statement).mappings()
    ]


def versions(connection: Connection, article_id: str) -> list[Version]:
    """Return all versions of an article, newest first, with what is kept of each."""
    pieces = (
        sa.select(sa.func.count())
        .select_from(evidence)
        .where(
            evidence.c.article_id == article_version.c.article_id,
            evidence.c.version == article_version.c.version,
        )
        .scalar_subquery()
    )
    statement = (
        sa.select(
            article_version.c.version.label("number"),
            *(article_version.c.title, article_version.c.text, article_version.c.seen),
            article_version.c.reservation,
            pieces.label("pieces"),
            capture,
        )
        .outerjoin(capture, _same_version())
        .where(article_version.c.article_id == article_id)
        .order_by(article_version.c.version.desc())
    )
    return [
        Version(
            row["number"],
            row["title"],
            row["text"],
            row["seen"],
            row["pieces"],
            None if row["path"] is None else _capture(row),
            row["reservation"],
        )
        for row in connection.execute(statement).mappings()
    ]


def _kept(connection: Connection, condition: sa.ColumnElement[bool], limit: int) -> list[Capture]:
    statement = (
        sa.select(capture)
        .where(capture.c.state == KEPT, condition)
        .order_by(capture.c.taken, capture.c.article_id, capture.c.version)
        .limit(limit)
    )
    return [Capture(**row) for row in connection.execute(statement).mappings()]


def _same_version() -> sa.ColumnElement[bool]:
    return sa.and_(
        capture.c.article_id == article_version.c.article_id,
        capture.c.version == article_version.c.version,
    )


def _capture(row: Any) -> Capture:
    return Capture(**{column.name: row[column.name] for column in capture.columns})
