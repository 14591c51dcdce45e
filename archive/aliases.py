"""Aliases: the other URLs under which an article is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import article, article_alias
from archive.upsert import upsert

_PAGE = 500  # well below SQLite's limit of bound values in one statement


def resolve(connection: Connection, urls: Iterable[str]) -> dict[str, str]:
    """Return the id of the article that is known under each of ``urls``; unknown ones are left out.

    An article's first URL counts before the aliases of others.
    """
    wanted = list(dict.fromkeys(urls))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _PAGE):
        part = wanted[start : start + _PAGE]
        also = sa.select(article_alias.c.url, article_alias.c.article_id).where(
            article_alias.c.url.in_(part)
        )
        own = sa.select(article.c.url, article.c.id).where(article.c.url.in_(part))
        for statement in (also, own):
            found.update((url, key) for url, key in connection.execute(statement))
    return found


def add(connection: Connection, aliases: Mapping[str, str], now: datetime) -> None:
    """Note that URLs name articles, by id; what a URL names already stays as it is."""
    known = resolve(connection, aliases)
    rows = [
        {"url": url, "article_id": key, "seen": now}
        for url, key in aliases.items()
        if url not in known
    ]
    upsert(connection, article_alias, rows)


def of(connection: Connection, article_id: str) -> tuple[str, ...]:
    """Return the other URLs of an article, in the order in which they were learnt."""
    statement = (
        sa.select(article_alias.c.url)
        .where(article_alias.c.article_id == article_id)
        .order_by(article_alias.c.seen, article_alias.c.url)
    )
    return tuple(connection.scalars(statement))
