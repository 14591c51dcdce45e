"""Sketches: what grouping needs to know of an article, without its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import scores
from archive.listed import bound, listed
from archive.tables import article, evidence, score, story, story_member
from archive.types import Article, Score

LONGEST = timedelta(days=30)
_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Sketch:
    """What an article is recognised by; ``shown`` are the signals at evidence level.

    ``when`` is its publication, or when it was first seen if it is not ``is_dated``. ``focus``
    are the concepts in the passages of its evidence, the article's point as far as it matters.
    """

    article_id: str
    origin: str
    lang: str
    when: datetime
    is_dated: bool
    signals: Mapping[str, float]
    shown: frozenset[str]
    concepts: frozenset[str]
    focus: frozenset[str]
    names: frozenset[str]
    stems: frozenset[str]


def sketch_of(one: Article, said: Score) -> Sketch:
    """Return the sketch of an article and its score."""
    return Sketch(
        article_id=one.id,
        origin=one.origin or one.id,
        lang=one.lang,
        when=one.published or one.first_seen,
        is_dated=one.published is not None,
        signals=said.signals,
        shown=frozenset(e.signal for e in said.evidence),
        concepts=said.traits.concepts,
        focus=frozenset(
            reason.concept for e in said.evidence for p in e.passages for reason in p.reasons
        ),
        names=said.traits.names,
        stems=said.traits.stems,
    )


def between(connection: Connection, start: datetime, end: datetime) -> dict[str, list[Sketch]]:
    """Return the sketches of the stories with publications between two times, by story.

    Of several copies of one text in a story there is one, the first to be published; members are
    in order of publication, stories in that of their first. A story that has gone on for more
    than ``LONGEST`` after ``end`` is left out.
    """
    statement = (
        sa.select(story.c.id)
        .where(story.c.last_published.between(start, end + LONGEST))
        .where(story.c.first_published <= end)
        .order_by(story.c.first_published, story.c.id)
    )
    return of(connection, connection.scalars(statement))


def of(connection: Connection, story_ids: Iterable[str]) -> dict[str, list[Sketch]]:
    """Return the sketches of these stories' articles, as ``between`` does."""
    wanted = list(story_ids)
    found: dict[str, list[Sketch]] = {key: [] for key in wanted}
    for start in range(0, len(wanted), _PAGE):
        for key, one in _sketches(connection, wanted[start : start + _PAGE]):
            found[key].append(one)
    return {key: members for key, members in found.items() if members}


def stories_of(connection: Connection, article_ids: Iterable[str]) -> dict[str, str]:
    """Return the story of each of these articles that has one."""
    values = {"ids": bound(article_ids)}
    statement = _stories(connection.dialect.name)
    return {row.article_id: row.story_id for row in connection.execute(statement, values)}


def _sketches(connection: Connection, story_ids: list[str]) -> Iterator[tuple[str, Sketch]]:
    dialect, values = connection.dialect.name, {"ids": bound(story_ids)}
    chosen: dict[tuple[str, str], Any] = {}
    for row in connection.execute(_members(dialect), values):
        chosen.setdefault((row.story_id, row.origin), row)
    said = {
        (row.article_id, row.version): row for row in connection.execute(_scores(dialect), values)
    }  # of several models' scores the last one stays
    pieces: dict[tuple[str, int, str], list[Any]] = {}
    for row in connection.execute(_pieces(dialect), values):
        pieces.setdefault((row.article_id, row.version, row.model_id), []).append(row)
    for row in chosen.values():
        one = said.get((row.id, row.version))
        if one is not None:
            own = pieces.get((row.id, row.version, one.model_id), [])
            yield row.story_id, _sketch(row, one, own)


def _sketch(row: Any, said: Any, pieces: list[Any]) -> Sketch:
    return Sketch(
        article_id=row.id,
        origin=row.origin,
        lang=row.lang,
        when=row.published or row.first_seen,
        is_dated=row.published is not None,
        signals=said.signals,
        shown=frozenset(p.signal for p in pieces),
        concepts=frozenset(said.traits["concepts"]),
        focus=frozenset(
            reason["concept"] for p in pieces for one in p.passages for reason in one["reasons"]
        ),
        names=frozenset(said.traits["names"]),
        stems=frozenset(said.traits["stems"]),
    )


@cache
def _members(dialect: str) -> sa.Select[Any]:
    wanted = sa.select(listed(dialect, "ids").c.value)
    return (
        sa.select(
            story_member.c.story_id,
            article.c.id,
            article.c.version,
            article.c.origin,
            article.c.lang,
            article.c.published,
            article.c.first_seen,
        )
        .join(article, article.c.id == story_member.c.article_id)
        .where(story_member.c.story_id.in_(wanted))
        .order_by(sa.func.coalesce(article.c.published, article.c.first_seen), article.c.id)
    )


@cache
def _scores(dialect: str) -> sa.Select[Any]:
    wanted = sa.select(listed(dialect, "ids").c.value)
    return scores.of_members(
        wanted,
        score.c.article_id,
        score.c.version,
        score.c.model_id,
        score.c.signals,
        score.c.traits,
    )


@cache
def _pieces(dialect: str) -> sa.Select[Any]:
    wanted = sa.select(listed(dialect, "ids").c.value)
    return scores.evidence_of_members(
        wanted,
        evidence.c.article_id,
        evidence.c.version,
        evidence.c.model_id,
        evidence.c.signal,
        evidence.c.passages,
    )


@cache
def _stories(dialect: str) -> sa.Select[Any]:
    wanted = sa.select(listed(dialect, "ids").c.value)
    return sa.select(story_member.c.article_id, story_member.c.story_id).where(
        story_member.c.article_id.in_(wanted)
    )
