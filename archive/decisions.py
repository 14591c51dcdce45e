"""Decisions across stories: which wait for a time, which are missing, what was scored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import decision, story, story_member
from archive.types import Outcome


def waiting(connection: Connection, prefix: str) -> list[tuple[str, str]]:
    """Return story and detail of the held decisions whose detail begins with ``prefix``."""
    statement = (
        sa.select(decision.c.story_id, decision.c.detail)
        .where(
            decision.c.outcome == Outcome.HELD.value,
            decision.c.detail.startswith(prefix, autoescape=True),
        )
        .order_by(decision.c.story_id)
    )
    return [(row.story_id, row.detail) for row in connection.execute(statement)]


def undecided(
    connection: Connection, rules: Collection[str], since: datetime, limit: int
) -> list[str]:
    """Return the stories published after a time that lack a decision of one of ``rules``."""
    decided = (
        sa.select(sa.func.count())
        .where(decision.c.story_id == story.c.id, decision.c.rule.in_(list(rules)))
        .scalar_subquery()
    )
    inhabited = sa.exists().where(story_member.c.story_id == story.c.id)
    statement = (
        sa.select(story.c.id)
        .where(story.c.last_published >= since, inhabited, decided < len(rules))
        .order_by(story.c.last_published.desc(), story.c.id)
        .limit(limit)
    )
    return list(connection.scalars(statement))


def scores(
    connection: Connection, rule: str, since: datetime, until: datetime
) -> list[tuple[datetime, float]]:
    """Return when a rule decided on stories between two times, and their scores."""
    statement = sa.select(decision.c.decided, decision.c.score).where(
        decision.c.rule == rule, decision.c.decided >= since, decision.c.decided < until
    )
    return [(row.decided, row.score) for row in connection.execute(statement)]
