"""The model: from articles to scores with evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from archive.types import Article, Direction, Evidence, Score

from .calibration import Calibration
from .core import Core, Document, Table
from .features import SentenceFeatures
from .figures import Figures
from .gathering import Case, Gatherer
from .language import OTHER, language_of
from .lexicon import Lexicon
from .reading import read_article
from .reasons import Attribution
from .signals import Signal
from .stems import Stemmer
from .tendency import Tendency
from .traits import traits_of

_BATCH = 32
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
        return Gatherer(
            self.core, self.calibration, self.codes, self.cutoffs, self.id, self.stemmer
        )

    @cached_property
    def _features(self) -> SentenceFeatures:
        return SentenceFeatures(self.stemmer)

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

    def read(self, articles: Sequence[Article]) -> tuple[list[Document], Table]:
        """Return the documents of ``articles`` and the table of their rows and logits."""
        documents = [
            self.core.encode(Document.of(read_article(article, self.lexicon), self._features))
            for article in articles
        ]
        return documents, self.core.table(documents)

    def _score_batch(self, articles: Sequence[Article]) -> list[Score]:
        documents, table = self.read(articles)
        logits = table.composite()
        relevance, signals = self.calibration(logits)
        cases = [
            Case(
                article,
                documents[at],
                table.of_windows(at),
                table.ranks_of(at),
                signals[at],
                self.direction(logits[at], relevance[at], signals[at]),
            )
            for at, article in enumerate(articles)
        ]
        langs = [language_of(case.document.reading, case.article.lang) for case in cases]
        evidence = self._gatherer.gather(list(map(self._heard, cases, langs)))
        return [
            self._score(case, langs[at], float(relevance[at]), evidence[at])
            for at, case in enumerate(cases)
        ]

    def _heard(self, case: Case, lang: str) -> Case:
        """Return ``case``, without signals if it is in a language that the models do not know.

        Names that the lexicon knows speak in any language, if two of them stand together.
        """
        if lang != OTHER or self.core.holds_pair(case.document):
            return case
        return replace(case, signals=np.zeros_like(case.signals))

    def _score(
        self, case: Case, lang: str, relevance: float, evidence: tuple[Evidence, ...]
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
            traits=traits_of(case.document.reading, self.stemmer),
        )

    def direction(self, logits: Any, relevance: float, signals: Any) -> Direction:
        """Return the direction that ``logits`` of one document tell.

        It is ``none`` for a document of little relevance that carries no signal.
        """
        if relevance < IRRELEVANT_BELOW and not np.any(signals >= np.array(self.cutoffs)):
            return Direction.NONE
        return self.tendency(logits[None])[0]
