"""Stories that were merged or split: an id that a story has had is known for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import articles, ids
from archive.listed import bound, listed
from archive.tables import alert, article, decision, story, story_alias, story_member
from archive.upsert import upsert

_MERGED = "merged"
_SPLIT = "split"


def resolve(connection: Connection, story_id: str) -> str:
    """Return the story that an id means now: the one it was merged into, or itself."""
    statement = sa.select(story_alias.c.story_id).where(
        story_alias.c.old_id == story_id, story_alias.c.why == _MERGED
    )
    return connection.scalar(statement) or story_id


def of(connection: Connection, story_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the ids of the stories that were merged into each of these, in order of merging."""
    rows = _aliases(connection, story_alias.c.story_id, story_ids, _MERGED)
    found: dict[str, tuple[str, ...]] = {}
    for old_id, story_id in rows:
        found[story_id] = (*found.get(story_id, ()), old_id)
    return found


def sources(connection: Connection, story_ids: Iterable[str]) -> dict[str, str]:
    """Return the story that each of these was split from; others are left out."""
    rows = _aliases(connection, story_alias.c.old_id, story_ids, _SPLIT)
    return {old_id: resolve(connection, story_id) for old_id, story_id in rows}


def told(connection: Connection, story_ids: Iterable[str]) -> frozenset[str]:
    """Return those of these stories on which there is an alert, under any of their ids."""
    wanted = set(story_ids)
    values = {"ids": bound(wanted)}
    own = sa.select(listed(connection.dialect.name, "ids").c.value)
    stands = sa.exists().where(alert.c.story_id == story.c.id)
    direct = sa.select(story.c.id).where(story.c.id.in_(own), stands)
    merged = (
        sa.select(story_alias.c.story_id)
        .join(alert, alert.c.story_id == story_alias.c.old_id)
        .where(story_alias.c.story_id.in_(own), story_alias.c.why == _MERGED)
    )
    return frozenset(connection.scalars(sa.union(direct, merged), values))


def merge(
    connection: Connection, old: str, into: str, now: datetime, *, moved: str | None = None
) -> None:
    """Move the articles of story ``old`` to story ``into``, which ``old`` means from now on.

    Its alerts stay what they are. Its decisions go: those on the whole are taken anew. That of
    the rule ``moved``, which does not decide story by story, goes to ``into``, unless that has a
    later one.
    """
    if moved is not None:
        _move_decision(connection, moved, old, into)
    members = sa.update(story_member).where(story_member.c.story_id == old)
    connection.execute(members.values(story_id=into))
    connection.execute(sa.delete(decision).where(decision.c.story_id == old))
    aliases = sa.update(story_alias).where(
        story_alias.c.story_id == old, story_alias.c.why == _MERGED
    )
    connection.execute(aliases.values(story_id=into))
    row = {"old_id": old, "story_id": into, "why": _MERGED, "at": now}
    upsert(connection, story_alias, [row], update=("story_id", "why", "at"))
    _date(connection, into, now)


def split(
    connection: Connection, story_id: str, first: str, origins: Collection[str], now: datetime
) -> str:
    """Move the texts of these ``origins`` out of a story, with their copies; return their story.

    Its id is that of a story opened by the article ``first``. One that was merged into the story
    before is the same one again; where the id means another, one is made from it.
    """
    new_id = ids.story_id(first)
    while resolve(connection, new_id) != story_id and _exists(connection, new_id):
        new_id = ids.story_id(new_id)
    if new_id == story_id:
        new_id = ids.story_id(new_id)
    title = articles.current(connection, [first])[first].title
    row = {"id": new_id, "title": title, "created": now, "updated": now}
    upsert(connection, story, [row | {"first_published": now, "last_published": now}])
    texts = sa.select(article.c.id).where(article.c.origin.in_(list(origins)))
    members = sa.update(story_member).where(
        story_member.c.story_id == story_id, story_member.c.article_id.in_(texts)
    )
    connection.execute(members.values(story_id=new_id))
    alias = {"old_id": new_id, "story_id": story_id, "why": _SPLIT, "at": now}
    upsert(connection, story_alias, [alias], update=("story_id", "why", "at"))
    for one in (story_id, new_id):
        _date(connection, one, now)
    return new_id


def _move_decision(connection: Connection, rule: str, old: str, into: str) -> None:
    both = sa.and_(decision.c.rule == rule, decision.c.story_id.in_([old, into]))
    found = sa.select(decision.c.story_id).where(both).order_by(decision.c.decided.desc())
    stays = connection.scalars(found).first()
    if stays == old:
        at_into = sa.and_(decision.c.rule == rule, decision.c.story_id == into)
        connection.execute(sa.delete(decision).where(at_into))
        at_old = sa.and_(decision.c.rule == rule, decision.c.story_id == old)
        connection.execute(sa.update(decision).where(at_old).values(story_id=into))


def _exists(connection: Connection, story_id: str) -> bool:
    statement = sa.select(story.c.id).where(story.c.id == story_id)
    return connection.scalar(statement) is not None


def _date(connection: Connection, story_id: str, now: datetime) -> None:
    """Give a story the dates of its articles."""
    when = sa.func.coalesce(
        article.c.published, article.c.first_seen, type_=article.c.first_seen.type
    )
    statement = (
        sa.select(sa.func.min(when), sa.func.max(when))
        .join(story_member, story_member.c.article_id == article.c.id)
        .where(story_member.c.story_id == story_id)
    )
    first, last = connection.execute(statement).one()
    dated = sa.update(story).where(story.c.id == story_id)
    connection.execute(dated.values(first_published=first, last_published=last, updated=now))


def _aliases(
    connection: Connection, column: sa.Column[str], story_ids: Iterable[str], why: str
) -> list[tuple[str, str]]:
    wanted = sa.select(listed(connection.dialect.name, "ids").c.value)
    statement = (
        sa.select(story_alias.c.old_id, story_alias.c.story_id)
        .where(column.in_(wanted), story_alias.c.why == why)
        .order_by(story_alias.c.at, story_alias.c.old_id)
    )
    rows = connection.execute(statement, {"ids": bound(story_ids)})
    return [(row.old_id, row.story_id) for row in rows]
