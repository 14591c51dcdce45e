"""What readers say of a story that was not told: recorded as a label on its first article."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.errors import AlertError
from alerts.rule_settings import side_of
from archive import articles, ids, labels
from archive.types import Article, Direction, Label

LONGEST = 4_000
"""Characters of an article that stand for it in a label."""


def article_of(connection: Connection, article_id: str) -> Article:
    """Return the article that a digest has asked about.

    Raises:
        AlertError: it is not here any more.
    """
    found = articles.get(connection, article_id)
    if found is None:
        raise AlertError(f"Article {article_id} is not here any more; nothing was recorded.")
    return found


def answer(
    connection: Connection, article_id: str, person: str, signal: str, now: datetime
) -> Label:
    """Record that an article was missed, with its signal's code, or (empty) rightly left out.

    A person's last answer on an article counts.

    Raises:
        AlertError: the article is not here any more.
    """
    article = article_of(connection, article_id)
    made = Label(
        id=_id(article_id, person),
        article_id=article.id,
        text=lead(article),
        lang=article.lang,
        labels=(signal,) if signal else (),
        direction=side_of(signal) if signal else Direction.NONE,
        annotator=person,
        source="digest",
        at=now,
    )
    labels.add(connection, [made])
    return made


def take_back(connection: Connection, article_id: str, person: str) -> None:
    """Drop a person's answer on an article, if there is one."""
    labels.remove(connection, [_id(article_id, person)])


def standing(connection: Connection, article_id: str, person: str) -> Label | None:
    """Return a person's answer on an article, if there is one."""
    return labels.get(connection, _id(article_id, person))


def lead(article: Article) -> str:
    """Return what stands for a whole article as a passage: title and first paragraph."""
    first = article.text.strip().partition("\n")[0]
    return f"{article.title}. {first}"[:LONGEST] if article.title else first[:LONGEST]


def _id(article_id: str, person: str) -> str:
    return "lb_" + ids.digest("digest", article_id, person, length=16)
