"""The model: from articles to scores with evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from archive.types import Article, Direction, Evidence, Passage, Score

from .calibration import Calibration
from .core import Core, Document, Table
from .evidence import Finder
from .features import SentenceFeatures
from .figures import Figures
from .heads import DIRECTIONS
from .lexicon import Lexicon
from .reading import read_article
from .signals import Signal
from .stems import Stemmer
from .traits import traits_of

_BATCH = 32
IRRELEVANT_BELOW = 0.2
"""An article less relevant than this has the direction ``none``."""

_OPPOSITE = {Direction.AWAY: Direction.TOWARD, Direction.TOWARD: Direction.AWAY}
_COUNTER_SHARE = 0.6


@dataclass(frozen=True)
class Model:
    """A trained classifier; everything that scoring needs, the lexicon included.

    ``id`` follows from corpus, lexicon and code version alone. ``figures`` is ``None`` for a
    model trained without cross-validation, which is not calibrated either.
    """

    id: str
    signals: tuple[Signal, ...]
    lexicon: Lexicon
    core: Core
    calibration: Calibration
    cutoffs: tuple[float, ...]
    corpus_hash: str
    figures: Figures | None

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
        return tuple(self.core.counter.names())

    @cached_property
    def stemmer(self) -> Stemmer:
        """The stemmer with its memory of words."""
        return Stemmer()

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
            Document.of(read_article(article, self.lexicon), self._features) for article in articles
        ]
        return documents, self.core.table(documents)

    def _score_batch(self, articles: Sequence[Article]) -> list[Score]:
        documents, table = self.read(articles)
        logits = table.composite()
        relevance, signals = self.calibration(logits)
        return [
            self._score(
                Finder(article, document, table, at, self.names, self.stemmer),
                logits[at],
                float(relevance[at]),
                signals[at],
            )
            for at, (article, document) in enumerate(zip(articles, documents, strict=True))
        ]

    def _score(self, finder: Finder, logits: Any, relevance: float, signals: Any) -> Score:
        article = finder.article
        direction = self.direction(logits, relevance)
        found = [k for k, cutoff in enumerate(self.cutoffs) if signals[k] >= cutoff]
        evidence: tuple[Evidence, ...] = ()
        if found and finder.rows:
            window_logits = finder.table.logits[finder.rows.start : finder.rows.stop]
            window_scores = self.calibration(window_logits)
            counter = self._counter(finder, window_logits, window_scores, direction)
            evidence = tuple(
                made
                for k in found
                if (made := self._evidence(finder, k, signals[k], window_scores[1], direction))
            )
            evidence = tuple(_with_counter(made, counter) for made in evidence)
        return Score(
            article_id=article.id,
            version=article.version,
            model_id=self.id,
            lang=article.lang,
            relevance=round(relevance, 6),
            direction=direction,
            signals=MappingProxyType(
                {code: round(float(p), 6) for code, p in zip(self.codes, signals, strict=True)}
            ),
            evidence=evidence,
            traits=traits_of(finder.document.reading, self.stemmer),
        )

    def direction(self, logits: Any, relevance: float) -> Direction:
        """Return the direction that ``logits`` of one document tell, ``none`` if irrelevant."""
        if relevance < IRRELEVANT_BELOW:
            return Direction.NONE
        return DIRECTIONS[int(np.argmax(logits[-len(DIRECTIONS) :]))]

    def weights(self, column: int) -> Any:
        """Return the feature weights of a signal (its position) joined with relevance's."""
        stacked = self.core.stacked[0]
        return stacked[:, 0] + stacked[:, 1 + column]

    def _evidence(
        self, finder: Finder, k: int, probability: float, windows: Any, direction: Direction
    ) -> Evidence | None:
        passages = finder.best(windows[:, k], self.weights(k))
        if not passages:
            return None
        article = finder.article
        return Evidence(
            article_id=article.id,
            version=article.version,
            signal=self.codes[k],
            model_id=self.id,
            probability=round(float(probability), 6),
            direction=direction,
            passages=passages,
        )

    def _counter(
        self, finder: Finder, logits: Any, scores: tuple[Any, Any], direction: Direction
    ) -> tuple[Passage, ...]:
        """Return the relevant passages that point the other way."""
        opposite = _OPPOSITE.get(direction)
        if opposite is None:
            return ()
        column = DIRECTIONS.index(opposite) - len(DIRECTIONS)
        exponents = np.exp(logits[:, -len(DIRECTIONS) :])
        share = exponents[:, column] / exponents.sum(axis=1)
        return finder.best(
            np.where(scores[0] >= 0.5, share, 0.0),
            self.core.stacked[0][:, column],
            least=_COUNTER_SHARE,
        )


def _with_counter(evidence: Evidence, counter: tuple[Passage, ...]) -> Evidence:
    """Return ``evidence`` with the counter-passages that are not its own passages."""
    own = {(passage.start, passage.end) for passage in evidence.passages}
    others = tuple(passage for passage in counter if (passage.start, passage.end) not in own)
    return Evidence(
        evidence.article_id,
        evidence.version,
        evidence.signal,
        evidence.model_id,
        evidence.probability,
        evidence.direction,
        evidence.passages,
        others,
    )
