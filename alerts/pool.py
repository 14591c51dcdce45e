"""The pool of stories while a batch is grouped: articles go in, stories open or become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from alerts.likeness import Likeness
from archive import ids
from archive.sketches import Sketch

LEANING = 0.25
"""The probability from which an article leans to a signal."""

Bits = Any  # a NumPy array of booleans, a signal each; or a row of them for each draft


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


@dataclass(slots=True)
class _Draft:
    story_id: str
    is_stored: bool
    first: datetime


class Pool:
    """The stories so far, and what the arrivals have done to them.

    A text is a position among the articles that are compared, the stored ones first. ``_owner``
    holds the number of the draft that each text is in, -1 for none. ``_shown`` and ``_leaning``
    hold a row of signals for each draft: those at evidence level in one of its articles, and
    those that are likely enough in one.
    """

    def __init__(
        self,
        stories: Mapping[str, Sequence[Sketch]],
        arrivals: Sequence[Sketch],
        within: timedelta,
        join_at: float,
        told: AbstractSet[str],
    ) -> None:
        stored = [one for members in stories.values() for one in members]
        everything = [*stored, *arrivals]
        self.placements: list[Placement] = []
        self.merges: list[Merge] = []
        self._join_at = join_at
        self._told = told
        self._likeness = Likeness(everything, within)
        rows = self._likeness.of(range(len(stored), len(everything)))
        self._arrivals = {one.article_id: at for at, one in enumerate(arrivals, len(stored))}
        self._alike = {len(stored) + at: row for at, row in enumerate(rows)}
        self._owner = np.full(len(everything), -1)
        self._signals = sorted({signal for one in everything for signal in leanings(one)})
        self._shown = np.zeros((len(stories) + len(arrivals), len(self._signals)), bool)
        self._leaning = self._shown.copy()
        self._drafts: list[_Draft] = []
        self._by_origin: dict[str, int] = {}
        self._open_stored(stories)

    def place(self, one: Sketch) -> None:
        """Put an article into the story of its original, the one most like it, or a new one."""
        copied = self._by_origin.get(one.origin)
        alike = self._like(one) if copied is None else [copied]
        if alike:
            number = alike[0]
        else:
            number = self._open(ids.story_id(one.article_id), one.when, is_stored=False)
        self._add(number, self._arrivals[one.article_id] if copied is None else None, one)
        story_id = self._drafts[number].story_id
        self.placements.append(Placement(one.article_id, story_id, not alike))
        for other in alike[1:]:
            if self._are_one(number, other, self._arrivals[one.article_id]):
                number = self._merge(number, other)

    def _open_stored(self, stories: Mapping[str, Sequence[Sketch]]) -> None:
        texts = count()
        for key, members in stories.items():
            first = min(one.when for one in members)
            number = self._open(key, first, is_stored=True)
            for one in members:
                self._add(number, next(texts), one)

    def _open(self, story_id: str, first: datetime, *, is_stored: bool) -> int:
        self._drafts.append(_Draft(story_id, is_stored, first))
        return len(self._drafts) - 1

    def _add(self, number: int, text: int | None, one: Sketch) -> None:
        """Add an article to a draft; without a text, as a copy of one that is there."""
        self._by_origin[one.origin] = number
        self._shown[number] |= self._bits(one.shown)
        self._leaning[number] |= self._bits(leanings(one))
        if text is not None:
            self._owner[text] = number

    def _like(self, one: Sketch) -> list[int]:
        """Return the drafts that an article is alike enough to on average, the most alike first.

        A draft has to share a signal with it, at evidence level on one side and likely enough on
        the other: asking for evidence on both sides splits an event whose articles the model
        reads a little differently (a checkpoint handed over: Russian presence, or an opening to a
        neighbour).
        """
        placed = self._owner >= 0
        owners, row = self._owner[placed], self._alike[self._arrivals[one.article_id]][placed]
        size = len(self._drafts)
        mean = np.bincount(owners, row, size) / np.maximum(np.bincount(owners, None, size), 1)
        shares = self._shares(self._bits(one.shown), self._bits(leanings(one)))[:size]
        found = np.flatnonzero((mean >= self._join_at) & shares).tolist()
        return sorted(found, key=lambda at: (-mean[at], self._drafts[at].story_id))

    def _shares(self, shown: Bits, leaning: Bits) -> Bits:
        """Return which drafts share a signal with one that shows and leans to these."""
        return (self._shown & leaning).any(axis=1) | (self._leaning & shown).any(axis=1)

    def _are_one(self, a: int, b: int, last: int) -> bool:
        """Whether two drafts tell one event, now that text ``last`` has come to the first.

        Their texts have to be alike on average, and half as much without the last one: a review
        of the week is like all that it reports, which is no reason to make it one.
        """
        if not self._shares(self._shown[a], self._leaning[a])[b]:
            return False
        texts, others = (np.flatnonzero(self._owner == at) for at in (a, b))
        alike = self._likeness.of(texts, others)
        before = alike[texts != last]
        return bool(alike.mean() >= self._join_at and before.mean() >= self._join_at / 2)

    def _merge(self, a: int, b: int) -> int:
        """Make two drafts one and return its number: that of the one told, stored, or older."""
        stays, goes = sorted((a, b), key=self._seniority)
        kept, gone = self._drafts[stays], self._drafts[goes]
        self._owner[self._owner == goes] = stays
        for origin, number in self._by_origin.items():
            if number == goes:
                self._by_origin[origin] = stays
        for part in (self._shown, self._leaning):
            part[stays] |= part[goes]
            part[goes] = False
        kept.first = min(kept.first, gone.first)
        self.placements = [
            Placement(p.article_id, kept.story_id, False) if p.story_id == gone.story_id else p
            for p in self.placements
        ]
        if gone.is_stored:
            self.merges.append(Merge(gone.story_id, kept.story_id))
        return stays

    def _seniority(self, number: int) -> tuple[bool, bool, datetime, str]:
        one = self._drafts[number]
        return (one.story_id not in self._told, not one.is_stored, one.first, one.story_id)

    def _bits(self, signals: AbstractSet[str]) -> Bits:
        return np.array([name in signals for name in self._signals], bool)


def leanings(one: Sketch) -> frozenset[str]:
    """Return the signals that an article shows or is likely enough to carry."""
    return one.shown | {signal for signal, p in one.signals.items() if p >= LEANING}
