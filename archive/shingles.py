"""Shingles: the hashes by which articles that carry one text find each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.ids import digest
from archive.listed import bound, listed
from archive.tables import article, shingle
from archive.upsert import upsert

SLICES = 4  # of the 1,024 that ids fall into, looked through at each pruning; 26 at most


@dataclass(frozen=True, slots=True)
class Sharing:
    """An article that shares ``shared`` shingles with a text; ``origin`` is the article's own."""

    article_id: str
    origin: str
    shared: int


def put(connection: Connection, article_id: str, hashes: Iterable[int]) -> None:
    """Store the shingles of an article's newest version in place of those of earlier ones."""
    connection.execute(sa.delete(shingle).where(shingle.c.article_id == article_id))
    add(connection, article_id, hashes)


def add(connection: Connection, article_id: str, hashes: Iterable[int]) -> None:
    """Store the shingles of a new article."""
    upsert(connection, shingle, [{"hash": h, "article_id": article_id} for h in hashes])


def common(connection: Connection, hashes: Sequence[int], most: int) -> frozenset[int]:
    """Return the ones of ``hashes`` that more than ``most`` articles have: boilerplate."""
    if not hashes:
        return frozenset()
    values = {"hashes": bound(hashes), "most": most}
    return frozenset(connection.scalars(_common(connection.dialect.name), values))


def sharing(
    connection: Connection,
    hashes: Sequence[int],
    since: datetime,
    *,
    but: str,
    least: int,
    limit: int,
) -> list[Sharing]:
    """Return articles first seen after ``since`` that share ``least`` shingles or more.

    At most ``limit`` of them, those that share most; of equals the first seen.
    """
    if not hashes:
        return []
    rows = connection.execute(
        _sharing(connection.dialect.name),
        {"hashes": bound(hashes), "since": since, "but": but, "least": least, "limit": limit},
    )
    return [Sharing(row.id, row.origin, row.shared) for row in rows]


def counts(
    connection: Connection, article_ids: Sequence[str], *, but: Iterable[int] = ()
) -> dict[str, int]:
    """Return how many shingles are stored for each article, those in ``but`` left out."""
    values = {"keys": bound(article_ids), "but": bound(but)}
    rows = connection.execute(_counts(connection.dialect.name), values)
    return {row.article_id: row[1] for row in rows}


def prune(connection: Connection, before: datetime, now: datetime, slices: int = SLICES) -> int:
    """Drop the shingles of some articles first seen ``before``; return how many were dropped.

    Ids are spread evenly over 1,024 slices by their first two characters. Each call looks
    through some ``slices`` that ``now`` draws: its cost follows the shingles that are held, never
    the archive, and a backlog is worked off however it arose.
    """
    drawn = digest(now.isoformat(), length=2 * slices)
    dropped = 0
    for start in range(0, len(drawn), 2):
        first = f"a_{drawn[start : start + 2]}"
        within = shingle.c.article_id.between(first, first + "z" * 18)
        held = sa.select(shingle.c.article_id).where(within).distinct()
        old = sa.select(article.c.id).where(article.c.id.in_(held), article.c.first_seen < before)
        statement = sa.delete(shingle).where(shingle.c.article_id.in_(old))
        dropped += connection.execute(statement).rowcount
    return dropped


@cache
def _common(dialect: str) -> sa.Select[Any]:
    hashes = listed(dialect, "hashes")
    value = sa.cast(hashes.c.value, sa.BigInteger)
    one_too_many = (
        sa.select(sa.literal_column("1"))
        .select_from(shingle)
        .where(shingle.c.hash == value)
        .limit(1)
        .offset(sa.bindparam("most", type_=sa.Integer))
        .correlate(hashes)
        .scalar_subquery()
    )
    return sa.select(value).where(one_too_many.is_not(None))


@cache
def _sharing(dialect: str) -> sa.Select[Any]:
    shared = sa.func.count().label("shared")
    hashes = sa.select(sa.cast(listed(dialect, "hashes").c.value, sa.BigInteger))
    most = (
        sa.select(shingle.c.article_id, shared)
        .where(shingle.c.hash.in_(hashes), shingle.c.article_id != sa.bindparam("but"))
        .group_by(shingle.c.article_id)
        .having(sa.func.count() >= sa.bindparam("least", type_=sa.Integer))
        .subquery()
    )
    return (
        sa.select(article.c.id, article.c.origin, most.c.shared)
        .join(most, most.c.article_id == article.c.id)
        .where(article.c.first_seen >= sa.bindparam("since"))
        .order_by(most.c.shared.desc(), article.c.first_seen, article.c.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


@cache
def _counts(dialect: str) -> sa.Select[Any]:
    keys = sa.select(listed(dialect, "keys").c.value)
    but = sa.select(sa.cast(listed(dialect, "but").c.value, sa.BigInteger))
    return (
        sa.select(shingle.c.article_id, sa.func.count())
        .where(shingle.c.article_id.in_(keys), shingle.c.hash.not_in(but))
        .group_by(shingle.c.article_id)
    )
