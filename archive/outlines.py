"""Outlines: many stories without texts, passages and traits, to find what speaks against one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import scores
from archive.tables import article, article_version, evidence, score, story, story_member
from archive.types import Article, Direction, Evidence, Score, Story, StoryMember


def between(connection: Connection, start: datetime, end: datetime) -> list[Story]:
    """Return the stories with publications between two times, oldest first, as outlines.

    Articles lack their text, author and content hash; scores their traits; evidence its passages.
    The rest is as ``archive.stories.between`` gives it, at a fraction of the cost.
    """
    found = (
        sa.select(story)
        .where(story.c.last_published >= start, story.c.first_published <= end)
        .order_by(story.c.first_published, story.c.id)
    )
    rows = connection.execute(found).mappings().all()
    chosen = sa.select(found.order_by(None).subquery().c.id)
    members = _members(connection, chosen)
    return [
        Story(
            id=row["id"],
            title=row["title"],
            members=tuple(members[row["id"]]),
            created=row["created"],
            updated=row["updated"],
        )
        for row in rows
        if row["id"] in members
    ]


def _members(connection: Connection, chosen: sa.Select[Any]) -> dict[str, list[StoryMember]]:
    said = _scores(connection, chosen)
    columns = [column for column in article.c if column.name != "version"]
    statement = (
        sa.select(story_member.c.story_id, article.c.version, article_version.c.title, *columns)
        .join(article, article.c.id == story_member.c.article_id)
        .join(
            article_version,
            sa.and_(
                article_version.c.article_id == article.c.id,
                article_version.c.version == article.c.version,
            ),
        )
        .where(story_member.c.story_id.in_(chosen))
        .order_by(sa.func.coalesce(article.c.published, article.c.first_seen), article.c.id)
    )
    found: dict[str, list[StoryMember]] = {}
    for row in connection.execute(statement).mappings():
        values = dict(row)
        story_id = values.pop("story_id")
        if values["id"] in said:
            one = StoryMember(Article(**values, text=""), said[values["id"]])
            found.setdefault(story_id, []).append(one)
    return found


def _scores(connection: Connection, chosen: sa.Select[Any]) -> dict[str, Score]:
    pieces = _evidence(connection, chosen)
    statement = scores.of_members(
        chosen,
        score.c.article_id,
        score.c.version,
        score.c.model_id,
        score.c.lang,
        score.c.relevance,
        score.c.direction,
        score.c.signals,
    )
    found: dict[str, Score] = {}
    for row in connection.execute(statement):
        own = pieces.get((row.article_id, row.version, row.model_id), [])
        found[row.article_id] = Score(
            row.article_id,
            row.version,
            row.model_id,
            row.lang,
            row.relevance,
            Direction(row.direction),
            row.signals,
            tuple(own),
        )  # of several models' scores the last one stays
    return found


def _evidence(
    connection: Connection, chosen: sa.Select[Any]
) -> dict[tuple[str, int, str], list[Evidence]]:
    statement = scores.evidence_of_members(
        chosen,
        evidence.c.article_id,
        evidence.c.version,
        evidence.c.signal,
        evidence.c.model_id,
        evidence.c.probability,
        evidence.c.direction,
    ).order_by(evidence.c.probability.desc(), evidence.c.signal)
    found: dict[tuple[str, int, str], list[Evidence]] = {}
    for row in connection.execute(statement):
        one = Evidence(
            row.article_id,
            row.version,
            row.signal,
            row.model_id,
            row.probability,
            Direction(row.direction),
            (),
        )
        found.setdefault((one.article_id, one.version, one.model_id), []).append(one)
    return found
