"""Fitted features and models together: from documents to one logit per document and model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from .features import BLOCKS, gate_features, names_armenia, words_only
from .heads import Heads, fit_heads
from .reading import Reading, ReadSentence
from .rows import Row
from .vectors import BagCounter, BlockTfidf

MIN_DF = 2
BLOCK_WEIGHTS = (1.0, 0.7, 1.3)
WHOLE_SHARE = 0.5
"""Share of the whole text in a document's logit; the rest is the mean over its windows."""


@dataclass(frozen=True, slots=True)
class Document:
    """A reading with the bag of features of each sentence and of the document's gates."""

    reading: Reading
    bags: tuple[list[str], ...]
    gates: list[str]

    @classmethod
    def of(cls, reading: Reading, features: Callable[[ReadSentence], list[str]]) -> Document:
        """Return ``reading`` with its features."""
        return cls.joined(reading, tuple(map(features, reading.sentences)))

    @classmethod
    def joined(cls, reading: Reading, bags: tuple[list[str], ...]) -> Document:
        """Return ``reading`` with the features ``bags`` of its sentences."""
        return cls(reading, bags, gate_features(reading.sentences))

    def heard(self) -> Iterable[list[str]]:
        """Return the bags as the models see them: no concepts when Armenia is no party."""
        return self.bags if names_armenia(self.reading.sentences) else map(words_only, self.bags)


@dataclass(frozen=True)
class Table:
    """Rows of several documents: each whole document first, then all windows in order.

    ``rows`` holds weighted features, ``logits`` a column per model (see ``Heads.stacked``);
    ``windows`` lists, per document, its windows as sentence positions and ``first`` the row of
    its first window.
    """

    rows: Any
    logits: Any
    windows: tuple[tuple[tuple[int, ...], ...], ...]
    first: tuple[int, ...]

    def composite(self) -> Any:
        """Return the logits of each document: half whole text, half mean over its windows."""
        blended = self.logits[: len(self.windows)].copy()
        for at, (first, windows) in enumerate(zip(self.first, self.windows, strict=True)):
            if windows:
                mean = self.logits[first : first + len(windows)].mean(axis=0)
                blended[at] = WHOLE_SHARE * blended[at] + (1 - WHOLE_SHARE) * mean
        return blended


@dataclass(frozen=True)
class Core:
    """Vocabulary, weights of features, and the models."""

    counter: BagCounter
    tfidf: BlockTfidf
    heads: Heads

    @cached_property
    def stacked(self) -> tuple[Any, Any]:
        """Weights and intercepts of all models; see ``Heads.stacked``."""
        return self.heads.stacked()

    def table(self, documents: Sequence[Document]) -> Table:
        """Return the rows of ``documents`` and their logits."""
        windows = tuple(document.reading.windows() for document in documents)
        rows = self.tfidf.transform(_counts(self.counter, documents, windows))
        weights, intercepts = self.stacked
        sizes = np.cumsum([0, *map(len, windows)]) + len(documents)
        return Table(rows, rows @ weights + intercepts, windows, tuple(sizes[:-1].tolist()))


def fit_core(
    documents: Sequence[Document], rows: Sequence[Row], codes: Sequence[str], seed: int
) -> Core:
    """Return a core fitted on ``documents``, whose truth ``rows`` tell in the same order.

    Features are those of at least two single passages; pseudo-articles only repeat passages.
    """
    single = [d for d, row in zip(documents, rows, strict=True) if len(row.passages) == 1]
    counter = BagCounter(min_df=MIN_DF).fit([sum(d.heard(), list(d.gates)) for d in single])
    counts = _counts(counter, documents, ())
    blocks = np.array([BLOCKS[name[0]] for name in counter.names()], np.int8)
    tfidf = BlockTfidf(blocks, BLOCK_WEIGHTS).fit(counts)
    return Core(counter, tfidf, fit_heads(tfidf.transform(counts), rows, codes, seed))


def _counts(
    counter: BagCounter,
    documents: Sequence[Document],
    windows: Sequence[Sequence[Sequence[int]]],
) -> Any:
    """Return the feature counts of each whole document and then of each window."""
    sentences = counter.transform([bag for document in documents for bag in document.heard()])
    gates = counter.transform([document.gates for document in documents])
    members: list[int] = []
    ends = [0]
    owners = list(range(len(documents)))
    offset = 0
    offsets: list[int] = []
    for document in documents:
        offsets.append(offset)
        members += range(offset, offset + len(document.bags))
        ends.append(len(members))
        offset += len(document.bags)
    for at, own in enumerate(windows):
        for window in own:
            members += [offsets[at] + position for position in window]
            ends.append(len(members))
            owners.append(at)
    summing = sparse.csr_matrix(
        (np.ones(len(members), np.float32), np.array(members, np.int32), np.array(ends)),
        shape=(len(owners), offset),
    )
    choosing = sparse.csr_matrix(
        (np.ones(len(owners), np.float32), np.array(owners, np.int32), np.arange(len(owners) + 1)),
        shape=(len(owners), len(documents)),
    )
    return summing @ sentences + choosing @ gates
