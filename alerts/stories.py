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
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.likeness import Profile, Rarity, similarity
from archive import ids
from archive.sketches import Sketch
from archive.types import Article

JOIN_AT = 0.24
SPLIT_AT = 0.08
"""Far below ``JOIN_AT``: what has been told as one event is not taken apart for a shade."""

LEANING = 0.25


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article goes. ``opens`` says that it opens the story."""

    article_id: str
    story_id: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """Two stories that have turned out to be one; ``old`` is known as ``into`` from now on."""

    old: str
    into: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where the arrivals go, in order of publication, and the stored stories that are merged."""

    placements: tuple[Placement, ...]
    merges: tuple[Merge, ...] = ()


@dataclass(slots=True, eq=False)
class _Draft:
    story_id: str
    is_stored: bool
    members: list[Profile]
    origins: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    leanings: set[str] = field(default_factory=set)

    def add(self, one: Profile) -> None:
        sketch = one.sketch
        if sketch.origin not in self.origins:
            self.members.append(one)
        self.origins.add(sketch.origin)
        self.shown |= sketch.shown
        self.leanings |= _leanings(sketch)

    def shares_a_signal(self, shown: AbstractSet[str], leanings: AbstractSet[str]) -> bool:
        """Whether a signal is at evidence level on one side and likely enough on the other.

        Asking for evidence on both sides splits an event whose articles the model reads a little
        differently (a checkpoint handed over: Russian presence, or an opening to a neighbour).
        """
        return not (self.shown.isdisjoint(leanings) and self.leanings.isdisjoint(shown))


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
    rarity = Rarity([*(one for members in stories.values() for one in members), *new])
    pool = _Pool(
        [_draft(key, members, rarity) for key, members in stories.items()],
        timedelta(days=story_days),
        told,
    )
    for one in new:
        pool.place(rarity.profile(one))
    return Grouping(tuple(pool.placements), tuple(pool.merges))


def parts(members: Sequence[Sketch], *, story_days: float) -> list[list[Sketch]]:
    """Return a story's texts by the event they tell: one list, or more if it has to be split.

    The closest two groups become one for as long as they are alike by ``SPLIT_AT`` on average.
    Of more than 60 texts the story stays as it is: so many do not err together.
    """
    if not 1 < len(members) <= _MOST_PARTED:
        return [list(members)]
    rarity = Rarity(members)
    profiles = [rarity.profile(one) for one in members]
    within = timedelta(days=story_days)
    alike = [[similarity(a, b, within=within) for b in profiles] for a in profiles]
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


_MOST_PARTED = 60


def _link(alike: list[list[float]], a: list[int], b: list[int]) -> float:
    return sum(alike[x][y] for x in a for y in b) / (len(a) * len(b))


class _Pool:
    """The stories so far, and what the arrivals have done to them."""

    def __init__(self, drafts: list[_Draft], within: timedelta, told: AbstractSet[str]) -> None:
        self._drafts = dict.fromkeys(drafts)
        self._within = within
        self._told = told
        self._by_origin = {origin: d for d in drafts for origin in d.origins}
        self.placements: list[Placement] = []
        self.merges: list[Merge] = []

    def place(self, one: Profile) -> None:
        """Put an article into the story of its original, the one most like it, or a new one."""
        copied = self._by_origin.get(one.sketch.origin)
        alike = [] if copied else self._alike(one)
        draft = copied or (alike[0] if alike else None)
        opens = draft is None
        if draft is None:
            draft = _Draft(ids.story_id(one.sketch.article_id), False, [])
            self._drafts[draft] = None
        draft.add(one)
        self._by_origin[one.sketch.origin] = draft
        self.placements.append(Placement(one.sketch.article_id, draft.story_id, opens))
        for other in alike[1:]:
            if self._between(draft, other) >= JOIN_AT:
                draft = self._merge(draft, other)

    def _alike(self, one: Profile) -> list[_Draft]:
        """Return the stories that an article is alike enough to, the most alike first."""
        shown, leanings = one.sketch.shown, _leanings(one.sketch)
        found = []
        for draft in self._drafts:
            if draft.shares_a_signal(shown, leanings):
                total = sum(similarity(one, m, within=self._within) for m in draft.members)
                if total / len(draft.members) >= JOIN_AT:
                    found.append((-total / len(draft.members), draft.story_id, draft))
        return [draft for _, _, draft in sorted(found, key=lambda f: f[:2])]

    def _between(self, a: _Draft, b: _Draft) -> float:
        if not a.shares_a_signal(b.shown, b.leanings):
            return 0.0
        total = sum(
            similarity(one, other, within=self._within) for one in a.members for other in b.members
        )
        return total / (len(a.members) * len(b.members))

    def _merge(self, a: _Draft, b: _Draft) -> _Draft:
        stays, goes = sorted((a, b), key=self._seniority)
        for one in goes.members:
            stays.add(one)
        self._by_origin.update(dict.fromkeys(goes.origins, stays))
        stays.origins |= goes.origins
        del self._drafts[goes]
        self.placements = [
            Placement(p.article_id, stays.story_id, False) if p.story_id == goes.story_id else p
            for p in self.placements
        ]
        if goes.is_stored:
            self.merges.append(Merge(goes.story_id, stays.story_id))
        return stays

    def _seniority(self, one: _Draft) -> tuple[bool, bool, datetime, str]:
        first = min(m.sketch.when for m in one.members)
        return (one.story_id not in self._told, not one.is_stored, first, one.story_id)


def _leanings(one: Sketch) -> frozenset[str]:
    return one.shown | {signal for signal, p in one.signals.items() if p >= LEANING}


def _draft(story_id: str, members: Sequence[Sketch], rarity: Rarity) -> _Draft:
    made = _Draft(story_id, True, [])
    for one in members:
        made.add(rarity.profile(one))
    return made
