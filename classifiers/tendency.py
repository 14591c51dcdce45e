"""Which direction a relevant text points in: weighed from its signals and the direction model.

The direction model knows denials and speech acts, the signals know their topics; a small
multinomial regression over both, fitted on held-out text (stacking, Wolpert 1992), and the
direction model alone each have half a say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from archive.types import Direction

from .calibration import joint_logits
from .heads import DIRECTIONS
from .signals import Signal

STRENGTH = 0.1
"""Inverse regularisation, chosen by event-grouped cross-validation."""


MIXED_WEIGHT = 0.8
"""Weight of mixed documents: pseudo-articles join passages, and are mixed more often than news."""


@dataclass(frozen=True, slots=True)
class Tendency:
    """Weights of a text's figures for each of ``DIRECTIONS``; ``toward`` marks those signals.

    Without weights the direction model alone decides.
    """

    toward: tuple[bool, ...] = ()
    weights: tuple[tuple[float, ...], ...] = ()
    intercepts: tuple[float, ...] = ()

    def __call__(self, logits: Any) -> list[Direction]:
        """Return the direction of each document, whose ``logits`` are a row (``Heads.stacked``)."""
        shares = softmax(logits[:, -len(DIRECTIONS) :], axis=1)
        if self.weights:
            figures = _figures(logits, self.toward)
            shares += softmax(figures @ np.array(self.weights).T + self.intercepts, axis=1)
        return [DIRECTIONS[at] for at in shares.argmax(axis=1)]


def fit_tendency(
    logits: Any, directions: Sequence[Direction], signals: Sequence[Signal]
) -> Tendency:
    """Return the tendency fitted on held-out ``logits`` of documents with known ``directions``.

    It is the plain one where the signals, or the documents, do not point both ways.
    """
    toward = tuple(signal.direction is Direction.TOWARD for signal in signals)
    known = [at for at, direction in enumerate(directions) if direction in DIRECTIONS]
    truth = [DIRECTIONS.index(directions[at]) for at in known]
    if not any(toward) or len(toward) - sum(toward) < 2 or len(set(truth)) < len(DIRECTIONS):
        return Tendency()
    scaler = StandardScaler()
    rows = scaler.fit_transform(_figures(logits[known], toward))
    usual = np.where([DIRECTIONS[at] is Direction.MIXED for at in truth], MIXED_WEIGHT, 1.0)
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(rows, truth, sample_weight=usual)
    weights = model.coef_ / scaler.scale_
    intercepts = model.intercept_ - weights @ scaler.mean_
    return Tendency(
        toward,
        tuple(tuple(round(float(w), 6) for w in row) for row in weights),
        tuple(round(float(one), 6) for one in intercepts),
    )


def _figures(logits: Any, toward: Sequence[bool]) -> Any:
    """Return what a document's direction is weighed from, a row each.

    The strongest signal toward, given relevance and with it; the two strongest others; what the
    direction model says.
    """
    mask = np.array(toward)
    joint = joint_logits(logits, len(mask))
    others = np.sort(joint[:, ~mask], axis=1)
    return np.column_stack(
        [
            logits[:, 1 : 1 + len(mask)][:, mask].max(axis=1),
            joint[:, mask].max(axis=1),
            others[:, -1],
            others[:, -2],
            logits[:, -len(DIRECTIONS) :],
        ]
    )
