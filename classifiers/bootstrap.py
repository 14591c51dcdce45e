"""Paired bootstrap: how sure a difference between two models on the same documents is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .metrics import Judged

DRAWS = 500
CONFIDENCE = 0.95

Figure = Callable[[Judged], float | None]
Measure = Callable[[Judged], Sequence[float | None]]
"""Several figures at once, always as many and in the same order."""


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
    found, against = (
        replicates(judged, lambda part: (figure(part),), groups, draws=draws, seed=seed)[:, 0]
        for judged in (first, second)
    )
    return spread(one - other, found - against)


def interval(
    judged: Judged, figure: Figure, groups: Sequence[str], *, draws: int = DRAWS, seed: int = 0
) -> Interval | None:
    """Return ``figure`` with its interval; ``groups`` as for ``difference``."""
    value = figure(judged)
    if value is None:
        return None
    drawn = replicates(judged, lambda part: (figure(part),), groups, draws=draws, seed=seed)
    return spread(value, drawn[:, 0])


def replicates(
    judged: Judged,
    measure: Measure,
    groups: Sequence[str],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Any:
    """Return a row of figures for each draw, NaN where a figure is undefined.

    The same ``groups`` and ``seed`` draw the same documents, so that the rows of two models can be
    subtracted. ``progress`` is called with the share that is done.
    """
    rows: list[list[float]] = []
    for number, drawn in enumerate(_samples(groups, draws, seed), 1):
        found = measure(subset(judged, drawn))
        rows.append([np.nan if figure is None else figure for figure in found])
        if progress:
            progress(number / draws)
    return np.array(rows)


def spread(value: float, drawn: Any) -> Interval:
    """Return ``value`` with the interval of its ``drawn`` replicates; NaN among them is left out.

    Without a replicate the bounds are infinite.
    """
    known = np.asarray(drawn)[~np.isnan(drawn)]
    if not len(known):
        return Interval(round(value, 6), float("-inf"), float("inf"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(round(value, 6), round(float(low), 6), round(float(high), 6))


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


def _samples(groups: Sequence[str], draws: int, seed: int) -> Iterator[Any]:
    """Yield ``draws`` lists of positions; the same arguments give the same ones."""
    _, owner = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(owner == at) for at in range(owner.max(initial=-1) + 1)]
    random = np.random.default_rng(seed)
    for _ in range(draws):
        chosen = random.integers(0, len(members), len(members))
        yield np.concatenate([members[at] for at in chosen])
