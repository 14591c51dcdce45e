"""Aliases: the other URLs under which an article is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.listed import bound, listed
from archive.tables import article, article_alias
from archive.upsert import upsert


def resolve(connection: Connection, urls: Iterable[str]) -> dict[str, str]:
    """Return the id of the article that is known under each of ``urls``; unknown ones are left out.

    An article's first URL counts before the aliases of others.
    """
    values = {"urls": bound(dict.fromkeys(urls))}
    rows = connection.execute(_known(connection.dialect.name), values)
    return {url: key for url, key, _ in sorted(rows, key=lambda row: row.is_own)}


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


@cache
def _known(dialect: str) -> sa.CompoundSelect[Any]:
    urls = sa.select(listed(dialect, "urls").c.value)
    also = sa.select(article_alias.c.url, article_alias.c.article_id, sa.literal_column("0"))
    own = sa.select(article.c.url, article.c.id, sa.literal_column("1").label("is_own"))
    return sa.union_all(
        own.where(article.c.url.in_(urls)), also.where(article_alias.c.url.in_(urls))
    )
