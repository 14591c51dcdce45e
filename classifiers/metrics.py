"""Figures that say how good scores are, and the report that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score, roc_curve

from archive.types import Direction


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well a score ranks: average precision, area under the ROC curve, recall at 5 % FPR.

    ``None`` where only one class is present.
    """

    ap: float | None
    auc: float | None
    recall_at_5fpr: float | None


@dataclass(frozen=True, slots=True)
class SignalFigure:
    """How well one signal ranks; ``n`` articles carry it."""

    code: str
    n: int
    ap: float | None


@dataclass(frozen=True, slots=True)
class LanguageFigure:
    """How well relevance ranks within one language of ``n`` articles."""

    lang: str
    n: int
    ap: float | None
    auc: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a model on labelled articles; see ``as_dict`` for the exchange form."""

    n: int
    relevance: Ranking
    signals: tuple[SignalFigure, ...]
    macro_ap: float | None
    macro_f1: float | None
    by_lang: tuple[LanguageFigure, ...]
    direction_accuracy: float | None
    ece: float | None
    model: str

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values, ``None`` where a figure is undefined."""
        return {
            "n": self.n,
            "relevance": {
                "ap": self.relevance.ap,
                "auc": self.relevance.auc,
                "recall_at_5fpr": self.relevance.recall_at_5fpr,
            },
            "signals": {figure.code: {"n": figure.n, "ap": figure.ap} for figure in self.signals},
            "macro_ap": self.macro_ap,
            "macro_f1": self.macro_f1,
            "by_lang": {
                figure.lang: {"n": figure.n, "ap": figure.ap, "auc": figure.auc}
                for figure in self.by_lang
            },
            "direction_accuracy": self.direction_accuracy,
            "ece": self.ece,
            "model": self.model,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """Truth and scores of ``n`` documents, arrays with a row for each.

    ``carries`` and ``signals`` have a column per code; ``calls`` are the signals at or above
    their thresholds. ``known`` marks the rows whose signals are known, all when not given.
    """

    codes: tuple[str, ...]
    langs: tuple[str, ...]
    relevant: Any
    carries: Any
    direction: tuple[Direction | None, ...]
    relevance: Any
    signals: Any
    calls: Any
    direction_called: tuple[Direction, ...]
    known: Any = None


def report(judged: Judged, model: str) -> Report:
    """Return the figures of ``judged``."""
    known = np.ones(len(judged.langs), dtype=bool) if judged.known is None else judged.known
    carries, calls = judged.carries[known], judged.calls[known]
    signals = tuple(
        SignalFigure(code, int(truth.sum()), average_precision(truth, score))
        for code, truth, score in zip(judged.codes, carries.T, judged.signals[known].T, strict=True)
    )
    present = [at for at, figure in enumerate(signals) if figure.n]
    return Report(
        n=len(judged.langs),
        relevance=Ranking(
            average_precision(judged.relevant, judged.relevance),
            auc(judged.relevant, judged.relevance),
            recall_at_fpr(judged.relevant, judged.relevance, 0.05),
        ),
        signals=signals,
        macro_ap=_mean([figure.ap for figure in signals if figure.n]),
        macro_f1=_mean([float(f1_score(carries[:, k], calls[:, k])) for k in present]),
        by_lang=tuple(_language(judged, lang) for lang in sorted(set(judged.langs))),
        direction_accuracy=_direction_accuracy(judged),
        ece=expected_calibration_error(judged.relevant, judged.relevance),
        model=model,
    )


def average_precision(truth: Any, score: Any) -> float | None:
    """Return the average precision, ``None`` without a positive."""
    return round(float(average_precision_score(truth, score)), 6) if np.any(truth) else None


def auc(truth: Any, score: Any) -> float | None:
    """Return the area under the ROC curve, ``None`` when one class is missing."""
    if not np.any(truth) or np.all(truth):
        return None
    return round(float(roc_auc_score(truth, score)), 6)


def recall_at_fpr(truth: Any, score: Any, rate: float) -> float | None:
    """Return the highest recall at which at most ``rate`` of the negatives are called."""
    if not np.any(truth) or np.all(truth):
        return None
    false, true, _ = roc_curve(truth, score, drop_intermediate=False)
    return round(float(true[false <= rate].max()), 6)


def share_called(relevant: Any, others: Any, relevance: Any) -> float | None:
    """Return the share of the ``others`` that score as high as 95 % of the relevant documents.

    Both are masks over ``relevance``; ``None`` where either is empty.
    """
    if not np.any(relevant) or not np.any(others):
        return None
    level = np.quantile(relevance[relevant], 0.05, method="lower")
    return float(np.mean(relevance[others] >= level))


def expected_calibration_error(truth: Any, probability: Any, bins: int = 10) -> float | None:
    """Return the ECE over ``bins`` equal bins (Naeini, Cooper and Hauskrecht 2015)."""
    if not len(truth):
        return None
    cell = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    gap = np.abs(
        np.bincount(cell, truth, minlength=bins) - np.bincount(cell, probability, minlength=bins)
    )
    return round(float(gap.sum() / len(truth)), 6)


def _language(judged: Judged, lang: str) -> LanguageFigure:
    rows = np.array([own == lang for own in judged.langs])
    truth, score = judged.relevant[rows], judged.relevance[rows]
    return LanguageFigure(lang, int(rows.sum()), average_precision(truth, score), auc(truth, score))


def _direction_accuracy(judged: Judged) -> float | None:
    """Share of the relevant documents with a known direction that got it right."""
    pairs = [
        truth == called
        for truth, called, relevant in zip(
            judged.direction, judged.direction_called, judged.relevant, strict=True
        )
        if truth is not None and relevant
    ]
    return round(sum(pairs) / len(pairs), 6) if pairs else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 6) if known else None
