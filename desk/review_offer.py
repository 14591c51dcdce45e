"""What ``review`` offers: the chosen articles with what the model in use says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import classifiers
from archive import Archive, articles, reviews
from archive.reviews import Unjudged
from archive.types import Article, Score

if TYPE_CHECKING:
    from classifiers import Candidate, Choice, Model

MOST = 3000
"""Candidates, newest first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles are asked for: how many, from how many days, of a signal or language only.

    ``judged_by_others`` names the annotator who wants to see what only others have judged, too.
    """

    n: int
    days: int
    signal: str | None = None
    lang: str | None = None
    judged_by_others: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A chosen article, its score by the model in use, and why it was chosen."""

    article: Article
    score: Score
    choice: Choice
    group: str


def offers(
    archive: Archive,
    model: Model,
    wanted: Wanted,
    today: date,
    progress: Callable[[str, float], None] | None = None,
) -> list[Offer]:
    """Return the articles to judge, in the order to judge them.

    Articles that another model scored are scored anew for the choice; nothing of it is stored.
    """
    since = datetime.combine(today, time.min, UTC) - timedelta(days=wanted.days)
    with archive.read() as connection:
        found = reviews.unjudged(
            connection, since, MOST, by=wanted.judged_by_others, lang=wanted.lang
        )
        stale = [x.article_id for x in found if x.score.model_id != model.id]
        texts = articles.current(connection, stale)
    fresh = {s.article_id: s for s in model.score(list(texts.values()), progress)}
    oldest_first = [_candidate(x, fresh.get(x.article_id, x.score)) for x in reversed(found)]
    chosen = classifiers.choose(oldest_first, model.thresholds, wanted.n, today, only=wanted.signal)
    groups = {x.article_id: x.group for x in found}
    with archive.read() as connection:
        texts = articles.current(connection, [one.id for one in chosen])
    return _offers(chosen, texts, model, groups)


def _offers(
    chosen: Iterable[Choice],
    texts: dict[str, Article],
    model: Model,
    groups: dict[str, str],
) -> list[Offer]:
    """Return what is offered; the score is of the text as it is shown, with its evidence."""
    kept: Sequence[Choice] = [one for one in chosen if one.id in texts]
    scores = model.score([texts[one.id] for one in kept])
    return [
        Offer(texts[one.id], score, one, groups[one.id])
        for one, score in zip(kept, scores, strict=True)
    ]


def _candidate(one: Unjudged, score: Score) -> Candidate:
    return classifiers.Candidate(
        id=one.article_id,
        group=one.group,
        lang=one.lang,
        relevance=score.relevance,
        signals=score.signals,
        traits=score.traits.concepts | score.traits.names,
    )
