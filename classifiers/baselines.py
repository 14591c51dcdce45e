"""The baselines: what simpler means make of the articles that a model is evaluated on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import expit

from archive.types import Article, Direction

from .corpus import LabelledPassage
from .elas import decisions
from .keyword_rule import KeywordRule
from .metrics import Judged, Report, report
from .words import MAX_CHARACTERS

BASELINES = ("boolean", "elas")

Progress = Callable[[str, float], None]


def judge_by(
    name: str,
    truth: Judged,
    articles: Sequence[Article],
    passages: Sequence[LabelledPassage],
    progress: Progress,
) -> Judged:
    """Return what the baseline ``name`` makes of the ``articles`` that ``truth`` is about.

    ``elas`` learns from ``passages``. Scores rank; they are no probabilities. A baseline tells no
    direction. Raises ``CorpusError`` when the corpus is too small to learn from.
    """
    if name == "boolean":
        return _boolean(truth, articles, progress)
    return _elas(truth, articles, passages, progress)


def report_by(name: str, judged: Judged) -> Report:
    """Return the figures of a baseline: without calibration, as it gives no probabilities."""
    return replace(report(judged, name), ece=None)


def _boolean(truth: Judged, articles: Sequence[Article], progress: Progress) -> Judged:
    """Score by the number of distinct alert words; call what fires a rule."""
    rule = KeywordRule(truth.codes)
    counts = np.zeros((len(articles), 1 + len(truth.codes)))
    for at, article in enumerate(articles):
        hits = rule.hits(article)
        counts[at] = [len(frozenset().union(*hits)), *map(len, hits)]
        progress("boolean", (at + 1) / len(articles))
    return _judged(truth, counts / (counts + 1), counts[:, 1:] > 0)


def _elas(
    truth: Judged,
    articles: Sequence[Article],
    passages: Sequence[LabelledPassage],
    progress: Progress,
) -> Judged:
    """Score by the decision values; call what is on the positive side."""
    texts = [f"{article.title}\n{article.text}"[:MAX_CHARACTERS] for article in articles]
    values = decisions(passages, truth.codes, texts, lambda share: progress("elas", share))
    return _judged(truth, expit(values), values[:, 1:] > 0)


def _judged(truth: Judged, scores: Any, calls: Any) -> Judged:
    unknown: tuple[Direction | None, ...] = (None,) * len(truth.langs)
    return replace(
        truth,
        direction=unknown,
        relevance=scores[:, 0],
        signals=scores[:, 1:],
        calls=calls,
        direction_called=(Direction.NONE,) * len(truth.langs),
    )
