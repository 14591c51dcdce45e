"""The model: from articles to scores with evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from archive.types import Article, Direction, Evidence, Score, Traits

from .batch import Batch, Reader
from .calibration import Calibration
from .core import Core
from .figures import Figures
from .gathering import Case, Gatherer
from .language import OTHER
from .lexicon import Lexicon
from .reasons import Attribution
from .signals import Signal
from .stems import Stemmer
from .tendency import Tendency

_BATCH = 64
IRRELEVANT_BELOW = 0.2
"""An article less relevant than this has the direction ``none``."""


@dataclass(frozen=True)
class Model:
    """A trained classifier; everything that scoring needs, the lexicon included.

    ``id`` follows from corpus, lexicon, code version, seed and, when probabilities were
    calibrated on reviewed articles, these (``reviews`` is their hash). ``figures`` is ``None``
    for a model trained without cross-validation, which is not calibrated either.
    """

    id: str
    signals: tuple[Signal, ...]
    lexicon: Lexicon
    core: Core
    calibration: Calibration
    cutoffs: tuple[float, ...]
    tendency: Tendency
    corpus_hash: str
    figures: Figures | None
    code_version: str = ""
    seed: int = 0
    reviews: str = ""

    @cached_property
    def thresholds(self) -> MappingProxyType[str, float]:
        """The probability from which on each signal counts as found, by code."""
        return MappingProxyType(dict(zip(self.codes, self.cutoffs, strict=True)))

    @property
    def codes(self) -> tuple[str, ...]:
        """The signals' codes in order."""
        return tuple(signal.code for signal in self.signals)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features in the order of the columns."""
        return self._gatherer.names

    @property
    def attribution(self) -> Attribution:
        """What the features are made of."""
        return self._gatherer.attribution

    @cached_property
    def stemmer(self) -> Stemmer:
        """The stemmer with its memory of words."""
        return Stemmer()

    @cached_property
    def _gatherer(self) -> Gatherer:
        return Gatherer(self.core, self.calibration, self.codes, self.cutoffs, self.id)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.lexicon, self.stemmer, self.core)

    def score(
        self,
        articles: Sequence[Article],
        progress: Callable[[str, float], None] | None = None,
    ) -> list[Score]:
        """Return a score for each of ``articles``, in order; no text makes it fail."""
        scores: list[Score] = []
        for first in range(0, len(articles), _BATCH):
            scores += self._score_batch(articles[first : first + _BATCH])
            if progress:
                progress("scoring", len(scores) / len(articles))
        return scores

    def _score_batch(self, articles: Sequence[Article]) -> list[Score]:
        batch = self._reader.read(articles)
        table = self.core.table_of(batch.sheet)
        logits = table.composite()
        relevance, signals = self.calibration(logits)
        directions = self._directions(logits, relevance, signals)
        langs = [batch.language(at) for at in range(len(articles))]
        cases = [
            Case(
                at,
                article,
                signals[at],
                directions[at],
                self._is_heard(batch, at, langs[at]),
            )
            for at, article in enumerate(articles)
        ]
        evidence = self._gatherer.gather(batch, table, cases)
        return [
            self._score(case, langs[at], float(relevance[at]), evidence[at], batch.traits(at))
            for at, case in enumerate(cases)
        ]

    def _is_heard(self, batch: Batch, at: int, lang: str) -> bool:
        """Tell whether an article may carry signals: not in a language the models do not know.

        Names that the lexicon knows speak in any language, if two of them stand together.
        """
        return lang != OTHER or self.core.holds_pair(batch.sheet, at)

    def _score(
        self,
        case: Case,
        lang: str,
        relevance: float,
        evidence: tuple[Evidence, ...],
        traits: Traits,
    ) -> Score:
        probabilities = [round(float(p), 6) for p in case.signals]
        return Score(
            article_id=case.article.id,
            version=case.article.version,
            model_id=self.id,
            lang=lang,
            relevance=round(relevance, 6),
            direction=case.direction,
            signals=MappingProxyType(dict(zip(self.codes, probabilities, strict=True))),
            evidence=evidence,
            traits=traits,
        )

    def _directions(self, logits: Any, relevance: Any, signals: Any) -> list[Direction]:
        """Return the direction that the ``logits`` of each document (row) tell.

        It is ``none`` for a document of little relevance that carries no signal.
        """
        quiet = (relevance < IRRELEVANT_BELOW) & ~(signals >= self.cutoffs).any(axis=1)
        return [
            Direction.NONE if is_quiet else direction
            for is_quiet, direction in zip(quiet.tolist(), self.tendency(logits), strict=True)
        ]
