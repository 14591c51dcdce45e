"""The data of the charts: precision over recall, and shares over probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_curve

from .metrics import Judged, expected_calibration_error

BINS = 10
LEAST_ARTICLES = 30
"""A language with fewer articles gets no reliability of its own: its shares would be noise."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision at each recall that a score can reach, recall falling."""

    recall: tuple[float, ...]
    precision: tuple[float, ...]

    def lowest(self, from_recall: float) -> float:
        """Return the lowest precision at a recall of at least ``from_recall``."""
        points = zip(self.recall, self.precision, strict=True)
        return min(precision for recall, precision in points if recall >= from_recall)


@dataclass(frozen=True, slots=True)
class Bin:
    """The ``n`` documents with a probability between ``low`` and ``high``.

    ``share`` of them are relevant, ``least`` to ``most`` at 95 % confidence (Wilson 1927);
    ``mean`` is their mean probability. An empty bin has the middle as its mean and no share.
    """

    low: float
    high: float
    n: int
    mean: float
    share: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities hold: the bins, and the expected calibration error."""

    n: int
    bins: tuple[Bin, ...]
    ece: float | None


def precision_recall(truth: Any, score: Any) -> Curve | None:
    """Return the curve of ``score``, ``None`` without a positive.

    It ends at recall 0 with the precision of the highest score.
    """
    if not np.any(truth):
        return None
    precision, recall, _ = precision_recall_curve(truth, score)
    precision[-1] = precision[-2]
    return Curve(tuple(map(float, recall)), tuple(map(float, precision)))


def reliability(truth: Any, probability: Any, bins: int = BINS) -> Reliability:
    """Return the reliability of ``probability`` over ``bins`` equal bins."""
    cell = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    made = tuple(
        _bin(at / bins, (at + 1) / bins, truth[cell == at], probability[cell == at])
        for at in range(bins)
    )
    return Reliability(len(truth), made, expected_calibration_error(truth, probability, bins))


def reliability_by_lang(judged: Judged) -> dict[str, Reliability]:
    """Return the reliability of relevance within each language of enough articles."""
    found: dict[str, Reliability] = {}
    for lang in _langs(judged.langs):
        rows = np.array([own == lang for own in judged.langs])
        found[lang] = reliability(judged.relevant[rows], judged.relevance[rows])
    return found


def _langs(langs: Sequence[str]) -> list[str]:
    return [lang for lang in sorted(set(langs)) if langs.count(lang) >= LEAST_ARTICLES]


def _bin(low: float, high: float, truth: Any, probability: Any) -> Bin:
    n = len(truth)
    if not n:
        return Bin(low, high, 0, (low + high) / 2, None, None, None)
    bounds = binomtest(int(truth.sum()), n).proportion_ci(0.95, method="wilson")
    return Bin(
        *(low, high, n, float(probability.mean()), float(truth.mean())),
        *(float(bounds.low), float(bounds.high)),
    )
