"""Stories, their members, and what the rules decided on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import articles, scores, story_aliases
from archive.listed import bound, listed
from archive.tables import decision, story, story_member
from archive.types import Article, Decision, Outcome, Story, StoryMember
from archive.upsert import upsert


def open_story(connection: Connection, story_id: str, first: Article, now: datetime) -> None:
    """Open a story with its first article; opening it again changes nothing."""
    when = first.published or first.first_seen
    upsert(
        connection,
        story,
        [
            {
                "id": story_id,
                "title": first.title,
                "created": now,
                "updated": now,
                "first_published": when,
                "last_published": when,
            }
        ],
    )
    _add_member(connection, story_id, first, now)


def join(connection: Connection, story_id: str, one: Article, now: datetime) -> None:
    """Add an article to a story, or note that a member has changed."""
    when = one.published or one.first_seen
    earliest = sa.case((story.c.first_published < when, story.c.first_published), else_=when)
    latest = sa.case((story.c.last_published > when, story.c.last_published), else_=when)
    connection.execute(
        sa.update(story)
        .where(story.c.id == story_id)
        .values(updated=now, first_published=earliest, last_published=latest)
    )
    _add_member(connection, story_id, one, now)


def story_of(connection: Connection, article_id: str) -> str | None:
    """Return the id of the story an article belongs to."""
    statement = sa.select(story_member.c.story_id).where(story_member.c.article_id == article_id)
    return connection.scalar(statement)


def between(connection: Connection, start: datetime, end: datetime) -> list[Story]:
    """Return the stories with publications between two times, oldest first."""
    statement = (
        sa.select(story)
        .where(story.c.last_published >= start, story.c.first_published <= end)
        .where(sa.exists().where(story_member.c.story_id == story.c.id))
        .order_by(story.c.first_published, story.c.id)
    )
    return _load(connection, connection.execute(statement).mappings().all())


def get(connection: Connection, story_id: str) -> Story | None:
    """Return one story with its members; an id that was merged away gives the story it means."""
    wanted = story_aliases.resolve(connection, story_id)
    statement = sa.select(story).where(story.c.id == wanted)
    found = _load(connection, connection.execute(statement).mappings().all())
    return found[0] if found else None


def several(connection: Connection, story_ids: Iterable[str]) -> list[Story]:
    """Return the stories with these ids that have members, by id; merged ids are not followed."""
    values = {"ids": bound(story_ids)}
    wanted = sa.select(listed(connection.dialect.name, "ids").c.value)
    statement = sa.select(story).where(story.c.id.in_(wanted)).order_by(story.c.id)
    found = _load(connection, connection.execute(statement, values).mappings().all())
    return [one for one in found if one.members]


def recent(connection: Connection, limit: int) -> list[Story]:
    """Return the stories that were updated last, newest first."""
    statement = (
        sa.select(story)
        .where(sa.exists().where(story_member.c.story_id == story.c.id))
        .order_by(story.c.updated.desc(), story.c.id)
        .limit(limit)
    )
    return _load(connection, connection.execute(statement).mappings().all())


def newest_ids(connection: Connection, limit: int) -> list[str]:
    """Return the ids of the stories that were updated last, newest first."""
    has_articles = sa.exists().where(story_member.c.story_id == story.c.id)
    newest = story.c.updated.desc()
    statement = sa.select(story.c.id).where(has_articles).order_by(newest, story.c.id)
    return list(connection.scalars(statement.limit(limit)))


def decide(connection: Connection, one: Decision) -> None:
    """Store a rule's decision on a story, in place of its earlier one."""
    row = asdict(one) | {"outcome": one.outcome.value}
    columns = [name for name in row if name not in {"story_id", "rule"}]
    upsert(connection, decision, [row], update=columns)


def decisions(connection: Connection, story_id: str) -> list[Decision]:
    """Return every rule's decision on a story, whichever of its ids is given."""
    wanted = story_aliases.resolve(connection, story_id)
    statement = sa.select(decision).where(decision.c.story_id == wanted).order_by(decision.c.rule)
    return [_decision(row) for row in connection.execute(statement).mappings()]


def decided_since(connection: Connection, since: datetime) -> list[Decision]:
    """Return the decisions taken after a time, highest score first."""
    statement = (
        sa.select(decision)
        .where(decision.c.decided >= since)
        .order_by(decision.c.score.desc(), decision.c.story_id, decision.c.rule)
    )
    return [_decision(row) for row in connection.execute(statement).mappings()]


def _decision(row: Any) -> Decision:
    return Decision(**(dict(row) | {"outcome": Outcome(row["outcome"])}))


def _add_member(connection: Connection, story_id: str, one: Article, now: datetime) -> None:
    row = {"article_id": one.id, "story_id": story_id, "added": now}
    upsert(connection, story_member, [row])


def _load(connection: Connection, rows: Iterable[Any]) -> list[Story]:
    found = list(rows)
    names = [row["id"] for row in found]
    members = _members(connection, names)
    aliases = story_aliases.of(connection, names)
    sources = story_aliases.sources(connection, names)
    return [
        Story(
            id=row["id"],
            title=row["title"],
            members=tuple(members.get(row["id"], ())),
            created=row["created"],
            updated=row["updated"],
            aliases=aliases.get(row["id"], ()),
            split_from=sources.get(row["id"], ""),
        )
        for row in found
    ]


def _members(connection: Connection, ids: list[str]) -> dict[str, list[StoryMember]]:
    belongs: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        statement = sa.select(story_member).where(
            story_member.c.story_id.in_(ids[start : start + 500])
        )
        belongs |= {row.article_id: row.story_id for row in connection.execute(statement)}
    texts = articles.current(connection, belongs)
    verdicts = scores.latest(connection, belongs)
    found: dict[str, list[StoryMember]] = {}
    for one in sorted(texts.values(), key=lambda a: (a.published or a.first_seen, a.id)):
        if one.id in verdicts:
            member = StoryMember(one, verdicts[one.id])
            found.setdefault(belongs[one.id], []).append(member)
    return found
