"""Grouping: which story an article with evidence belongs to, and which stories are one, or two.

Single pass, average link: an article joins the story whose texts it is most like on average. Where
it shows that two stories tell one event they are merged; a story whose articles have come to tell
two events (they were edited, or read anew by another model) is split. Copies of a text count once.
Measured on labelled articles in English, Russian and Armenian (``bench/stories.py``), the date
window matters as much as the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.likeness import Likeness
from alerts.pool import Merge, Placement, Pool
from archive.sketches import Sketch
from archive.types import Article

JOIN_AT = 0.2
"""Chosen on one half of the corpus's events, measured on the other."""

SPLIT_AT = 0.06
"""Far below ``JOIN_AT``: what has been told as one event is not taken apart for a shade."""

_MOST_PARTED = 60


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where the arrivals go, in order of publication, and the stored stories that are merged."""

    placements: tuple[Placement, ...]
    merges: tuple[Merge, ...] = ()


def when(article: Article) -> datetime:
    """Return when an article counts as published: undated ones when they were first seen."""
    return article.published or article.first_seen


def origin_of(article: Article) -> str:
    """Return the id of the article whose text this one carries."""
    return article.origin or article.id


def group(
    stories: Mapping[str, Sequence[Sketch]],
    arrivals: Iterable[Sketch],
    *,
    story_days: float,
    told: AbstractSet[str] = frozenset(),
) -> Grouping:
    """Say for every arrival which story it joins or opens, and which stories it makes one.

    Of two stories that are merged the one that has been told stays, else the older one.

    Args:
        stories: the texts of the stories with publications within ``story_days`` of the arrivals.
        arrivals: articles with evidence that belong to no story yet.
        story_days: how far apart two articles on one event may be published.
        told: the stories on which an alert stands.
    """
    new = sorted(arrivals, key=lambda one: (one.when, one.article_id))
    pool = Pool(stories, new, timedelta(days=story_days), JOIN_AT, told)
    for one in new:
        pool.place(one)
    return Grouping(tuple(pool.placements), tuple(pool.merges))


def parts(members: Sequence[Sketch]) -> list[list[Sketch]]:
    """Return a story's texts by the event they tell: one list, or more if it has to be split.

    The closest two groups become one for as long as they are alike by ``SPLIT_AT`` on average.
    When they were published does not matter: a story may go on for longer than the date window.
    One of more than 60 texts stays as it is.
    """
    if not 1 < len(members) <= _MOST_PARTED:
        return [list(members)]
    alike = Likeness(members, None).of(range(len(members))).tolist()
    groups = [[at] for at in range(len(members))]
    while len(groups) > 1:
        link, first, second = max(
            (_link(alike, a, b), -x, -y)
            for x, a in enumerate(groups)
            for y, b in enumerate(groups[:x])
        )
        if link < SPLIT_AT:
            break
        groups[-second] += groups.pop(-first)
    return [[members[at] for at in sorted(own)] for own in groups]


def _link(alike: list[list[float]], a: list[int], b: list[int]) -> float:
    return sum(alike[x][y] for x in a for y in b) / (len(a) * len(b))
