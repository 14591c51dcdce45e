"""Articles, their versions, and the shingles that wire copies are found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import article, article_version, score, shingle
from archive.types import Article
from archive.upsert import upsert

Stored = Literal["new", "updated", "same"]
_PAGE = 500  # well below SQLite's limit of bound values in one statement


def put(connection: Connection, one: Article, shingles: Iterable[int] = ()) -> Stored:
    """Store an article, or a new version of it when its content hash has changed."""
    known = connection.execute(
        sa.select(article.c.version, article_version.c.content_hash)
        .join(
            article_version,
            sa.and_(
                article_version.c.article_id == article.c.id,
                article_version.c.version == article.c.version,
            ),
        )
        .where(article.c.id == one.id)
    ).one_or_none()
    if known is None:
        connection.execute(sa.insert(article).values(_article_row(one)))
        _add_version(connection, one, 1)
        rows = [{"hash": h, "article_id": one.id} for h in shingles]
        upsert(connection, shingle, rows)
        return "new"
    if known.content_hash == one.content_hash:
        return "same"
    version = known.version + 1
    connection.execute(sa.update(article).where(article.c.id == one.id).values(version=version))
    _add_version(connection, one, version)
    return "updated"


def get(connection: Connection, key: str) -> Article | None:
    """Return the current version of the article whose id or URL is ``key``."""
    match = sa.or_(article.c.id == key, article.c.url == key, article.c.final_url == key)
    rows = _select(connection, sa.and_(match, _current()))
    return rows[0] if rows else None


def current(connection: Connection, ids: Iterable[str]) -> dict[str, Article]:
    """Return the current versions of the articles with these ids."""
    wanted = list(ids)
    found: dict[str, Article] = {}
    for start in range(0, len(wanted), _PAGE):
        part = wanted[start : start + _PAGE]
        rows = _select(connection, sa.and_(article.c.id.in_(part), _current()))
        found.update((a.id, a) for a in rows)
    return found


def unscored(connection: Connection, limit: int) -> list[Article]:
    """Return article versions that no model has scored yet, oldest first."""
    condition = sa.and_(article_version.c.scored_by.is_(None), _current())
    return _select(connection, condition, limit=limit)


def mark_scored(connection: Connection, one: Article, model_id: str) -> None:
    """Note that ``model_id`` has scored this version and all before it."""
    connection.execute(
        sa.update(article_version)
        .where(
            article_version.c.article_id == one.id,
            article_version.c.version <= one.version,
            article_version.c.scored_by.is_(None),
        )
        .values(scored_by=model_id)
    )


def sharing(
    connection: Connection, hashes: Sequence[int], since: datetime, *, but: str
) -> list[tuple[str, str, int]]:
    """Return articles first seen after ``since`` that share shingles, most shared first.

    Returns:
        Article id, its origin, and the number of shared hashes.
    """
    if not hashes:
        return []
    shared = sa.func.count().label("shared")
    statement = (
        sa.select(article.c.id, article.c.origin, shared)
        .join(shingle, shingle.c.article_id == article.c.id)
        .where(
            shingle.c.hash.in_(hashes[:_PAGE]),
            article.c.first_seen >= since,
            article.c.id != but,
        )
        .group_by(article.c.id, article.c.origin, article.c.first_seen)
        .order_by(shared.desc(), article.c.first_seen, article.c.id)
    )
    return [(row.id, row.origin, row.shared) for row in connection.execute(statement)]


def shingle_count(connection: Connection, article_id: str) -> int:
    """Return how many sampled shingles are stored for an article."""
    statement = sa.select(sa.func.count()).where(shingle.c.article_id == article_id)
    return int(connection.scalar(statement) or 0)


def relevant(connection: Connection, least: float, limit: int) -> list[Article]:
    """Return the newest articles whose current version last scored ``least`` or more, old first."""
    newer = score.alias()
    last = ~sa.exists().where(
        newer.c.article_id == score.c.article_id,
        newer.c.version == score.c.version,
        newer.c.scored > score.c.scored,
    )
    freshness = sa.func.coalesce(article.c.published, article.c.first_seen)
    statement = (
        sa.select(article.c.id)
        .join(
            score,
            sa.and_(score.c.article_id == article.c.id, score.c.version == article.c.version),
        )
        .where(score.c.relevance >= least, last)
        .order_by(freshness.desc(), article.c.id)
        .limit(limit)
    )
    found = current(connection, connection.scalars(statement))
    return sorted(found.values(), key=lambda one: (one.published or one.first_seen, one.id))


def count(connection: Connection) -> int:
    """Return how many articles are held."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(article)) or 0)


def _current() -> sa.ColumnElement[bool]:
    return article_version.c.version == article.c.version


def _article_row(one: Article) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": one.url,
        "final_url": one.final_url or one.url,
        "feed_id": one.feed_id,
        "outlet": one.outlet,
        "family": one.family,
        "kind": one.kind,
        "reliability": one.reliability,
        "lang": one.lang,
        "published": one.published,
        "date_flag": one.date_flag,
        "first_seen": one.first_seen,
        "copy_of": one.copy_of,
        "origin": one.origin or one.id,
        "version": 1,
    }


def _add_version(connection: Connection, one: Article, version: int) -> None:
    connection.execute(
        sa.insert(article_version).values(
            article_id=one.id,
            version=version,
            title=one.title,
            author=one.author,
            text=one.text,
            content_hash=one.content_hash,
            reservation=one.reservation,
            seen=one.first_seen,
        )
    )


def _select(
    connection: Connection, condition: sa.ColumnElement[bool], limit: int | None = None
) -> list[Article]:
    statement = (
        sa.select(
            article,
            article_version.c.title,
            article_version.c.author,
            article_version.c.text,
            article_version.c.content_hash,
            article_version.c.reservation,
        )
        .join(article_version, article_version.c.article_id == article.c.id)
        .where(condition)
        .order_by(sa.func.coalesce(article.c.published, article.c.first_seen), article.c.id)
        .limit(limit)
    )
    return [Article(**row) for row in connection.execute(statement).mappings()]
