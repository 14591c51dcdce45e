"""The sentences of several documents as rows of feature counts, to be added up at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from scipy import sparse

from .reading import windows_of

Window = tuple[int, ...]


Group = tuple[int, Sequence[int], int]
"""A document, positions of sentences in it, and the row of ``Sheet.gates`` that goes with them."""


@dataclass(frozen=True)
class Sheet:
    """``counts`` holds a row for each sentence of each document, in order.

    Document ``at`` has ``sizes[at]`` sentences, ``titles[at]`` of them the title's, and row
    ``gate_of[at]`` of ``gates``. To a document with one of the gates ``deaf`` Armenia is no party:
    only ``words`` (columns) of its sentences count.
    """

    counts: Any
    sizes: tuple[int, ...]
    titles: tuple[int, ...]
    gates: Any
    gate_of: tuple[int, ...]
    deaf: frozenset[int]
    words: Any

    @cached_property
    def first(self) -> tuple[int, ...]:
        """The row of each document's first sentence."""
        return tuple(accumulate(self.sizes[:-1], initial=0))

    def windows(self) -> tuple[tuple[Window, ...], ...]:
        """Return the windows of each document; see ``windows_of``."""
        return tuple(
            [windows_of(range(n), own) for n, own in zip(self.sizes, self.titles, strict=True)]
        )

    def whole(self) -> list[Group]:
        """Return all sentences of each document."""
        return [
            (at, range(size), gate)
            for at, (size, gate) in enumerate(zip(self.sizes, self.gate_of, strict=True))
        ]

    def sums(self, groups: Sequence[Group]) -> Any:
        """Return the counts of ``groups``, gates included, a row for each."""
        members: list[int] = []
        ends = [0]
        gates = [gate for _, _, gate in groups]
        is_deaf = not self.deaf.isdisjoint(gates)
        rows = self._both if is_deaf else self.counts
        for document, positions, gate in groups:
            first = self.first[document]
            if is_deaf and gate in self.deaf:
                first += self.counts.shape[0]
            members += [first + at for at in positions]
            ends.append(len(members))
        summing = sparse.csr_matrix(
            (np.ones(len(members), np.float32), np.array(members, np.int32), np.array(ends)),
            shape=(len(groups), rows.shape[0]),
        )
        return summing @ rows + self.gates[gates]

    @cached_property
    def _both(self) -> Any:
        """All sentences, then all sentences with their words alone."""
        counts = self.counts
        kept = self.words[counts.indices]
        ends = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
        return sparse.csr_matrix(
            (
                np.concatenate([counts.data, counts.data[kept]]),
                np.concatenate([counts.indices, counts.indices[kept]]),
                np.concatenate([counts.indptr, counts.indptr[-1] + ends[1:]]),
            ),
            shape=(2 * counts.shape[0], counts.shape[1]),
        )
