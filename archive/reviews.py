"""Reviewing: which scored articles nobody has judged, and an analyst's judgement of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import labels as label_store
from archive import scores
from archive.tables import article, label, score, story_member
from archive.types import Label, Score


@dataclass(frozen=True, slots=True)
class Unjudged:
    """An article that has yet to be judged, with the last score of its current version.

    ``group`` is equal for the articles that tell of one event: the story's id, or else the id of
    the article whose text it carries. ``when`` is the time of publication, or of the first sight.
    The score comes without evidence, its traits without stems.
    """

    article_id: str
    group: str
    lang: str
    when: datetime
    score: Score


@dataclass(frozen=True, slots=True)
class Progress:
    """How many articles have been judged, by whomever, and how many labels there are in all."""

    articles: int
    labels: int


def unjudged(
    connection: Connection,
    since: datetime,
    limit: int,
    *,
    by: str | None = None,
    lang: str | None = None,
) -> list[Unjudged]:
    """Return the scored articles from ``since`` on that nobody has judged, newest first.

    An article counts as judged when a label names it, its copy, or another article of its story.
    With ``by`` only that annotator's labels count: the articles that others judged come back.
    With ``lang`` only articles in that language are returned.
    """
    judged = _judged(connection, by)
    found = (one for one in _scored(connection, since, lang) if one.group not in judged)
    return list(islice(found, limit))


def judge(connection: Connection, one: Label) -> list[Label]:
    """Store a judgement in place of its annotator's earlier ones of the same article.

    Returns:
        What it has replaced, for ``take_back``.
    """
    whose = one.article_id, one.annotator
    replaced = [x for x in label_store.every(connection) if (x.article_id, x.annotator) == whose]
    connection.execute(sa.delete(label).where(label.c.id.in_([x.id for x in replaced])))
    label_store.add(connection, [one])
    return replaced


def take_back(connection: Connection, one: Label, replaced: list[Label]) -> None:
    """Undo ``judge``: remove the judgement and restore what it had replaced."""
    connection.execute(sa.delete(label).where(label.c.id == one.id))
    label_store.add(connection, replaced)


def progress(connection: Connection) -> Progress:
    """Return how much has been judged so far."""
    counted = sa.select(sa.func.count(sa.distinct(label.c.article_id)), sa.func.count())
    articles, labels = connection.execute(counted.select_from(label)).one()
    return Progress(int(articles), int(labels))


def _groups() -> tuple[sa.FromClause, sa.ColumnElement[str]]:
    """Return the articles joined with their stories and their originals', and the group's name."""
    own, original = story_member.alias("own"), story_member.alias("original")
    joined = article.outerjoin(own, own.c.article_id == article.c.id).outerjoin(
        original, original.c.article_id == article.c.origin
    )
    return joined, sa.func.coalesce(own.c.story_id, original.c.story_id, article.c.origin)


def _judged(connection: Connection, by: str | None) -> set[str]:
    joined, group = _groups()
    statement = sa.select(group).select_from(joined.join(label, label.c.article_id == article.c.id))
    if by is not None:
        statement = statement.where(label.c.annotator == by)
    return set(connection.scalars(statement))


def _scored(connection: Connection, since: datetime, lang: str | None) -> Iterator[Unjudged]:
    """Yield every scored article once, newest first; the last score comes first."""
    joined, group = _groups()
    fresh = sa.func.coalesce(article.c.published, article.c.first_seen)
    current = sa.and_(score.c.article_id == article.c.id, score.c.version == article.c.version)
    statement = (
        sa.select(score, group.label("belongs"), fresh.label("fresh"))
        .select_from(joined.join(score, current))
        .where(fresh >= since)
        .order_by(sa.desc("fresh"), article.c.id, score.c.scored.desc(), score.c.model_id)
    )
    if lang is not None:
        statement = statement.where(article.c.lang == lang)
    seen: set[str] = set()
    for row in connection.execute(statement).mappings():
        if row["article_id"] not in seen:
            seen.add(row["article_id"])
            yield Unjudged(
                row["article_id"],
                row["belongs"],
                row["lang"],
                row["fresh"],
                _lean(scores.from_row(row)),
            )


def _lean(one: Score) -> Score:
    return replace(one, traits=replace(one.traits, stems=frozenset()))
