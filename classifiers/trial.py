"""A trial: a model and, beside it, baselines on the same labelled articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .baselines import judge_by, report_by
from .bootstrap import DRAWS, Interval, replicates, spread
from .corpus import LabelledPassage
from .errors import CorpusError
from .evaluation import judge
from .exchange import LabelledArticle
from .metrics import Judged, Report, average_precision, recall_at_fpr, report
from .model import Model

FIGURES = ("relevance_ap", "relevance_recall_at_5fpr", "macro_ap")
"""The figures that have intervals and are compared."""

Progress = Callable[[str, float], None]
Intervals = Mapping[str, Interval | None]


@dataclass(frozen=True, slots=True)
class StrictPoint:
    """What a rule that only says yes or no finds, and at what price.

    ``recall`` and ``false_positive_rate`` are the rule's; ``ours`` is the recall that the model
    reaches at no more false positives.
    """

    recall: float
    false_positive_rate: float
    ours: float


@dataclass(frozen=True, slots=True)
class Rival:
    """A baseline's figures, and how much higher the model's are (see ``FIGURES``)."""

    name: str
    judged: Judged
    report: Report
    difference: Intervals
    strict: StrictPoint | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A model's figures on labelled articles; with intervals and rivals where they were asked for.

    ``intervals`` are those of ``FIGURES``, ``signal_intervals`` those of each signal's AP.
    """

    judged: Judged
    report: Report
    intervals: Intervals = field(default_factory=dict)
    signal_intervals: Intervals = field(default_factory=dict)
    rivals: tuple[Rival, ...] = ()


def hold_trial(
    model: Model,
    articles: Sequence[LabelledArticle],
    *,
    against: Sequence[str] = (),
    passages: Sequence[LabelledPassage] = (),
    intervals: bool = False,
    progress: Progress,
) -> Trial:
    """Return the figures of ``model`` on the judged ones of ``articles``.

    ``against`` names baselines; those that learn do so from ``passages``. ``intervals`` asks for
    intervals even without a baseline. An article without ``labels`` and ``relevant`` is left out.
    Raises ``CorpusError`` if no article is judged.
    """
    known = [one for one in articles if one.is_judged]
    if not known:
        raise CorpusError(['no judged articles; give each line "labels" or "relevant"'])
    found = [one.article for one in known]
    judged = judge(model, known, model.score(found, progress))
    figures = report(judged, model.id)
    if not against and not intervals:
        return Trial(judged, figures)
    groups = [f"event {o.event}" if o.event else f"article {o.article.id}" for o in known]
    drawn = _replicates(judged, groups, "bootstrap", progress)
    rivals = []
    for name in against:
        other = judge_by(name, judged, found, passages, progress)
        against_it = _replicates(other, groups, f"bootstrap of {name}", progress)
        rivals.append(_rival(name, judged, other, drawn - against_it))
    values = measure(judged)
    return Trial(
        judged,
        figures,
        _intervals(FIGURES, values, drawn),
        _intervals(judged.codes, values[len(FIGURES) :], drawn[:, len(FIGURES) :]),
        tuple(rivals),
    )


def measure(judged: Judged) -> tuple[float | None, ...]:
    """Return the values of ``FIGURES``, then the AP of each signal."""
    rows = slice(None) if judged.known is None else judged.known
    carries, scores = judged.carries[rows], judged.signals[rows]
    each = [average_precision(t, s) for t, s in zip(carries.T, scores.T, strict=True)]
    present = [one for one in each if one is not None]
    return (
        average_precision(judged.relevant, judged.relevance),
        recall_at_fpr(judged.relevant, judged.relevance, 0.05),
        round(sum(present) / len(present), 6) if present else None,
        *each,
    )


def _replicates(judged: Judged, groups: Sequence[str], step: str, progress: Progress) -> Any:
    report_share = partial(progress, step)
    return replicates(judged, measure, groups, draws=DRAWS, progress=report_share)


def _rival(name: str, judged: Judged, other: Judged, drawn: Any) -> Rival:
    pairs = zip(measure(judged), measure(other), strict=True)
    gains = [None if ours is None or its is None else ours - its for ours, its in pairs]
    strict = _strict(judged, other) if name == "boolean" else None
    return Rival(name, other, report_by(name, other), _intervals(FIGURES, gains, drawn), strict)


def _intervals(names: Sequence[str], values: Sequence[float | None], drawn: Any) -> Intervals:
    columns = zip(names, values, drawn.T, strict=False)
    return {
        name: None if value is None else spread(value, replicas)
        for name, value, replicas in columns
    }


def _strict(judged: Judged, other: Judged) -> StrictPoint | None:
    """Return how the rule does as it stands: an article is relevant when any signal's fires."""
    relevant, called = judged.relevant, other.calls.any(axis=1)
    if not relevant.any() or relevant.all():
        return None
    rate = float(np.mean(called[~relevant]))
    ours = recall_at_fpr(relevant, judged.relevance, rate)
    return StrictPoint(round(float(np.mean(called[relevant])), 6), round(rate, 6), ours or 0.0)
