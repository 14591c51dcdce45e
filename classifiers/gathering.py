"""From scored articles to evidence: passages with reasons, and passages that say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import softmax

from archive.types import Article, Direction, Evidence, Passage

from .batch import Batch, Page
from .calibration import Calibration
from .core import Core, Table
from .evidence import Search, best_windows, search
from .heads import DIRECTIONS
from .reasons import Attribution, Found, as_reasons, strongest
from .rests import Rest, Rests
from .sheet import Window
from .surfaces import Shown, Surfaces, shown_by

_OPPOSITE = {Direction.AWAY: Direction.TOWARD, Direction.TOWARD: Direction.AWAY}
_COUNTER_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Case:
    """A scored article: its place in the batch, the probabilities of its signals, its direction.

    It is ``heard`` when the models know its language.
    """

    at: int
    article: Article
    signals: Any
    direction: Direction
    heard: bool


@dataclass(frozen=True)
class Gatherer:
    """Finds the evidence for signals at or above their ``cutoffs``."""

    core: Core
    calibration: Calibration
    codes: tuple[str, ...]
    cutoffs: tuple[float, ...]
    model_id: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features in the order of the columns."""
        return tuple(self.core.counter.names())

    def gather(
        self, batch: Batch, table: Table, cases: Sequence[Case]
    ) -> list[tuple[Evidence, ...]]:
        """Return the evidence of each of ``cases``, signals in their order."""
        searches = self._searches(batch, table, cases)
        counters = [
            self._counter(case, batch, table) if own else []
            for case, own in zip(cases, searches, strict=True)
        ]
        quotes = iter(self._quotes(batch, cases, searches, counters))
        return [
            self._evidence(case, own, counter, quotes)
            for case, own, counter in zip(cases, searches, counters, strict=True)
        ]

    def _searches(self, batch: Batch, table: Table, cases: Sequence[Case]) -> list[list[Search]]:
        """Return the finished searches of each case that found a passage."""
        sizes, titles = batch.sheet.sizes, batch.sheet.titles
        searches = [
            [
                Search(case.at, sizes[case.at], titles[case.at], k)
                for k in np.flatnonzero(case.signals >= self.cutoffs).tolist()
                if case.heard
            ]
            for case in cases
        ]
        rests = Rests(self.core, batch, table)

        def score(taken: Sequence[Rest]) -> tuple[Table, Any]:
            left = rests(taken)
            return left, self.calibration(left.composite())[1]

        search([one for own in searches for one in own], table, score, self.cutoffs)
        return [[one for one in own if one.passages] for own in searches]

    def _counter(self, case: Case, batch: Batch, table: Table) -> list[Window]:
        """Return the relevant windows of ``case`` that point the other way."""
        opposite = _OPPOSITE.get(case.direction)
        if opposite is None:
            return []
        logits = table.of_windows(case.at)
        share = softmax(logits[:, -len(DIRECTIONS) :], axis=1)[:, DIRECTIONS.index(opposite)]
        share = np.where(self.calibration.relevance(logits[:, 0]) >= 0.5, share, 0.0)
        title_length = batch.sheet.titles[case.at]
        return best_windows(table.windows[case.at], title_length, share, _COUNTER_SHARE)

    def _quotes(
        self,
        batch: Batch,
        cases: Sequence[Case],
        searches: Sequence[Sequence[Search]],
        counters: Sequence[Sequence[Window]],
    ) -> list[Passage]:
        """Return, case by case, the passages of its searches, then its counter-passages."""
        wanted: list[tuple[int, Window, int]] = []
        for case, own, counter in zip(cases, searches, counters, strict=True):
            wanted += [(case.at, body, one.k) for one in own for body in one.passages]
            if counter:
                against = DIRECTIONS.index(_OPPOSITE[case.direction]) - len(DIRECTIONS)
                wanted += [(case.at, body, against) for body in counter]
        if not wanted:
            return []
        numbers = {key: number for number, key in enumerate(dict.fromkeys(w[:2] for w in wanted))}
        gates = batch.sheet.gate_of
        rows = self.core.tfidf.weighed(
            batch.sheet.sums([(at, body, gates[at]) for at, body in numbers])
        )
        contributions = self.attribution.contributions(
            rows[[numbers[at, body] for at, body, _ in wanted]],
            self._weights,
            [k for _, _, k in wanted],
            ends_only=True,
        )
        surfaces = Surfaces(batch)
        return [
            _quote(batch.pages[at], body, found, surfaces.of(at, body))
            for (at, body, _), found in zip(wanted, contributions, strict=True)
        ]

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
        counter: Sequence[Window],
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


def _quote(page: Page, body: Window, found: Found, sentences: Sequence[Shown]) -> Passage:
    """Return the sentences ``body`` of ``page`` as a passage."""
    start, end = page.sentences[body[0]][0], page.sentences[body[-1]][1]
    keys = set().union(*[shown.keys for shown in sentences])
    likely = [one for one in found if one[1] in keys]
    best = strongest(likely)
    surfaces = {key: shown_by(sentences, key) for _, key in best}
    return Passage(page.article.text[start:end], start, end, as_reasons(best, surfaces))
