"""Where each feature stands among a model's columns, by number in place of name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .features import DEEDS, DOERS, ENTITIES, SHARED, say_together
from .lexicon import Lexicon

UNKNOWN = -1


@dataclass(frozen=True)
class Concepts:
    """The concepts of a lexicon, sorted by id; ``of_term`` and ``party_of_term`` go by term.

    ``parties`` are the sides, and concepts without one, that can be said to do a deed.
    """

    ids: tuple[str, ...]
    types: tuple[str, ...]
    of_term: Any
    parties: tuple[str, ...]
    party_of_term: Any

    @classmethod
    def of(cls, lexicon: Lexicon) -> Concepts:
        """Return the concepts that hits of ``lexicon`` stand for."""
        types = {term.id: term.type for term in lexicon.terms}
        ids = sorted(types)
        names = [term.side or term.id for term in lexicon.terms]
        parties = sorted(set(names))
        place = {name: at for at, name in enumerate(parties)}
        numbers = {name: at for at, name in enumerate(ids)}
        return cls(
            tuple(ids),
            tuple(types[name] for name in ids),
            np.array([numbers[term.id] for term in lexicon.terms], np.int64),
            tuple(parties),
            np.array([place[name] for name in names], np.int64),
        )

    def typed(self, wanted: frozenset[str]) -> Any:
        """Return which concepts are of a ``wanted`` type."""
        return np.array([one in wanted for one in self.types], bool)

    @cached_property
    def entities(self) -> Any:
        """Which concepts are actors, bodies or places."""
        return self.typed(ENTITIES)

    @cached_property
    def deeds(self) -> Any:
        """Which concepts are actions or speech acts."""
        return self.typed(DEEDS)

    @cached_property
    def doers(self) -> Any:
        """Which concepts can do a deed."""
        return self.typed(DOERS)

    @cached_property
    def shared(self) -> Any:
        """Which concepts Armenia and Russia may have between them."""
        return self.typed(SHARED)


class Layout:
    """The columns of features by the numbers of what they are made of; -1 where there is none.

    A denied concept has the number of the concept plus how many there are. ``units`` numbers stems;
    a concept among stems has their number and its own. ``single`` holds concepts, ``pairs``,
    ``deeds`` (two of a sentence) and ``triples``; ``before`` has a party before a deed, ``after``
    one after it; ``words`` units, ``neighbours`` two of them.
    """

    def __init__(self, names: Sequence[str], concepts: Concepts) -> None:
        count, parties = len(concepts.ids), len(concepts.parties)
        self._numbers = {name: at for at, name in enumerate(concepts.ids)}
        self._numbers |= {f"!{name}": at + count for at, name in enumerate(concepts.ids)}
        self._parties = {name: at for at, name in enumerate(concepts.parties)}
        stems = {u for n in names if n[0] in "wb" for u in n[2:].split(" ") if u[0] != "@"}
        self.units = {stem: at for at, stem in enumerate(sorted(stems))}
        self.width = len(self.units) + count
        self.single = _table(2 * count)
        self.pairs = _table(count, 2 * count)
        self.deeds = _table(count, count)
        self.triples = _table(2 * count)
        self.before = _table(parties, 2 * count)
        self.after = _table(2 * count, parties)
        self.words = _table(len(self.units))
        neighbours: dict[int, int] = {}
        for column, name in enumerate(names):
            with suppress(KeyError, IndexError, ValueError):  # this code makes no such feature
                self._place(name, column, neighbours)
        self._forbid(concepts)
        self._keys = np.array(sorted(neighbours), np.int64)
        self._columns = np.array([neighbours[key] for key in self._keys.tolist()], np.int64)

    def neighbours(self, one: Any, two: Any) -> Any:
        """Return the columns of units ``one`` with ``two`` behind it."""
        if not len(self._keys):
            return np.full(len(one), UNKNOWN)
        keys = one * self.width + two
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[at] == keys, self._columns[at], UNKNOWN)

    def _place(self, name: str, column: int, neighbours: dict[int, int]) -> None:
        kind, content = name[0], name[2:]
        if kind == "w":
            self.words[self.units[content]] = column
        elif kind == "b":
            one, two = map(self._unit, content.split(" "))
            neighbours[one * self.width + two] = column
        elif kind == "o":
            left, right = content.split(">")
            if left in self._parties and right in self._numbers:
                self.before[self._parties[left], self._numbers[right]] = column
            if left in self._numbers and right in self._parties:
                self.after[self._numbers[left], self._parties[right]] = column
        elif kind in "cn":
            self.single[self._numbers["!" * (kind == "n") + content]] = column
        elif kind == "t":
            self.triples[self._numbers[content]] = column
        elif kind in "pa":
            one, two = (self._numbers[part] for part in content.split("+"))
            (self.pairs if kind == "p" else self.deeds)[one, two] = column

    def _unit(self, name: str) -> int:
        return len(self.units) + self._numbers[name[1:]] if name[0] == "@" else self.units[name]

    def _forbid(self, concepts: Concepts) -> None:
        """Take away the pairs of types that say nothing together."""
        for one, first in enumerate(concepts.types):
            for two, second in enumerate(concepts.types):
                if not say_together(first, second):
                    self.pairs[one, two] = UNKNOWN


def _table(*shape: int) -> Any:
    return np.full(shape, UNKNOWN, np.int64)
