"""May the challenger replace the champion? Figures side by side, each with its margin.

A figure fails when the challenger's is worse by more than its margin; on reviewed articles, which
are few, only when the whole interval of the difference lies on the worse side, too. New labels
fail when the challenger's own folds contradict too many of them: honest labels can be learnt,
mixed-up ones cannot. One failure is enough to leave the champion in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import binomtest

from . import bootstrap
from .bootstrap import Figure
from .lexicon import LANGUAGES
from .metrics import Judged, auc, average_precision, share_called
from .reviews import FEWEST, FEWEST_OF_A_CLASS

RELEVANCE_MARGIN = 0.003
MACRO_MARGIN = 0.02
LANGUAGE_MARGIN = 0.008
ALARM_MARGIN = 0.04
REVIEWED_MARGIN = 0.02
"""How much worse the challenger may be, by figure: more than twice what leaving out a twentieth of
the shipped corpus, or mixing up three labels in a hundred, was seen to change."""

DOUBTFUL_MARGIN = 0.08
"""Share of new or changed labels that the challenger's own folds may contradict: one that is
surely above this (its 90 % interval, Wilson 1927) fails. Of 300 honest labels 7 % are contradicted,
of 300 with a fifth of them flipped 21 %, with a fifth of the signals swapped 14 %."""

FEWEST_FRESH = 30
"""New or changed labels from which on their share of contradicted ones counts."""

SURELY_NOT = 0.2
SURELY = 0.5
"""Probabilities (not calibrated) at which a fold contradicts a label."""

_DRAWS = 100
"""Bootstrap draws where the interval is only shown."""

_DRAWS_DECIDING = 500


@dataclass(frozen=True, slots=True)
class Paired:
    """The same texts as champion and challenger score them.

    ``groups`` names each text's event; ``kinds`` is ``usual``, ``hard`` for a hard negative, or
    ``recap`` for background alone.
    """

    champion: Judged
    challenger: Judged
    groups: tuple[str, ...]
    kinds: tuple[str, ...]

    def only(self, wanted: Any) -> Paired:
        """Return the texts where ``wanted`` is true."""
        rows = np.flatnonzero(wanted)
        return Paired(
            bootstrap.subset(self.champion, rows),
            bootstrap.subset(self.challenger, rows),
            tuple(self.groups[at] for at in rows),
            tuple(self.kinds[at] for at in rows),
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both; ``None`` where it is undefined, and then it decides nothing.

    ``difference`` is challenger minus champion, with the bounds of its 95 % interval. For the
    share of contradicted labels, which only the challenger has, the bounds are its own.
    """

    figure: str
    champion: float | None
    challenger: float | None
    difference: float | None
    low: float | None
    high: float | None
    margin: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of both on ``texts`` pseudo-articles and ``reviewed`` articles.

    ``fresh`` labels are new or changed; ``doubtful`` are the ids of those contradicted.
    """

    rows: tuple[Compared, ...]
    texts: int
    reviewed: int
    fresh: int
    doubtful: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the challenger may replace the champion."""
        return all(row.passed for row in self.rows)

    @property
    def failed(self) -> tuple[str, ...]:
        """The figures that failed."""
        return tuple(row.figure for row in self.rows if not row.passed)

    def as_dict(self) -> dict[str, object]:
        """Return the comparison as JSON-ready values."""
        return {
            "passed": self.passed,
            "texts": self.texts,
            "reviewed": self.reviewed,
            "fresh": self.fresh,
            "doubtful": list(self.doubtful),
            "rows": [asdict(row) for row in self.rows],
        }


def is_doubtful(labels: Sequence[str], relevance: float, signals: Mapping[str, float]) -> bool:
    """Tell whether a model that has not seen a passage surely contradicts its ``labels``."""
    own = [signals[code] for code in labels if code in signals]
    if not labels:
        return relevance > 1 - SURELY_NOT
    if relevance < SURELY_NOT:
        return True
    return bool(own) and max(own) < SURELY_NOT and max(signals.values()) > SURELY


def conclude(
    pseudo: Sequence[Paired],
    articles: Sequence[Paired],
    fresh: int,
    doubtful: Sequence[str],
    seed: int,
) -> Comparison:
    """Return the verdict on pseudo-articles and reviewed articles, given fold by fold."""
    rows: list[Compared] = []
    texts = reviewed = 0
    if pseudo:
        whole = _joined(pseudo)
        texts = len(whole.groups)
        rows += _on_pseudo(whole, seed)
    if articles:
        real = _joined(articles)
        reviewed = len(real.groups)
        rows += _on_articles(real, seed)
    if fresh >= FEWEST_FRESH:
        rows.append(_contradicted(len(doubtful), fresh))
    return Comparison(tuple(rows), texts, reviewed, fresh, tuple(sorted(doubtful)))


