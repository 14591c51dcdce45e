"""Digests: until when each person has had them, and what a week's evidence comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import heartbeats
from archive.tables import article, cycle, evidence, story_member
from archive.types import Direction

_PREFIX = "digest"


@dataclass(frozen=True, slots=True)
class SignalCount:
    """In how many stories a signal was found, and in how many of them with which direction.

    A story with evidence of both directions counts in both.
    """

    signal: str
    stories: int
    away: int
    toward: int


def ended(connection: Connection, kind: str, address: str) -> datetime | None:
    """Return where the last digest of a kind ended that an address has taken, if it took one."""
    beat = heartbeats.every(connection).get(_name(kind, address))
    return None if beat is None else beat.at


def taken(connection: Connection, kind: str, address: str, end: datetime) -> None:
    """Note that an address has taken the digest of a kind that ended then."""
    heartbeats.put(connection, [heartbeats.Beat(_name(kind, address), end, detail="mailed")])


def reports(connection: Connection, since: datetime) -> list[Mapping[str, object]]:
    """Return what the cycles that began at ``since`` or later have reported."""
    statement = sa.select(cycle.c.report).where(cycle.c.started >= since)
    return list(connection.scalars(statement))


def signal_counts(connection: Connection, since: datetime, until: datetime) -> list[SignalCount]:
    """Return what the evidence in articles first seen in a time comes to, most stories first.

    Only the present version of an article counts.
    """
    story_id = story_member.c.story_id
    statement = (
        sa.select(
            evidence.c.signal,
            sa.func.count(story_id.distinct()).label("stories"),
            _in(Direction.AWAY).label("away"),
            _in(Direction.TOWARD).label("toward"),
        )
        .join(story_member, story_member.c.article_id == evidence.c.article_id)
        .join(
            article,
            sa.and_(article.c.id == evidence.c.article_id, article.c.version == evidence.c.version),
        )
        .where(article.c.first_seen >= since, article.c.first_seen < until)
        .group_by(evidence.c.signal)
        .order_by(sa.desc("stories"), evidence.c.signal)
    )
    return [SignalCount(*row) for row in connection.execute(statement)]


def _in(direction: Direction) -> sa.ColumnElement[int]:
    """Count the stories with evidence of one direction, or of both."""
    wanted = evidence.c.direction.in_((direction.value, Direction.MIXED.value))
    return sa.func.count(sa.case((wanted, story_member.c.story_id)).distinct())


def _name(kind: str, address: str) -> str:
    return f"{_PREFIX} {kind} {address.lower()}"
