"""From the words and hits of many sentences at once to their rows of feature counts.

What ``SentenceFeatures`` says in names for one sentence is said here in columns for a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .hits import Hits
from .layout import Concepts, Layout

Part = tuple[Any, Any]
"""Sentences and, for each, the column of a feature in it, or -1."""


@dataclass(frozen=True)
class Encoder:
    """Knows the columns of a model with ``width`` of them."""

    concepts: Concepts
    layout: Layout
    width: int

    def counts(self, hits: Hits, units: Any, sentence: Any, both: Any) -> Any:
        """Return the rows of sentences, each in the order of a bag; features may repeat.

        ``units`` are those of all words, in the ``sentence`` of the same place; ``both`` tells
        which sentences name Armenia and Russia.
        """
        count = len(both)
        parts = [*self._concepts(hits, both), *self._words(hits, units, sentence)]
        owners = np.concatenate([own for own, _ in parts])
        columns = np.concatenate([column for _, column in parts])
        kept = columns >= 0
        owners, columns = owners[kept], columns[kept]
        order = owners.argsort(kind="stable")
        ends = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=count))])
        return sparse.csr_matrix(
            (np.ones(len(order), np.float32), columns[order].astype(np.int32), ends),
            shape=(count, self.width),
        )

    def _concepts(self, hits: Hits, both: Any) -> list[Part]:
        count = len(both)
        kinds, layout, total = self.concepts, self.layout, len(self.concepts.ids)
        keys = hits.sentence * total + kinds.of_term[hits.term]
        own, concept = np.divmod(np.unique(keys), total)
        denying, denied = np.divmod(np.unique(keys[hits.denied]), total)
        is_entity = kinds.entities[concept]
        entities = concept[is_entity]
        one, two = _beside(denying, own[is_entity], count)
        by_denied = np.argsort(np.concatenate([np.arange(len(denied)), one]), kind="stable")
        denials = (
            np.concatenate([denying, denying[one]])[by_denied],
            np.concatenate(
                [layout.single[denied + total], layout.pairs[entities[two], denied[one] + total]]
            )[by_denied],
        )
        first, second = _among(own, count)
        is_deed = kinds.deeds[concept]
        doing, deed = own[is_deed], concept[is_deed]
        earlier, later = _among(doing, count)
        is_shared = both[own] & kinds.shared[concept]
        is_both = both[denying]
        return [
            (own, layout.single[concept]),
            denials,
            (own[first], layout.pairs[concept[first], concept[second]]),
            self._order(hits),
            (doing[earlier], layout.deeds[deed[earlier], deed[later]]),
            (own[is_shared], layout.triples[concept[is_shared]]),
            (denying[is_both], layout.triples[denied[is_both] + total]),
        ]

    def _order(self, hits: Hits) -> Part:
        """Return each deed with the party named last before it and with the one named next."""
        concept = self.concepts.of_term[hits.term]
        party = self.concepts.party_of_term[hits.term]
        places = np.arange(len(concept))
        does = self.concepts.doers[concept]
        deeds = np.flatnonzero(self.concepts.deeds[concept])
        code = concept[deeds] + hits.denied[deeds] * len(self.concepts.ids)
        last = np.maximum.accumulate(np.where(does, places, -1))[deeds]
        following = np.where(does, places, len(places))
        following = np.minimum.accumulate(following[::-1])[::-1][deeds]
        has_last = (last >= 0) & _same(hits.sentence, last, deeds)
        has_next = (following < len(places)) & _same(hits.sentence, following, deeds)
        columns = np.concatenate(
            [
                self.layout.before[party[last[has_last]], code[has_last]],
                self.layout.after[code[has_next], party[following[has_next]]],
            ]
        )
        told = np.concatenate([deeds[has_last], following[has_next]])
        order = told.argsort(kind="stable")
        return hits.sentence[told[order]], columns[order]

    def _words(self, hits: Hits, units: Any, sentence: Any) -> list[Part]:
        """Return the stems, and the neighbours among stems and concepts."""
        free = np.flatnonzero(~hits.covered(len(units)) & (units != -1))
        places = np.concatenate([free, hits.first])
        order = places.argsort(kind="stable")
        concepts = len(self.layout.units) + self.concepts.of_term[hits.term]
        unit = np.concatenate([units[free], concepts])[order].astype(np.int64)
        own = sentence[places[order]]
        stems = np.flatnonzero((unit >= 0) & (unit < len(self.layout.units)))
        known = unit >= 0
        pairs = np.flatnonzero((own[1:] == own[:-1]) & known[1:] & known[:-1])
        return [
            (own[stems], self.layout.words[unit[stems]]),
            (own[pairs], self.layout.neighbours(unit[pairs], unit[pairs + 1])),
        ]


def _same(sentence: Any, places: Any, others: Any) -> Any:
    """Tell where two hits are in one sentence; places out of range are read as some other."""
    if not len(sentence):
        return np.zeros(0, bool)
    return sentence[np.clip(places, 0, len(sentence) - 1)] == sentence[others]


def _beside(left: Any, right: Any, count: int) -> tuple[Any, Any]:
    """Return positions in ``left`` and ``right``, sorted sentences below ``count``: all pairs."""
    sizes = np.bincount(right, minlength=count)
    starts = np.cumsum(sizes) - sizes
    return _spread(starts[left], sizes[left])


def _among(own: Any, count: int) -> tuple[Any, Any]:
    """Return positions in ``own``, sorted sentences below ``count``: each with all behind it."""
    ends = np.cumsum(np.bincount(own, minlength=count))[own]
    here = np.arange(1, len(own) + 1)
    return _spread(here, ends - here)


def _spread(starts: Any, sizes: Any) -> tuple[Any, Any]:
    """Return each position of ``starts`` ``sizes`` times, with the numbers from its start on."""
    one = np.repeat(np.arange(len(sizes)), sizes)
    past = np.cumsum(sizes) - sizes
    return one, np.arange(len(one)) + (starts - past)[one]
