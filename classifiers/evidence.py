"""The sentences that a score rests on: those without which it would fall below its threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .core import Document, Table

MOST_PASSAGES = 3
MOST_SENTENCES = 3
"""Sentences of one passage, at most."""

_ROUNDS = 5
_MOST_READ = 300
"""A text of more sentences gets its best passage alone: each further one reads it again."""

_CLOSE_TO_BEST = 0.6
"""A further counter-passage must score at least this share of the best one's probability."""


@dataclass
class Search:
    """The passages of ``document`` found so far for the signal ``k``: sentence positions.

    The best passage is first.
    """

    document: Document
    k: int
    passages: list[tuple[int, ...]] = field(default_factory=list)

    def taken(self) -> frozenset[int]:
        """Return the sentences that are in a passage."""
        return frozenset(at for passage in self.passages for at in passage)

    def take(self, body: Sequence[int]) -> bool:
        """Add the neighbouring sentences ``body``, to a passage beside them if it has room."""
        for number, passage in enumerate(self.passages):
            joined = tuple(sorted({*passage, *body}))
            is_whole = joined[-1] - joined[0] == len(joined) - 1
            if is_whole and len(joined) <= MOST_SENTENCES:
                self.passages[number] = joined
                return True
        if len(self.passages) == MOST_PASSAGES:
            return False
        self.passages.append(tuple(body))
        return True


def search(
    searches: Sequence[Search],
    ranks: Sequence[Any],
    score: Callable[[Sequence[Document]], tuple[Table, Any]],
    cutoffs: Sequence[float],
) -> None:
    """Fill ``searches`` with passages without which the rest scores below the signal's cutoff.

    ``ranks`` tells how each document's windows speak for each signal; ``score`` gives the table of
    documents and their signals' probabilities. Passages are added one by one, each the best of what
    is left, until the rest is below or there is no more room.
    """
    active = [
        own
        for own, found in zip(searches, ranks, strict=True)
        if _take_best(own, own.document.reading.windows(), found)
        and len(own.document.bags) <= _MOST_READ
    ]
    for _ in range(_ROUNDS):
        if not active:
            break
        rests = {(id(own.document), own.taken()): own.document for own in active}
        table, probabilities = score([whole.without(taken) for (_, taken), whole in rests.items()])
        places = {key: at for at, key in enumerate(rests)}
        here = [places[id(own.document), own.taken()] for own in active]
        active = [
            own
            for own, at in zip(active, here, strict=True)
            if probabilities[at, own.k] >= cutoffs[own.k]
            and _take_best(own, table.windows[at], table.ranks_of(at))
        ]


def _take_best(own: Search, windows: Sequence[Sequence[int]], ranks: Any) -> bool:
    """Add the best of ``windows`` that fits; they are those of what is not yet taken."""
    if not len(ranks):
        return False
    taken = own.taken()
    left = [at for at in range(len(own.document.bags)) if at not in taken]
    for window in (-ranks[:, own.k]).argsort(kind="stable").tolist():
        body = [left[at] for at in windows[window]]
        body = [at for at in body if at >= own.document.reading.title_length]
        if any(own.take(run) for run in _runs(body)):
            return True
    return False


def _runs(positions: Iterable[int]) -> list[list[int]]:
    """Return ``positions``, in order, parted where they are no neighbours."""
    runs: list[list[int]] = []
    for at in positions:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def best_windows(document: Document, scores: Any, least: float) -> list[tuple[int, ...]]:
    """Return up to three windows with ``scores`` of at least ``least``, best first, no overlap."""
    title_length = document.reading.title_length
    windows = document.reading.windows()
    least = max(least, _CLOSE_TO_BEST * float(scores.max()))
    taken: list[tuple[int, ...]] = []
    for window in (-scores).argsort(kind="stable").tolist():
        if scores[window] < least or len(taken) == MOST_PASSAGES:
            break
        body = tuple(at for at in windows[window] if at >= title_length)
        if body and not any(set(body) & set(other) for other in taken):
            taken.append(body)
    return taken
