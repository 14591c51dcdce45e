"""From logits to probabilities: Platt's sigmoid (Platt 1999), and alert thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

DEFAULT_THRESHOLD = 0.5
_LOWEST, _HIGHEST = 0.4, 0.6
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class Platt:
    """Probability of a logit ``z``: the sigmoid of ``slope · z + intercept``."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, logits: Any) -> Any:
        """Return the probabilities of ``logits``."""
        return expit(self.slope * logits + self.intercept)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The sigmoids of relevance and of each signal."""

    relevance: Platt
    signals: tuple[Platt, ...]

    @classmethod
    def plain(cls, n_signals: int) -> Calibration:
        """Return the calibration that changes nothing."""
        return cls(Platt(), (Platt(),) * n_signals)

    def __call__(self, logits: Any) -> tuple[Any, Any]:
        """Return relevance (rows) and signal probabilities (rows × signals) of ``logits``.

        The first column is relevance, then one column per signal, then others, which are
        ignored. A signal's probability is that of relevance × signal.
        """
        signals = joint_logits(logits, len(self.signals))
        probabilities = [platt(signals[:, k]) for k, platt in enumerate(self.signals)]
        return self.relevance(logits[:, 0]), np.stack(probabilities, axis=1)


def joint_logits(logits: Any, n_signals: int) -> Any:
    """Return the logits of relevance × signal, a column per signal."""
    log_both = -np.logaddexp(0, -logits[:, :1]) - np.logaddexp(0, -logits[:, 1 : n_signals + 1])
    log_both = np.minimum(log_both, -1e-12)
    return log_both - np.log(-np.expm1(log_both))


def fit_platt(logits: Any, truth: Any) -> Platt:
    """Return the sigmoid fitted to held-out ``logits``; the plain one if a class is missing."""
    if not np.any(truth) or np.all(truth):
        return Platt()
    model = LogisticRegression(C=1.0).fit(np.reshape(logits, (-1, 1)), truth)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Platt(round(slope, 6), round(intercept, 6)) if slope > 0 else Platt()


def fit_calibration(logits: Any, relevant: Any, carries: Any) -> Calibration:
    """Return sigmoids fitted to held-out ``logits`` (columns as in ``Calibration``)."""
    joint = joint_logits(logits, carries.shape[1])
    return Calibration(
        fit_platt(logits[:, 0], relevant),
        tuple(fit_platt(joint[:, k], carries[:, k]) for k in range(carries.shape[1])),
    )


def threshold_for(truth: Any, probability: Any, precision: float) -> float:
    """Return the lowest threshold at which held-out precision is at least ``precision``.

    It is kept within 0.4 and 0.6, as held-out passages are not news, and is 0.5 when
    fewer than eight positives speak for it.
    """
    if np.sum(truth) < _FEWEST:
        return DEFAULT_THRESHOLD
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero((hits >= precision) & (np.arange(len(order)) >= _FEWEST - 1))
    lowest = probability[order[good[-1]]] if len(good) else _HIGHEST
    return round(float(np.clip(lowest, _LOWEST, _HIGHEST)), 4)
