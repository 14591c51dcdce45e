"""Evidence: the verbatim passages that speak for a signal, and those that speak against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive.types import Article, Passage

from .core import Document, Table
from .reasons import contributions, strongest
from .stems import Stemmer

MOST_PASSAGES = 3
_CLOSE_TO_BEST = 0.6
"""A further passage must score at least this share of the best one's probability."""


@dataclass(frozen=True)
class Finder:
    """Finds passages in one article of a scored ``table`` (document number ``at``)."""

    article: Article
    document: Document
    table: Table
    at: int
    names: Sequence[str]
    stemmer: Stemmer

    @property
    def rows(self) -> range:
        """The rows of the article's windows in the table."""
        first = self.table.first[self.at]
        return range(first, first + len(self.table.windows[self.at]))

    def best(self, scores: Any, weights: Any, least: float = 0.0) -> tuple[Passage, ...]:
        """Return one to three passages with the highest ``scores``, best first, no overlap.

        ``scores`` has a probability for each window; ``weights`` are those whose contributions
        are the reasons. Windows below ``least`` are left out.
        """
        order = sorted(range(len(scores)), key=lambda window: (-scores[window], window))
        taken: list[tuple[int, ...]] = []
        passages: list[Passage] = []
        top = 0.0
        for window in order:
            body = self._body(window)
            if scores[window] < max(least, _CLOSE_TO_BEST * top):
                break
            if not body or any(set(body) & set(other) for other in taken):
                continue
            top = max(top, float(scores[window]))
            taken.append(body)
            passages.append(self.passage(body, window, weights))
            if len(passages) == MOST_PASSAGES:
                break
        return tuple(passages)

    def passage(self, body: Sequence[int], window: int, weights: Any) -> Passage:
        """Return the sentences ``body`` as a passage, with the reasons of ``window``."""
        reading = self.document.reading
        start = reading.sentences[body[0]].sentence.start
        end = reading.sentences[body[-1]].sentence.end
        members = self.table.windows[self.at][window]
        reasons = contributions(
            self.table.rows[self.rows[window]],
            weights,
            self.names,
            [reading.sentences[position] for position in members],
            [self._source(position) for position in members],
            self.stemmer,
        )
        return Passage(self.article.text[start:end], start, end, strongest(reasons))

    def _source(self, position: int) -> str:
        in_title = position < self.document.reading.title_length
        return self.article.title if in_title else self.article.text

    def _body(self, window: int) -> tuple[int, ...]:
        """Return the sentences of ``window`` that stand in the text, not in the title."""
        title_length = self.document.reading.title_length
        return tuple(p for p in self.table.windows[self.at][window] if p >= title_length)
