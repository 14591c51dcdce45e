"""From scored articles to evidence: passages with reasons, and passages that say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import softmax

from archive.types import Article, Contribution, Direction, Evidence, Passage

from .calibration import Calibration
from .core import Core, Document, Table
from .evidence import Search, best_windows, search
from .heads import DIRECTIONS
from .reasons import Attribution, as_reasons, candidates, strongest, surfaces_of
from .stems import Stemmer

_OPPOSITE = {Direction.AWAY: Direction.TOWARD, Direction.TOWARD: Direction.AWAY}
_COUNTER_SHARE = 0.6


@dataclass(frozen=True)
class Case:
    """A scored article: logits and ranks of its windows, probabilities of its signals."""

    article: Article
    document: Document
    windows: Any
    ranks: Any
    signals: Any
    direction: Direction

    def quote(self, body: Sequence[int], reasons: tuple[Contribution, ...]) -> Passage:
        """Return the sentences ``body`` as a passage."""
        sentences = [self.document.reading.sentences[at] for at in body]
        start, end = sentences[0].sentence.start, sentences[-1].sentence.end
        return Passage(self.article.text[start:end], start, end, reasons)


@dataclass(frozen=True)
class Gatherer:
    """Finds the evidence for signals at or above their ``cutoffs``."""

    core: Core
    calibration: Calibration
    codes: tuple[str, ...]
    cutoffs: tuple[float, ...]
    model_id: str
    stemmer: Stemmer

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features in the order of the columns."""
        return tuple(self.core.counter.names())

    def gather(self, cases: Sequence[Case]) -> list[tuple[Evidence, ...]]:
        """Return the evidence of each of ``cases``, signals in their order."""
        searches = self._searches(cases)
        counters = [
            self._counter(case) if own else [] for case, own in zip(cases, searches, strict=True)
        ]
        quotes = iter(self._quotes(cases, searches, counters))
        return [
            self._evidence(case, own, counter, quotes)
            for case, own, counter in zip(cases, searches, counters, strict=True)
        ]

    def _searches(self, cases: Sequence[Case]) -> list[list[Search]]:
        """Return the finished searches of each case that found a passage."""
        searches = [
            [
                Search(case.document, k)
                for k in np.flatnonzero(case.signals >= self.cutoffs).tolist()
            ]
            for case in cases
        ]
        search(
            [one for own in searches for one in own],
            [case.ranks for case, own in zip(cases, searches, strict=True) for _ in own],
            self._rescore,
            self.cutoffs,
        )
        return [[one for one in own if one.passages] for own in searches]

    def _rescore(self, documents: Sequence[Document]) -> tuple[Table, Any]:
        """Return the table of ``documents`` and the probabilities of their signals."""
        table = self.core.table(documents)
        return table, self.calibration(table.composite())[1]

    def _counter(self, case: Case) -> list[tuple[int, ...]]:
        """Return the relevant windows of ``case`` that point the other way."""
        opposite = _OPPOSITE.get(case.direction)
        if opposite is None:
            return []
        share = softmax(case.windows[:, -len(DIRECTIONS) :], axis=1)[:, DIRECTIONS.index(opposite)]
        share = np.where(self.calibration.relevance(case.windows[:, 0]) >= 0.5, share, 0.0)
        return best_windows(case.document, share, _COUNTER_SHARE)

    def _quotes(
        self,
        cases: Sequence[Case],
        searches: Sequence[Sequence[Search]],
        counters: Sequence[Sequence[tuple[int, ...]]],
    ) -> list[Passage]:
        """Return, case by case, the passages of its searches, then its counter-passages."""
        wanted: list[tuple[int, tuple[int, ...], int]] = []
        for at, (own, counter) in enumerate(zip(searches, counters, strict=True)):
            wanted += [(at, body, one.k) for one in own for body in one.passages]
            if counter:
                against = DIRECTIONS.index(_OPPOSITE[cases[at].direction]) - len(DIRECTIONS)
                wanted += [(at, body, against) for body in counter]
        if not wanted:
            return []
        numbers = {key: number for number, key in enumerate({w[:2]: None for w in wanted})}
        parts = [cases[at].document.part(body) for at, body in numbers]
        rows = self.core.whole(parts)[[numbers[at, body] for at, body, _ in wanted]]
        contributions = self.attribution.contributions(rows, self._weights, [w[2] for w in wanted])
        passages: list[Passage] = []
        for (at, body, _), found in zip(wanted, contributions, strict=True):
            likely = candidates(found)
            sentences = parts[numbers[at, body]].reading.sentences
            surfaces = surfaces_of(sentences, self.stemmer, {key for _, key in likely})
            shown = strongest([one for one in likely if one[1] in surfaces])
            passages.append(cases[at].quote(body, as_reasons(shown, surfaces)))
        return passages

    @cached_property
    def attribution(self) -> Attribution:
        """What the features are made of."""
        return Attribution(self.names)

    @cached_property
    def _weights(self) -> Any:
        """The weights of each signal joined with relevance's, then those of each direction."""
        stacked = self.core.stacked[0]
        signals = stacked[:, 1 : 1 + len(self.codes)] + stacked[:, :1]
        return np.hstack([signals, stacked[:, -len(DIRECTIONS) :]])

    def _evidence(
        self,
        case: Case,
        searches: Sequence[Search],
        counter: Sequence[tuple[int, ...]],
        quotes: Iterator[Passage],
    ) -> tuple[Evidence, ...]:
        """Return the evidence of ``case``, taking its passages from ``quotes``."""
        passages = [tuple(next(quotes) for _ in own.passages) for own in searches]
        against = [(body, next(quotes)) for body in counter]
        return tuple(
            Evidence(
                article_id=case.article.id,
                version=case.article.version,
                signal=self.codes[own.k],
                model_id=self.model_id,
                probability=round(float(case.signals[own.k]), 6),
                direction=case.direction,
                passages=found,
                counter=tuple(q for body, q in against if not own.taken().intersection(body)),
            )
            for own, found in zip(searches, passages, strict=True)
        )
