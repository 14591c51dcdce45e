"""Which articles are worth a judgement next: active learning with a sample that measures.

Of each event one article can be chosen. The first share is picked from *near* the thresholds,
diverse on purpose: there the model is least sure and learns most. Of what remains, a share is
drawn from *above*, to measure how often the model is right, and one from *below*, to measure what
it misses. The drawn ones come with the chance they had, and nothing is out of reach.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

NEAR_SHARE, ABOVE_SHARE = 0.6, 0.2
"""The shares of a choice; what they leave is drawn from below."""

RELEVANCE = "relevance"
_UNDECIDED = 0.5
_POOL = 5
"""Near articles are picked from this many times as many of the nearest."""

_CROWDING = 0.5
"""How much it tells against an article that all picked so far share its language and signal."""

_LEAST_WEIGHT = 0.02
"""What an article from below weighs at least, however sure the model is of it."""

_EXTREME = 1e-6
_CERTAIN = 1 - 1e-9


class Why(StrEnum):
    """Why an article is offered."""

    NEAR = "near"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that could be judged; those of one ``group`` tell of one event.

    ``relevance`` and ``signals`` (by code) are the model's probabilities; ``traits`` are what two
    articles can have in common.
    """

    id: str
    group: str
    lang: str
    relevance: float
    signals: Mapping[str, float]
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen article.

    ``signal`` is the one it stands for: the nearest to its threshold (or ``relevance``, where that
    is nearer to undecided), for drawn ones the strongest. ``chance`` is the probability with which
    it was drawn, 1 for a picked one.
    """

    id: str
    why: Why
    signal: str
    chance: float


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate with its distance, in log-odds, from the nearest threshold."""

    candidate: Candidate
    nearest: str
    distance: float
    strongest: str
    is_above: bool
    weight: float


def choose(
    candidates: Sequence[Candidate],
    thresholds: Mapping[str, float],
    n: int,
    day: date,
    *,
    only: str | None = None,
) -> list[Choice]:
    """Return up to ``n`` candidates to judge, those of all shares mixed.

    The first candidate of a group stands for all of it. With ``only``, a signal's code, that
    signal alone tells what is near, above and below. The same arguments give the same choice.
    """
    random = np.random.default_rng(day.toordinal())
    limits = {only: thresholds[only]} if only else thresholds
    groups = {one.group: one for one in reversed(candidates)}
    weighed = [_weigh(one, limits, only is None) for one in groups.values()]
    weighed.sort(key=lambda w: (w.distance, w.candidate.id))
    n_near = round(NEAR_SHARE * n)
    near = _pick(weighed[: _POOL * n_near], n_near)
    picked = {w.candidate.id for w in near}
    above = [w for w in weighed if w.is_above and w.candidate.id not in picked]
    below = [w for w in weighed if not w.is_above and w.candidate.id not in picked]
    left = n - len(near)
    n_below = min(left - min(round(ABOVE_SHARE * n), len(above)), len(below))
    n_above = min(left - n_below, len(above))
    chosen = [Choice(w.candidate.id, Why.NEAR, w.nearest, 1.0) for w in near]
    chosen += _draw(above, [1.0] * len(above), n_above, Why.ABOVE, random)
    chosen += _draw(below, [w.weight for w in below], n_below, Why.BELOW, random)
    return [chosen[at] for at in random.permutation(len(chosen))]


def _weigh(one: Candidate, thresholds: Mapping[str, float], with_relevance: bool) -> _Weighed:
    """Return ``one`` with what each share asks: how near, above or below, how likely a miss."""
    margins = {
        code: _logit(one.signals.get(code, 0.0)) - _logit(limit)
        for code, limit in thresholds.items()
    }
    strongest = max(margins, key=lambda code: (margins[code], code), default=RELEVANCE)
    doubts = {code: abs(margin) for code, margin in margins.items()}
    if with_relevance:
        doubts[RELEVANCE] = abs(_logit(one.relevance) - _logit(_UNDECIDED))
    nearest = min(doubts, key=lambda code: (doubts[code], code))
    suspicion = one.relevance if with_relevance else one.signals.get(strongest, 0.0)
    return _Weighed(
        candidate=one,
        nearest=nearest,
        distance=doubts[nearest],
        strongest=strongest,
        is_above=margins.get(strongest, -1.0) >= 0,
        weight=max(suspicion, _LEAST_WEIGHT),
    )


def _logit(probability: float) -> float:
    kept = min(max(probability, _EXTREME), 1 - _EXTREME)
    return math.log(kept / (1 - kept))


def _pick(pool: Sequence[_Weighed], n: int) -> list[_Weighed]:
    """Return ``n`` of ``pool``, one after the other the nearest and least like the ones before."""
    left = list(pool)
    novelty = {w.candidate.id: 1.0 for w in left}
    langs: Counter[str] = Counter()
    signals: Counter[str] = Counter()
    picked: list[_Weighed] = []

    def worth(w: _Weighed) -> float:
        met = langs[w.candidate.lang] + signals[w.nearest]
        crowd = _CROWDING * met / (2 * max(len(picked), 1))
        return math.exp(-w.distance) + novelty[w.candidate.id] - crowd

    while left and len(picked) < n:
        best = max(left, key=worth)  # the first of equals
        left.remove(best)
        picked.append(best)
        langs[best.candidate.lang] += 1
        signals[best.nearest] += 1
        for w in left:
            apart = 1 - _likeness(w.candidate.traits, best.candidate.traits)
            novelty[w.candidate.id] = min(novelty[w.candidate.id], apart)
    return picked


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the Jaccard index of two sets, 0 where both are empty: nothing is known then."""
    common = len(first & second)
    return common / (len(first) + len(second) - common) if common else 0.0


def _draw(
    stratum: Sequence[_Weighed], weights: Sequence[float], n: int, why: Why, random: Any
) -> list[Choice]:
    """Return ``n`` of ``stratum``, drawn in proportion to ``weights``.

    Systematic sampling (Madow 1949) along languages and signals: it spreads over both, and every
    article's chance is exact.
    """
    order = sorted(range(len(stratum)), key=lambda at: _place(stratum[at]))
    chances = _chances(np.array([weights[at] for at in order]), n)
    certain = chances >= _CERTAIN
    open_ = np.flatnonzero(~certain)
    points = random.random() + np.arange(n - certain.sum())
    hits = np.searchsorted(np.cumsum(chances[open_]), points, side="right")
    drawn = np.concatenate([np.flatnonzero(certain), open_[np.minimum(hits, len(open_) - 1)]])
    return [
        Choice(w.candidate.id, why, w.strongest, round(chance, 6))
        for at, chance in zip(drawn.tolist(), chances[drawn].tolist(), strict=True)
        for w in [stratum[order[at]]]
    ]


def _place(w: _Weighed) -> tuple[str, str, str]:
    return w.candidate.lang, w.strongest, w.candidate.id


def _chances(weights: Any, n: int) -> Any:
    """Return each one's chance to be among ``n`` drawn: proportional to its weight, up to 1."""
    chances = np.zeros(len(weights))
    certain = np.zeros(len(weights), bool)
    while n > certain.sum():
        share = (n - certain.sum()) / weights[~certain].sum()
        chances = np.where(certain, 1.0, share * weights)
        if not np.any(chances[~certain] >= _CERTAIN):
            break
        certain |= chances >= _CERTAIN
    return np.where(certain, 1.0, chances)
