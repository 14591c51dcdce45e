"""Digests: until when each person has had them, and what a week's evidence comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import heartbeats, scores
from archive.tables import article, evidence, story_member
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


def ends(connection: Connection, kind: str, addresses: Collection[str]) -> dict[str, datetime]:
    """Return where the last digest of a kind ended that each address has taken, if it took one."""
    beats = heartbeats.every(connection)
    names = {address: _name(kind, address) for address in addresses}
    return {address: beats[name].at for address, name in names.items() if name in beats}


def taken(connection: Connection, kind: str, address: str, end: datetime) -> None:
    """Note that an address has taken the digest of a kind that ended then."""
    heartbeats.put(connection, [heartbeats.Beat(_name(kind, address), end, detail="mailed")])


def new_articles(connection: Connection, since: datetime, until: datetime) -> int:
    """Return how many articles were first seen in a time, copies of others too."""
    statement = sa.select(sa.func.count()).select_from(article).where(_seen(since, until))
    return int(connection.scalar(statement) or 0)


def signal_counts(connection: Connection, since: datetime, until: datetime) -> list[SignalCount]:
    """Return what the evidence in articles first seen in a time comes to, most stories first.

    Only the present version of an article counts, by the model that has scored it last.
    """
    newest = _models(connection, since, until)
    statement = (
        sa.select(
            evidence.c.signal,
            evidence.c.direction,
            evidence.c.model_id,
            article.c.id,
            story_member.c.story_id,
        )
        .join(
            article,
            sa.and_(article.c.id == evidence.c.article_id, article.c.version == evidence.c.version),
        )
        .join(story_member, story_member.c.article_id == article.c.id)
        .where(_seen(since, until))
    )
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for signal, direction, model, key, story_id in connection.execute(statement):
        if model == newest.get(key):
            found[signal][direction].add(story_id)
    counts = (_count(signal, stories) for signal, stories in found.items())
    return sorted(counts, key=lambda one: (-one.stories, one.signal))


def _count(signal: str, found: Mapping[str, set[str]]) -> SignalCount:
    both = found.get(Direction.MIXED, set())
    away, toward = (
        found.get(Direction.AWAY, set()) | both,
        found.get(Direction.TOWARD, set()) | both,
    )
    return SignalCount(signal, len(set().union(*found.values())), len(away), len(toward))


def _models(connection: Connection, since: datetime, until: datetime) -> dict[str, str]:
    """Return the model that has scored the current version of each article of a time last."""
    chosen = (
        sa.select(story_member.c.story_id)
        .join(article, article.c.id == story_member.c.article_id)
        .where(_seen(since, until))
    )
    return scores.models_of(connection, chosen)


def _seen(since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(article.c.first_seen >= since, article.c.first_seen < until)


def _name(kind: str, address: str) -> str:
    return f"{_PREFIX} {kind} {address.lower()}"
