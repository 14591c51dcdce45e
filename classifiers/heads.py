"""The linear models: fitting them, and scoring rows with all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from archive.types import Direction

from .rows import Row

DIRECTIONS = (Direction.AWAY, Direction.MIXED, Direction.TOWARD)
"""The directions that a relevant text can have, in the order of the direction model's columns."""

RELEVANCE_C = 1.0
SIGNAL_C = 1.0
RECAP_C = 1.0
DIRECTION_C = 1.0
"""Inverse regularisation, chosen by event-grouped cross-validation."""

RECAP_WEIGHT = 0.1
"""Weight for relevance of rows that are background alone: their topics are those of the signals."""

HARD_WEIGHT = 3.0
"""Weight for relevance of rows with a hard negative: they are what false alarms are made of."""


@dataclass(frozen=True)
class Heads:
    """Models of relevance, of each signal, of recap and of direction, fitted on the same rows.

    ``recap`` tells a reminder of old events from news of the same topics.
    """

    relevance: LogisticRegression
    signals: tuple[LogisticRegression, ...]
    recap: LogisticRegression
    direction: LogisticRegression

    def stacked(self) -> tuple[Any, Any]:
        """Return all weights (features × columns) and intercepts.

        Columns: relevance, each signal, recap, then away, mixed and toward.
        """
        models = (self.relevance, *self.signals, self.recap, self.direction)
        weights = np.vstack([model.coef_ for model in models]).T
        return np.ascontiguousarray(weights, np.float32), np.concatenate(
            [model.intercept_ for model in models]
        )


def fit_heads(matrix: Any, rows: Sequence[Row], codes: Sequence[str], seed: int) -> Heads:
    """Return the models fitted on ``matrix``, whose rows are ``rows``.

    Relevance learns from all rows; which signal it is and which direction, from relevant rows;
    recap from single passages that are background or carry a signal.
    """
    relevant = np.array([bool(row.labels) for row in rows])
    about = np.flatnonzero(relevant).tolist()
    signals = tuple(
        _fit(matrix[about], np.array([code in rows[at].labels for at in about]), SIGNAL_C, seed)
        for code in codes
    )
    directed = [at for at, row in enumerate(rows) if row.direction in DIRECTIONS]
    direction = LogisticRegression(C=DIRECTION_C, class_weight="balanced", max_iter=300)
    direction.fit(matrix[directed], [str(rows[at].direction) for at in directed])
    weights = np.where([row.recap for row in rows], RECAP_WEIGHT, 1.0)
    weights *= np.where([row.hard for row in rows], HARD_WEIGHT, 1.0)
    relevance = _fit(matrix, relevant, RELEVANCE_C, seed, weights)
    short = [
        at for at, row in enumerate(rows) if len(row.passages) == 1 and (row.recap or row.labels)
    ]
    recap = _fit(matrix[short], np.array([rows[at].recap for at in short]), RECAP_C, seed)
    return Heads(relevance, signals, recap, _compact(direction))


def _fit(
    matrix: Any, truth: Any, strength: float, seed: int, weights: Any = None
) -> LogisticRegression:
    model = LogisticRegression(
        C=strength, class_weight="balanced", solver="liblinear", random_state=seed, max_iter=300
    )
    return _compact(model.fit(matrix, truth, sample_weight=weights))


def _compact(model: LogisticRegression) -> LogisticRegression:
    model.coef_ = model.coef_.astype(np.float32)
    return model