def relevance_ap(judged: Judged) -> float | None:
    """Return the average precision of relevance."""
    return average_precision(judged.relevant, judged.relevance)


def macro_ap(judged: Judged) -> float | None:
    """Return the mean average precision of the signals that some text carries."""
    figures = [
        average_precision(truth, score)
        for truth, score in zip(judged.carries.T, judged.signals.T, strict=True)
    ]
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known else None


def worst_language_auc(judged: Judged) -> float | None:
    """Return the lowest AUC of relevance within a language that the models learn.

    A language with few texts is left out: five of each class, thirty in all.
    """
    langs = np.array(judged.langs)
    figures = [
        auc(judged.relevant[langs == lang], judged.relevance[langs == lang])
        for lang in LANGUAGES
        if (own := judged.relevant[langs == lang]).size >= FEWEST
        and min(own.sum(), (~own).sum()) >= FEWEST_OF_A_CLASS
    ]
    return min((figure for figure in figures if figure is not None), default=None)


def alarms(judged: Judged) -> float | None:
    """Return the share of the negatives that score as high as 95 % of the relevant texts."""
    return share_called(judged.relevant, ~judged.relevant, judged.relevance)


def _on_pseudo(whole: Paired, seed: int) -> list[Compared]:
    kinds = np.array(whole.kinds)
    usual = whole.only(kinds != "recap")
    hard = whole.only((kinds == "hard") | whole.champion.relevant)
    return [
        _compared("relevance AP", usual, relevance_ap, RELEVANCE_MARGIN, seed),
        _compared("macro-AP over signals", usual, macro_ap, MACRO_MARGIN, seed),
        _compared("AUC of the worst language", usual, worst_language_auc, LANGUAGE_MARGIN, seed),
        _compared("hard negatives called", hard, alarms, ALARM_MARGIN, seed, lower=True),
    ]


def _contradicted(doubtful: int, fresh: int) -> Compared:
    found = binomtest(doubtful, fresh).proportion_ci(0.9, method="wilson")
    low, high = round(float(found.low), 6), round(float(found.high), 6)
    share = round(doubtful / fresh, 6)
    passed = low <= DOUBTFUL_MARGIN
    return Compared(
        "new labels contradicted", None, share, None, low, high, DOUBTFUL_MARGIN, passed
    )


def _on_articles(real: Paired, seed: int) -> list[Compared]:
    relevant = int(real.champion.relevant.sum())
    if len(real.groups) < FEWEST or not (
        FEWEST_OF_A_CLASS <= relevant <= len(real.groups) - FEWEST_OF_A_CLASS
    ):
        return []
    row = _compared(
        "relevance AP, reviewed articles",
        real,
        relevance_ap,
        REVIEWED_MARGIN,
        seed,
        draws=_DRAWS_DECIDING,
    )
    surely_worse = row.high is not None and row.high < 0
    return [replace(row, passed=row.passed or not surely_worse)]


def _compared(
    name: str,
    texts: Paired,
    figure: Figure,
    margin: float,
    seed: int,
    *,
    lower: bool = False,
    draws: int = _DRAWS,
) -> Compared:
    """Compare one figure; ``lower`` tells that less of it is better."""
    before, after = figure(texts.champion), figure(texts.challenger)
    found = bootstrap.difference(
        texts.challenger, texts.champion, figure, texts.groups, draws=draws, seed=seed
    )
    if found is None or before is None or after is None:
        return Compared(name, before, after, None, None, None, margin, passed=True)
    worse = found.value if lower else -found.value
    return Compared(
        name,
        round(before, 6),
        round(after, 6),
        found.value,
        found.low,
        found.high,
        margin,
        passed=worse <= margin,
    )


def _joined(parts: Sequence[Paired]) -> Paired:
    return Paired(
        _stacked([part.champion for part in parts]),
        _stacked([part.challenger for part in parts]),
        tuple(group for part in parts for group in part.groups),
        tuple(kind for part in parts for kind in part.kinds),
    )


def _stacked(parts: Sequence[Judged]) -> Judged:
    return replace(
        parts[0],
        langs=tuple(lang for part in parts for lang in part.langs),
        relevant=np.concatenate([part.relevant for part in parts]),
        carries=np.vstack([part.carries for part in parts]),
        direction=tuple(one for part in parts for one in part.direction),
        relevance=np.concatenate([part.relevance for part in parts]),
        signals=np.vstack([part.signals for part in parts]),
        calls=np.vstack([part.calls for part in parts]),
        direction_called=tuple(one for part in parts for one in part.direction_called),
    )
