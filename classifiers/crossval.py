"""Event-grouped cross-validation: figures, calibration and thresholds from held-out text only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from archive.types import Direction

from .calibration import Calibration, fit_calibration, threshold_for
from .core import Document, fit_core
from .corpus import LabelledPassage
from .figures import Figures
from .metrics import Judged, report, share_called
from .reading import Reading
from .reviews import NONE, Reviews
from .rows import Row, passage_rows, pseudo_articles
from .signals import Signal
from .tendency import Tendency, fit_tendency

FOLDS = 5
_HELD_OUT_SEED = 1000
"""Held-out pseudo-articles are drawn apart from those for training."""


@dataclass(frozen=True)
class CrossValidation:
    """What cross-validation yields: figures, calibration, and a threshold per signal.

    ``reviewed`` are the logits of the reviewed articles at positions ``scored``.
    """

    figures: Figures
    calibration: Calibration
    thresholds: tuple[float, ...]
    tendency: Tendency
    scored: tuple[int, ...] = ()
    reviewed: Any = None


def combine(row: Row, documents: Sequence[Document]) -> Document:
    """Return the passages of ``row`` as one document; ``documents`` holds every passage's."""
    parts = [documents[at] for at in row.passages]
    if len(parts) == 1:
        return parts[0]
    sentences = tuple(read for part in parts for read in part.reading.sentences)
    bags = tuple(bag for part in parts for bag in part.bags)
    return Document.joined(Reading(sentences, 0), bags)


def cross_validate(
    passages: Sequence[LabelledPassage],
    documents: Sequence[Document],
    signals: Sequence[Signal],
    seed: int,
    progress: Callable[[str, float], None],
    reviews: Reviews = NONE,
) -> CrossValidation:
    """Return figures, calibration and thresholds of models that never saw what they score."""
    codes = [signal.code for signal in signals]
    held: list[Row] = []
    fold_of: list[int] = []
    logits: list[Any] = []
    scored: list[int] = []
    reviewed: list[Any] = []
    for fold, (train, test) in enumerate(folds(passages, seed)):
        progress("cross-validation", fold / FOLDS)
        rows = training_rows(passages, train, seed + fold)
        core = fit_core([combine(row, documents) for row in rows], rows, codes, seed)
        out = pseudo_articles(passages, test, _HELD_OUT_SEED + seed + fold)
        logits.append(core.table([combine(row, documents) for row in out]).composite())
        held += out
        fold_of += [fold] * len(out)
        if own := reviews.of({passages[at].event for at in test}):
            scored += own
            reviewed.append(core.table([reviews.documents[at] for at in own]).composite())
    progress("cross-validation", 1.0)
    outcome = _conclude(held, np.array(fold_of), np.vstack(logits), signals)
    if not scored:
        return outcome
    return replace(outcome, scored=tuple(scored), reviewed=np.vstack(reviewed))


def folds(passages: Sequence[LabelledPassage], seed: int) -> list[tuple[list[int], list[int]]]:
    """Return positions to train and to test on for each fold; an event is in one fold only."""
    kind = [passage.labels[0] if passage.labels else passage.role for passage in passages]
    groups = [passage.event for passage in passages]
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(kind, kind, groups)]


def training_rows(
    passages: Sequence[LabelledPassage], chosen: Sequence[int], seed: int
) -> list[Row]:
    """Return the rows to train on: the chosen passages and pseudo-articles made of them."""
    return [*passage_rows(passages, chosen), *pseudo_articles(passages, chosen, seed)]


def _conclude(
    rows: Sequence[Row], fold_of: Any, logits: Any, signals: Sequence[Signal]
) -> CrossValidation:
    """Return the outcome for held-out ``rows``.

    Figures, calibration and thresholds leave out articles of background alone: the corpus has many,
    a stream of news has few.
    """
    codes = [signal.code for signal in signals]
    relevant = np.array([bool(row.labels) for row in rows])
    carries = np.array([[code in row.labels for code in codes] for row in rows])
    usual = ~np.array([row.recap for row in rows])
    relevance, probabilities = np.zeros(len(rows)), np.zeros(carries.shape)
    directions = np.array([row.direction for row in rows], dtype=object)
    called = np.full(len(rows), Direction.NONE, dtype=object)
    for fold in np.unique(fold_of):
        own, others = fold_of == fold, usual & (fold_of != fold)
        held_out = fit_calibration(logits[others], relevant[others], carries[others])
        relevance[own], probabilities[own] = held_out(logits[own])
        called[own] = fit_tendency(logits[others], directions[others].tolist(), signals)(
            logits[own]
        )
    thresholds = tuple(
        threshold_for(carries[usual, k], probabilities[usual, k], signal.precision)
        for k, signal in enumerate(signals)
    )
    kept = np.flatnonzero(usual).tolist()
    judged = Judged(
        codes=tuple(codes),
        langs=tuple(rows[at].lang for at in kept),
        relevant=relevant[usual],
        carries=carries[usual],
        direction=tuple(directions[kept]),
        relevance=relevance[usual],
        signals=probabilities[usual],
        calls=probabilities[usual] >= np.array(thresholds),
        direction_called=tuple(called[kept]),
    )
    hard = np.array([row.hard and not row.labels for row in rows])
    figures = Figures(
        report(judged, "cross-validation"),
        _alarms(relevant, hard, relevance),
        _alarms(relevant, ~usual, relevance),
    )
    calibration = fit_calibration(logits[usual], relevant[usual], carries[usual])
    tendency = fit_tendency(logits[usual], directions[usual].tolist(), signals)
    return CrossValidation(figures, calibration, thresholds, tendency)


def _alarms(relevant: Any, others: Any, relevance: Any) -> float | None:
    share = share_called(relevant, others, relevance)
    return None if share is None else round(share, 6)
