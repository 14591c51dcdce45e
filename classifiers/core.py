"""Fitted features and models together: from documents to one logit per document and model."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit

from .calibration import joint_logits
from .features import BLOCKS, gate_features, names_armenia, words_only
from .heads import Heads, fit_heads
from .lexicon import Lexicon
from .reading import Reading, ReadSentence, read_text
from .rows import Row
from .vectors import BagCounter, BlockTfidf, stack

MIN_DF = 2
BLOCK_WEIGHTS = (1.0, 0.5, 1.0, 0.6)
WHOLE_SHARE = 0.25
"""Share of the whole text in a document's logit; the rest is that of its windows."""

WHOLE_SHARE_DIRECTION = 0.5
"""The same for the direction model: that a text points both ways shows only in all of it."""

BEST_WINDOWS = 5
"""Windows that speak for a signal; a longer text is not held against it."""

RECAP_SLOPE = 2.0
LEAD_SLOPE = 1.5
_LEAST = 1e-3
RECAP_COLUMN = -4
"""Where the recap model stands in the logits; see ``Heads.stacked``."""


@dataclass(frozen=True, slots=True)
class Document:
    """A reading with the bag of features of each sentence and of the document's gates.

    ``armenia`` tells whether Armenia is a party. ``columns``, once ``Core.encode`` has set it,
    holds the columns of each sentence's known features.
    """

    reading: Reading
    bags: tuple[list[str], ...]
    gates: list[str]
    armenia: bool
    columns: tuple[list[int], ...] = ()

    @classmethod
    def of(cls, reading: Reading, features: Callable[[ReadSentence], list[str]]) -> Document:
        """Return ``reading`` with its features."""
        return cls.joined(reading, tuple(map(features, reading.sentences)))

    @classmethod
    def of_text(
        cls, text: str, lexicon: Lexicon, features: Callable[[ReadSentence], list[str]]
    ) -> Document:
        """Return ``text``, which has no title, as a document."""
        return cls.of(Reading(read_text(text, lexicon), 0), features)

    @classmethod
    def joined(
        cls, reading: Reading, bags: tuple[list[str], ...], columns: tuple[list[int], ...] = ()
    ) -> Document:
        """Return ``reading`` with the features ``bags`` of its sentences."""
        sentences = reading.sentences
        return cls(reading, bags, gate_features(sentences), names_armenia(sentences), columns)

    def heard(self) -> Iterable[list[str]]:
        """Return the bags as the models see them: no concepts when Armenia is no party."""
        return self.bags if self.armenia else map(words_only, self.bags)

    def without(self, positions: Container[int]) -> Document:
        """Return the document as it would be without the sentences at ``positions``."""
        kept = [at for at in range(len(self.bags)) if at not in positions]
        title_length = sum(at < self.reading.title_length for at in kept)
        sentences = tuple([self.reading.sentences[at] for at in kept])
        return Document.joined(Reading(sentences, title_length), *self._parts(kept))

    def part(self, positions: Sequence[int]) -> Document:
        """Return the sentences at ``positions`` alone, heard as in the whole document."""
        sentences = tuple([self.reading.sentences[at] for at in positions])
        bags, columns = self._parts(positions)
        return Document(Reading(sentences, 0), bags, self.gates, self.armenia, columns)

    def _parts(
        self, positions: Sequence[int]
    ) -> tuple[tuple[list[str], ...], tuple[list[int], ...]]:
        bags = tuple([self.bags[at] for at in positions])
        return bags, tuple([self.columns[at] for at in positions]) if self.columns else ()


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

    @cached_property
    def weights(self) -> Any:
        """How much each window counts, at most one: less for a recap and toward the end."""
        sizes = np.array([len(own) for own in self.windows], dtype=np.intp)
        starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        place = (np.arange(sizes.sum()) - starts) / np.repeat(np.maximum(sizes - 1, 1), sizes)
        recap = self.logits[len(self.windows) :, RECAP_COLUMN]
        return expit(-RECAP_SLOPE * recap) * np.exp(-LEAD_SLOPE * place) + _LEAST

    @cached_property
    def ranks(self) -> Any:
        """How strongly each window (row) speaks for each signal (column)."""
        logits = self.logits[len(self.windows) :]
        n_signals = logits.shape[1] + RECAP_COLUMN - 1
        return joint_logits(logits, n_signals) + np.log(self.weights)[:, None]

    def composite(self) -> Any:
        """Return the logits of each document: a share of the whole text's, a share of its windows'.

        A window weighs less the more it reads like a recap and the later it comes. Each signal
        takes the mean over the windows that speak most for it, the other models over all.
        """
        blended = self.logits[: len(self.windows)].copy()
        share = np.full(blended.shape[1], WHOLE_SHARE)
        share[RECAP_COLUMN + 1 :] = WHOLE_SHARE_DIRECTION
        for at, own in enumerate(self.windows):
            if own:
                blended[at] = share * blended[at] + (1 - share) * self.blend(at)
        return blended

    def blend(self, at: int) -> Any:
        """Return the logits of document ``at`` that its windows tell."""
        logits, own = self.of_windows(at), self._own(at)
        weights = self.weights[own]
        blended = weights @ logits / weights.sum()
        if len(logits) > BEST_WINDOWS:
            ranks = self.ranks[own]
            best = np.argsort(-ranks, axis=0, kind="stable")[:BEST_WINDOWS]
            signals = slice(1, 1 + ranks.shape[1])
            chosen = weights[best]
            values = np.take_along_axis(logits[:, signals], best, axis=0)
            blended[signals] = (values * chosen).sum(axis=0) / chosen.sum(axis=0)
        return blended

    def of_windows(self, at: int) -> Any:
        """Return the logits of the windows of document ``at``, a row for each."""
        return self.logits[self.first[at] : self.first[at] + len(self.windows[at])]

    def ranks_of(self, at: int) -> Any:
        """Return the ranks of the windows of document ``at``, a row for each."""
        return self.ranks[self._own(at)]

    def _own(self, at: int) -> slice:
        first = self.first[at] - len(self.windows)
        return slice(first, first + len(self.windows[at]))


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

    def encode(self, document: Document) -> Document:
        """Return ``document`` with its columns, so that its parts need not look them up again."""
        return replace(document, columns=tuple([self.counter.columns(b) for b in document.bags]))

    def holds_pair(self, document: Document) -> bool:
        """Tell whether an encoded ``document`` names two known concepts together."""
        pair = BLOCKS["p"]
        blocks = self.tfidf.blocks
        return document.armenia and any(
            blocks[column] == pair for own in document.columns for column in own
        )

    def whole(self, documents: Sequence[Document]) -> Any:
        """Return the weighted features of each whole document."""
        return self.tfidf.transform(_counts(self.counter, self.tfidf.blocks, documents, ()))

    def table(self, documents: Sequence[Document]) -> Table:
        """Return the rows of ``documents`` and their logits."""
        windows = tuple([document.reading.windows() for document in documents])
        rows = self.tfidf.transform(_counts(self.counter, self.tfidf.blocks, documents, windows))
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
    blocks = np.array([BLOCKS[name[0]] for name in counter.names()], np.int8)
    counts = _counts(counter, blocks, documents, ())
    tfidf = BlockTfidf(blocks, BLOCK_WEIGHTS).fit(counts)
    return Core(counter, tfidf, fit_heads(tfidf.transform(counts), rows, codes, seed))


def _counts(
    counter: BagCounter,
    blocks: Any,
    documents: Sequence[Document],
    windows: Sequence[Sequence[Sequence[int]]],
) -> Any:
    """Return the feature counts of each whole document and then of each window."""
    width = len(blocks)
    sentences = stack(_columns(counter, blocks, documents), width)
    gates = stack([counter.columns(document.gates) for document in documents], width)
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
        first = offsets[at]
        for window in own:
            members += [first + position for position in window]
            ends.append(len(members))
        owners += [at] * len(own)
    summing = sparse.csr_matrix(
        (np.ones(len(members), np.float32), np.array(members, np.int32), np.array(ends)),
        shape=(len(owners), offset),
    )
    return summing @ sentences + gates[owners]


def _columns(
    counter: BagCounter, blocks: Any, documents: Sequence[Document]
) -> Iterator[list[int]]:
    """Yield the columns of each sentence of ``documents``, as the models hear it."""
    for document in documents:
        encoded = document.columns or tuple(map(counter.columns, document.bags))
        if document.armenia:
            yield from encoded
        else:
            for own in encoded:
                yield [column for column in own if blocks[column] == BLOCKS["w"]]
