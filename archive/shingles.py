"""Shingles: the hashes by which articles that carry one text find each other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.ids import digest
from archive.tables import article, shingle
from archive.upsert import upsert

_PAGE = 500  # well below SQLite's limit of bound values in one statement
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
    wanted = _listed(connection, hashes)
    one_too_many = (
        sa.select(sa.literal_column("1"))
        .select_from(shingle)
        .where(shingle.c.hash == sa.cast(wanted.c.value, sa.BigInteger))
        .limit(1)
        .offset(most)
        .correlate(wanted)
        .scalar_subquery()
    )
    value = sa.cast(wanted.c.value, sa.BigInteger)
    statement = sa.select(value).where(one_too_many.is_not(None))
    return frozenset(connection.scalars(statement))


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
    count = sa.func.count().label("shared")
    most = (
        sa.select(shingle.c.article_id, count)
        .where(shingle.c.hash.in_(hashes[:_PAGE]), shingle.c.article_id != but)
        .group_by(shingle.c.article_id)
        .having(sa.func.count() >= least)
        .subquery()
    )
    statement = (
        sa.select(article.c.id, article.c.origin, most.c.shared)
        .join(most, most.c.article_id == article.c.id)
        .where(article.c.first_seen >= since)
        .order_by(most.c.shared.desc(), article.c.first_seen, article.c.id)
        .limit(limit)
    )
    return [Sharing(row.id, row.origin, row.shared) for row in connection.execute(statement)]


def counts(
    connection: Connection, article_ids: Sequence[str], *, but: Iterable[int] = ()
) -> dict[str, int]:
    """Return how many shingles are stored for each article, those in ``but`` left out."""
    statement = (
        sa.select(shingle.c.article_id, sa.func.count())
        .where(shingle.c.article_id.in_(article_ids[:_PAGE]), shingle.c.hash.not_in(list(but)))
        .group_by(shingle.c.article_id)
    )
    return {row.article_id: row[1] for row in connection.execute(statement)}


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


def _listed(connection: Connection, hashes: Sequence[int]) -> sa.TableValuedAlias:
    """Return ``hashes`` as rows of one column, ``value``: one bound value, however many they are.

    A VALUES clause of as many bound values takes SQLAlchemy 5 ms to compile at each call.
    """
    text = sa.bindparam("hashes", json.dumps(list(hashes)), sa.Text)
    if connection.dialect.name == "sqlite":
        return sa.func.json_each(text).table_valued("value", name="wanted")
    rows = sa.func.json_array_elements_text(sa.cast(text, sa.JSON))
    return rows.table_valued("value", name="wanted")
