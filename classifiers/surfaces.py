"""The words of the text that show each concept and stem, for reasons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .batch import Batch
from .sheet import Window
from .words import Sentence


class Surfaces:
    """Finds them in the sentences of ``batch``, as ``reasons.surfaces_of`` does in any."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        hits = batch.hits
        rows = np.arange(batch.sheet.counts.shape[0] + 1)
        self._bounds = np.searchsorted(hits.sentence, rows).tolist()
        self._hits = list(
            zip(hits.first.tolist(), hits.last.tolist(), hits.term.tolist(), strict=True)
        )
        self._keys = ["@" + term.id for term in batch.book.lexicon.terms]
        self._shown: dict[int, Shown] = {}

    def of(self, at: int, body: Window) -> list[Shown]:
        """Return what the sentences ``body`` of article ``at`` show."""
        first = self._batch.sheet.first[at]
        return [self._sentence(at, position, first + position) for position in body]

    def _sentence(self, at: int, position: int, row: int) -> Shown:
        if row not in self._shown:
            start = self._batch.starts[row]
            hits = [
                (self._keys[term], first - start, last - start)
                for first, last, term in self._hits[self._bounds[row] : self._bounds[row + 1]]
            ]
            self._shown[row] = Shown(self._batch, at, position, hits)
        return self._shown[row]


class Shown:
    """What a sentence of a batch shows: ``keys`` are its stems and, with ``@``, its concepts."""

    def __init__(
        self, batch: Batch, at: int, position: int, hits: Sequence[tuple[str, int, int]]
    ) -> None:
        page = batch.pages[at]
        self._hits = hits
        self._text, self._written = page.article.text, batch.book.written
        self._start, self._end, self._first, self._numbers = page.sentences[position]
        stems = batch.book.stems
        self._stems = [stems[number] for number in self._numbers]
        for _, first, last in hits:
            self._stems[first:last] = [""] * (last - first)
        self.keys = {*self._stems, *[key for key, _, _ in hits]}

    def words(self, key: str) -> list[str]:
        """Return what shows ``key``, as it is written."""
        if key not in self.keys:
            return []
        if key[0] == "@":
            return [self._between(first, last) for own, first, last in self._hits if own == key]
        return [self._between(at, at + 1) for at, stem in enumerate(self._stems) if stem == key]

    def _between(self, first: int, last: int) -> str:
        if last == first + 1 and (word := self._written[self._numbers[first]]):
            return word
        return self._text[self._spans[first][0] : self._spans[last - 1][1]]

    @cached_property
    def _spans(self) -> Sequence[tuple[int, int]]:
        """Where each word starts and ends: a word starts with the first letter behind the last."""
        words = [self._written[number] for number in self._numbers]
        if not all(words):
            return Sentence(self._text, self._start, self._end, self._first, ()).spans
        spans: list[tuple[int, int]] = []
        past = self._first
        for word in words:
            at = self._text.index(word, past)
            past = at + len(word)
            spans.append((at, past))
        return spans


def shown_by(sentences: Sequence[Shown], key: str) -> list[str]:
    """Return what shows ``key`` in ``sentences``, in order, each once."""
    return list(dict.fromkeys([word for one in sentences for word in one.words(key)]))
