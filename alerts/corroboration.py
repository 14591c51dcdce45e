"""Who reports a story independently, and who copied whom."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.payload import Origin, Source
from archive.types import Article, StoryMember


def source_of(article: Article) -> Source:
    """Return what an alert says about where an article comes from."""
    return Source(
        article_id=article.id,
        version=article.version,
        origin=article.origin or article.id,
        outlet=article.outlet,
        family=article.family or article.outlet,
        kind=article.kind,
        reliability=article.reliability,
        title=article.title,
        url=article.final_url or article.url,
        lang=article.lang,
        published=article.published,
        first_seen=article.first_seen,
    )


def origins_of(members: Sequence[StoryMember]) -> tuple[Origin, ...]:
    """Group articles, given in order of publication, by independent origin.

    A text counts once, for the owner of the first article that carries it; all texts of one owner
    are one origin (the same rule as ``Story.origins``).
    """
    owner: dict[str, str] = {}
    articles: dict[str, list[Source]] = {}
    copies: dict[str, list[Source]] = {}
    for member in members:
        one = source_of(member.article)
        is_copy = one.origin in owner
        family = owner.setdefault(one.origin, one.family)
        (copies if is_copy else articles).setdefault(family, []).append(one)
    return tuple(
        Origin(family=f, articles=tuple(own), copies=tuple(copies.get(f, ())))
        for f, own in articles.items()
    )
