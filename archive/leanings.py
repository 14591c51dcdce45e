"""Leanings: which way each article of a story points, how surely, and when it was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import scores
from archive.tables import article, evidence, story, story_member
from archive.types import Direction


@dataclass(frozen=True, slots=True)
class Leaning:
    """One article's strongest evidence of one direction, as its newest score has it.

    ``origin`` is the article that its text came from, itself when original; ``family`` the owner.
    """

    story_id: str
    article_id: str
    origin: str
    family: str
    published: datetime
    direction: Direction
    probability: float


def between(connection: Connection, start: datetime, end: datetime) -> list[Leaning]:
    """Return the leanings of all stories with publications between two times.

    They come story by story and in order of publication, those from before ``start`` too: what a
    further origin adds depends on the earlier ones. Undated articles, and what was published
    after ``end``, are left out.
    """
    chosen = sa.select(story.c.id).where(
        story.c.last_published >= start, story.c.first_published <= end
    )
    newest = scores.models_of(connection, chosen)
    statement = (
        sa.select(
            story_member.c.story_id,
            article.c.id,
            article.c.origin,
            article.c.family,
            article.c.outlet,
            article.c.published,
            evidence.c.model_id,
            evidence.c.direction,
            evidence.c.probability,
        )
        .join(article, article.c.id == story_member.c.article_id)
        .join(
            evidence,
            sa.and_(evidence.c.article_id == article.c.id, evidence.c.version == article.c.version),
        )
        .where(story_member.c.story_id.in_(chosen), article.c.published <= end)
        .order_by(
            story_member.c.story_id,
            article.c.published,
            article.c.id,
            evidence.c.probability.desc(),
        )
    )
    found: dict[tuple[str, str], Leaning] = {}
    for story_id, key, origin, family, outlet, published, model, side, sure in connection.execute(
        statement
    ).all():
        if (key, side) not in found and model == newest.get(key):
            found[key, side] = Leaning(
                story_id,
                key,
                origin or key,
                family or outlet,
                published,
                Direction(side),
                sure,
            )
    return list(found.values())
