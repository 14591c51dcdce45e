"""Articles and their versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import aliases, shingles
from archive.tables import article, article_version, score
from archive.types import Article

Stored = Literal["new", "updated", "same"]
_PAGE = 500  # well below SQLite's limit of bound values in one statement


def put(connection: Connection, one: Article, hashes: Iterable[int] = ()) -> Stored:
    """Store an article, or a new version of it when its content hash has changed."""
    known = connection.execute(
        sa.select(article.c.version, article_version.c.content_hash)
        .join(article_version, article_version.c.article_id == article.c.id)
        .where(article.c.id == one.id, _current())
    ).one_or_none()
    if known is None:
        add(connection, one, hashes)
        return "new"
    if known.content_hash == one.content_hash:
        return "same"
    revise(connection, replace(one, version=known.version + 1), hashes)
    return "updated"


def add(connection: Connection, one: Article, hashes: Iterable[int] = ()) -> None:
    """Store an article that is not held yet, as its first version, and its shingles."""
    connection.execute(sa.insert(article), _article_row(one))
    _add_version(connection, replace(one, version=1))
    shingles.add(connection, one.id, hashes)


def revise(connection: Connection, one: Article, hashes: Iterable[int] = ()) -> None:
    """Store an article's next version, seen at its ``first_seen``, and the shingles of it.

    Where the article was first found, and by which feed, stays as it is.
    """
    statement = sa.update(article).where(article.c.id == one.id)
    connection.execute(statement.values(version=one.version))
    _add_version(connection, one)
    shingles.put(connection, one.id, hashes)


def copies(connection: Connection, one: str, of: str, origin: str) -> None:
    """Note that article ``one`` carries the text of article ``of``, which is from ``origin``."""
    statement = sa.update(article).where(article.c.id == one)
    connection.execute(statement.values(copy_of=of, origin=origin))


def give_origin(connection: Connection, old: str, new: str, since: datetime) -> None:
    """Give the copies of ``old``, itself included, ``new`` as their origin.

    ``since`` bounds the search: no copy of it was first seen before.
    """
    statement = sa.update(article).where(article.c.first_seen >= since, article.c.origin == old)
    connection.execute(statement.values(origin=new))


def has_copies(connection: Connection, one: str, since: datetime) -> bool:
    """Whether another article has ``one`` as its origin; none was first seen before ``since``."""
    statement = sa.select(article.c.id).where(
        article.c.first_seen >= since, article.c.origin == one, article.c.id != one
    )
    return connection.scalar(statement.limit(1)) is not None


def changed_since(
    connection: Connection, ids: Iterable[str], since: datetime
) -> dict[str, datetime]:
    """Return when the current version was seen of each article that has changed since a time."""
    wanted = list(ids)
    found: dict[str, datetime] = {}
    for start in range(0, len(wanted), _PAGE):
        statement = (
            sa.select(article.c.id, article_version.c.seen)
            .join(article_version, article_version.c.article_id == article.c.id)
            .where(article.c.id.in_(wanted[start : start + _PAGE]), _current())
            .where(article_version.c.seen > since)
        )
        found.update((row.id, row.seen) for row in connection.execute(statement))
    return found


def get(connection: Connection, key: str) -> Article | None:
    """Return the current version of the article whose id is ``key``, or a URL it is known by."""
    named = aliases.resolve(connection, [key]).get(key, key)
    for match in (article.c.id == named, article.c.final_url == key):
        rows = _select(connection, sa.and_(match, _current()))
        if rows:
            return rows[0]
    return None


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


def outlets(connection: Connection) -> frozenset[str]:
    """Return the outlets of which articles are held."""
    return frozenset(connection.scalars(sa.select(article.c.outlet).distinct()))


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


def _add_version(connection: Connection, one: Article) -> None:
    row = {
        "article_id": one.id,
        "version": one.version,
        "title": one.title,
        "author": one.author,
        "text": one.text,
        "content_hash": one.content_hash,
        "reservation": one.reservation,
        "seen": one.first_seen,
    }
    connection.execute(sa.insert(article_version), row)


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
