"""Fitted features and models together: from documents to one logit per document and model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from scipy.special import expit

from .calibration import joint_logits
from .features import BLOCKS, gate_features, names_armenia, words_only
from .heads import Heads, fit_heads
from .lexicon import Lexicon
from .reading import Reading, ReadSentence, read_text
from .rows import Row
from .sheet import Group, Sheet, Window
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

    ``armenia`` tells whether Armenia is a party.
    """

    reading: Reading
    bags: tuple[list[str], ...]
    gates: list[str]
    armenia: bool

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
    def joined(cls, reading: Reading, bags: tuple[list[str], ...]) -> Document:
        """Return ``reading`` with the features ``bags`` of its sentences."""
        sentences = reading.sentences
        return cls(reading, bags, gate_features(sentences), names_armenia(sentences))

    def heard(self) -> Iterable[list[str]]:
        """Return the bags as the models see them: no concepts when Armenia is no party."""
        return self.bags if self.armenia else map(words_only, self.bags)


@dataclass(frozen=True)
class Table:
    """Logits of several documents: each whole document first, then all windows in order.

    ``logits`` holds a column per model (see ``Heads.stacked``); ``windows`` lists, per document,
    its windows as sentence positions and ``first`` the row of its first window.
    """

    logits: Any
    windows: tuple[tuple[Window, ...], ...]
    first: tuple[int, ...]

    @classmethod
    def of(cls, logits: Any, windows: Sequence[tuple[Window, ...]]) -> Table:
        """Return the table of ``logits``."""
        first = tuple(accumulate(map(len, windows[:-1]), initial=len(windows)))
        return cls(logits, tuple(windows), first)

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
        return self._blends[at]

    @cached_property
    def _blends(self) -> Any:
        """The logits of each document that its windows tell; nothing for one without windows."""
        blends = np.zeros((len(self.windows), self.logits.shape[1]))
        sizes = np.array([len(own) for own in self.windows], np.intp)
        some = np.flatnonzero(sizes)
        if not len(some):
            return blends
        logits, weights = self.logits[len(self.windows) :], self.weights
        starts = np.cumsum(sizes) - sizes
        sums = np.add.reduceat(logits * weights[:, None], starts[some], axis=0)
        blends[some] = sums / np.add.reduceat(weights, starts[some])[:, None]
        long = np.flatnonzero(sizes > BEST_WINDOWS)
        best = self._ranking(sizes)[starts[long][:, None] + np.arange(BEST_WINDOWS)]
        n_signals = best.shape[2]
        chosen = weights[best]
        values = logits[best, 1 + np.arange(n_signals)]
        blends[long, 1 : 1 + n_signals] = (values * chosen).sum(axis=1) / chosen.sum(axis=1)
        return blends

    def _ranking(self, sizes: Any) -> Any:
        """Return the windows of each document in turn, for each signal (column) the best first."""
        order = np.argsort(np.ascontiguousarray(-self.ranks.T), axis=1, kind="stable")
        small = np.int16 if len(sizes) < 2**15 else np.int64  # short numbers are sorted by digits
        owner = np.repeat(np.arange(len(sizes), dtype=small), sizes)
        by_owner = np.argsort(owner[order], axis=1, kind="stable")
        return np.take_along_axis(order, by_owner, axis=1).T

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

    def sheet(self, documents: Sequence[Document]) -> Sheet:
        """Return the sentences of ``documents`` as rows."""
        return _sheet(self.counter, self.tfidf.blocks, documents)

    def holds_pair(self, sheet: Sheet, at: int) -> bool:
        """Tell whether document ``at`` of ``sheet`` names two known concepts together."""
        first, last = sheet.first[at], sheet.first[at] + sheet.sizes[at]
        own = sheet.counts.indices[sheet.counts.indptr[first] : sheet.counts.indptr[last]]
        is_pair = self.tfidf.blocks[own] == BLOCKS["p"]
        return sheet.gate_of[at] not in sheet.deaf and bool(is_pair.any())

    def logits(self, counts: Any) -> Any:
        """Return the logits of rows of feature counts."""
        weights, intercepts = self.stacked
        return self.tfidf.weighed(counts) @ weights + intercepts

    def table(self, documents: Sequence[Document]) -> Table:
        """Return the logits of ``documents`` and their windows."""
        return self.table_of(self.sheet(documents))

    def table_of(self, sheet: Sheet) -> Table:
        """Return the logits of the documents of ``sheet`` and their windows."""
        windows = sheet.windows()
        parts: list[Group] = [
            (at, window, sheet.gate_of[at]) for at, own in enumerate(windows) for window in own
        ]
        return Table.of(self.logits(sheet.sums([*sheet.whole(), *parts])), windows)


def fit_core(
    documents: Sequence[Document], rows: Sequence[Row], codes: Sequence[str], seed: int
) -> Core:
    """Return a core fitted on ``documents``, whose truth ``rows`` tell in the same order.

    Features are those of at least two single passages; pseudo-articles only repeat passages.
    """
    single = [d for d, row in zip(documents, rows, strict=True) if len(row.passages) == 1]
    counter = BagCounter(min_df=MIN_DF).fit([sum(d.heard(), list(d.gates)) for d in single])
    blocks = np.array([BLOCKS[name[0]] for name in counter.names()], np.int8)
    sheet = _sheet(counter, blocks, documents)
    counts = sheet.sums(sheet.whole())
    tfidf = BlockTfidf(blocks, BLOCK_WEIGHTS).fit(counts)
    return Core(counter, tfidf, fit_heads(tfidf.transform(counts), rows, codes, seed))


def _sheet(counter: BagCounter, blocks: Any, documents: Sequence[Document]) -> Sheet:
    """Return the sentences of ``documents`` as rows, each document with gates of its own."""
    bags = [bag for document in documents for bag in document.bags]
    return Sheet(
        stack(map(counter.columns, bags), len(blocks)),
        tuple([len(document.bags) for document in documents]),
        tuple([document.reading.title_length for document in documents]),
        stack([counter.columns(document.gates) for document in documents], len(blocks)),
        tuple(range(len(documents))),
        frozenset(at for at, document in enumerate(documents) if not document.armenia),
        blocks == BLOCKS["w"],
    )
