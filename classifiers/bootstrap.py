"""Paired bootstrap: how sure a difference between two models on the same documents is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .metrics import Judged

DRAWS = 500
CONFIDENCE = 0.95

Figure = Callable[[Judged], float | None]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure or difference with the bounds of its percentile interval (Efron 1979)."""

    value: float
    low: float
    high: float


def difference(
    first: Judged,
    second: Judged,
    figure: Figure,
    groups: Sequence[str],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval | None:
    """Return how much higher ``figure`` is for ``first`` than for ``second``.

    Both judge the same documents in the same order. Whole ``groups`` (a name a document, such as
    its event) are drawn, since documents on one event are not independent. ``None`` where the
    figure is undefined for either.
    """
    one, other = figure(first), figure(second)
    if one is None or other is None:
        return None
    found: list[float] = []
    for rows in _samples(groups, draws, seed):
        drawn, against = figure(subset(first, rows)), figure(subset(second, rows))
        if drawn is not None and against is not None:
            found.append(drawn - against)
    return _interval(one - other, found)


def interval(
    judged: Judged, figure: Figure, groups: Sequence[str], *, draws: int = DRAWS, seed: int = 0
) -> Interval | None:
    """Return ``figure`` with its interval; ``groups`` as for ``difference``."""
    value = figure(judged)
    if value is None:
        return None
    drawn = (figure(subset(judged, rows)) for rows in _samples(groups, draws, seed))
    return _interval(value, [one for one in drawn if one is not None])


def subset(judged: Judged, rows: Any) -> Judged:
    """Return the documents at positions ``rows`` of ``judged``; a position may come twice."""
    return replace(
        judged,
        langs=tuple(judged.langs[at] for at in rows),
        relevant=judged.relevant[rows],
        carries=judged.carries[rows],
        direction=tuple(judged.direction[at] for at in rows),
        relevance=judged.relevance[rows],
        signals=judged.signals[rows],
        calls=judged.calls[rows],
        direction_called=tuple(judged.direction_called[at] for at in rows),
        known=None if judged.known is None else judged.known[rows],
    )


def _samples(groups: Sequence[str], draws: int, seed: int) -> Any:
    """Yield ``draws`` lists of positions; the same arguments give the same ones."""
    names, owner = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(owner == at) for at in range(len(names))]
    random = np.random.default_rng(seed)
    for _ in range(draws):
        chosen = random.integers(0, len(names), len(names))
        yield np.concatenate([members[at] for at in chosen])


def _interval(value: float, drawn: Sequence[float]) -> Interval:
    if not drawn:
        return Interval(round(value, 6), float("-inf"), float("inf"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(round(value, 6), round(float(low), 6), round(float(high), 6))
