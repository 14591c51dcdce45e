"""The sentences that a score rests on: those without which it would fall below its threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .core import Table
from .rests import Rest
from .sheet import Window

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
    """The passages of document ``at`` found so far for the signal ``k``: sentence positions.

    The best passage is first. The document has ``size`` sentences, ``title_length`` its title.
    """

    at: int
    size: int
    title_length: int
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
    table: Table,
    score: Callable[[Sequence[Rest]], tuple[Table, Any]],
    cutoffs: Sequence[float],
) -> None:
    """Fill ``searches`` with passages without which the rest scores below the signal's cutoff.

    ``table`` is that of the documents; ``score`` gives the table of what is left of them and the
    probabilities of its signals. Passages are added one by one, each the best of what is left,
    until the rest is below or there is no more room.
    """
    active = [own for own in searches if _take_best(own, table, own.at) and own.size <= _MOST_READ]
    for _ in range(_ROUNDS):
        if not active:
            break
        keys = [(own.at, own.taken()) for own in active]
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        rests, probabilities = score(list(places))
        active = [
            own
            for own, key in zip(active, keys, strict=True)
            if probabilities[places[key], own.k] >= cutoffs[own.k]
            and _take_best(own, rests, places[key])
        ]


def _take_best(own: Search, table: Table, row: int) -> bool:
    """Add the best that fits of the windows in row ``row`` of ``table``; none of it is taken."""
    windows = table.windows[row]
    for window in _best_first(table.ranks_of(row)[:, own.k]):
        body = [at for at in windows[window] if at >= own.title_length]
        if any(own.take(run) for run in _runs(body)):
            return True
    return False


def _best_first(ranks: Any) -> Iterator[int]:
    """Yield the positions of ``ranks``, highest first; mostly the first of them is enough."""
    if len(ranks):
        yield int(ranks.argmax())
        yield from (-ranks).argsort(kind="stable")[1:].tolist()


def _runs(positions: Iterable[int]) -> list[list[int]]:
    """Return ``positions``, in order, parted where they are no neighbours."""
    runs: list[list[int]] = []
    for at in positions:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def best_windows(
    windows: Sequence[Window], title_length: int, scores: Any, least: float
) -> list[Window]:
    """Return up to three windows with ``scores`` of at least ``least``, best first, no overlap."""
    least = max(least, _CLOSE_TO_BEST * float(scores.max()))
    taken: list[tuple[int, ...]] = []
    for window in (-scores).argsort(kind="stable").tolist():
        if scores[window] < least or len(taken) == MOST_PASSAGES:
            break
        body = tuple(at for at in windows[window] if at >= title_length)
        if body and not any(set(body) & set(other) for other in taken):
            taken.append(body)
    return taken
