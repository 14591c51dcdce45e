"""Calibration from reviewed articles: real texts that an analyst has judged.

Their logits come from models that have not seen them: in cross-validation each is scored in the
fold that holds out its event. Sigmoids fitted to them stay near the cross-validated ones when
reviews are few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from archive.ids import digest
from archive.types import Article, Direction

from .calibration import Calibration, Platt, joint_logits
from .core import Document
from .features import SentenceFeatures
from .lexicon import Lexicon
from .reading import read_article

FEWEST = 30
"""Reviewed articles from which on relevance is calibrated on them."""

FEWEST_OF_A_CLASS = 5
"""How many of them have to be relevant, and how many not."""

FEWEST_POSITIVES = 8
"""Reviewed articles with a signal from which on it has a sigmoid of its own."""

SLOPE_SPREAD = 0.25
SHIFT_SPREAD = 1.0
"""How far, in log-slope and in logits, a sigmoid is expected to move from the cross-validated one:
standard deviations of the prior that holds it there. Chosen by log-loss on real articles; with
a wide prior, 30 reviews made it worse than before."""


@dataclass(frozen=True, slots=True)
class ReviewedArticle:
    """An article and an analyst's judgement of the whole of it; no labels: not relevant.

    ``event`` is that of the passage which the judgement added to the corpus.
    """

    article: Article
    labels: tuple[str, ...]
    direction: Direction
    event: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviewed articles, read with one lexicon."""

    articles: tuple[ReviewedArticle, ...]
    documents: tuple[Document, ...]

    @classmethod
    def read(
        cls, articles: Sequence[ReviewedArticle], lexicon: Lexicon, features: SentenceFeatures
    ) -> Reviews:
        """Return ``articles`` as documents."""
        documents = tuple(
            Document.of(read_article(one.article, lexicon), features) for one in articles
        )
        return cls(tuple(articles), documents)

    @property
    def relevant(self) -> Any:
        """Whether each article is relevant."""
        return np.array([bool(one.labels) for one in self.articles], bool)

    def carries(self, codes: Sequence[str]) -> Any:
        """Return whether each article (row) carries each signal (column)."""
        return np.array([[code in one.labels for code in codes] for one in self.articles], bool)

    def of(self, events: Collection[str]) -> list[int]:
        """Return the positions of the articles on ``events``."""
        return [at for at, one in enumerate(self.articles) if one.event in events]


NONE = Reviews((), ())


def are_enough(articles: Sequence[ReviewedArticle]) -> bool:
    """Tell whether ``articles`` are enough to calibrate on."""
    relevant = sum(bool(one.labels) for one in articles)
    return len(articles) >= FEWEST and min(relevant, len(articles) - relevant) >= FEWEST_OF_A_CLASS


def hash_of(articles: Sequence[ReviewedArticle]) -> str:
    """Return a digest of what is calibrated on; empty when there are too few to do so."""
    if not are_enough(articles):
        return ""
    rows = sorted(
        "\x1e".join((one.article.id, one.article.content_hash, one.event, *sorted(one.labels)))
        for one in articles
    )
    return digest(*rows)


def recalibrated(before: Calibration, logits: Any, relevant: Any, carries: Any) -> Calibration:
    """Return ``before`` moved to fit reviewed articles.

    Relevance gets a sigmoid of its own. The signals are moved together, by one change of slope
    and intercept fitted to all of them; one with enough positives then has its own change, held
    near the common one.

    Args:
        before: the cross-validated calibration.
        logits: held-out logits of the articles, columns as in ``Calibration``.
        relevant: whether each article is relevant.
        carries: whether each article (row) carries each signal (column).
    """
    joint = joint_logits(logits, carries.shape[1])
    moved = np.stack([p.slope * joint[:, k] + p.intercept for k, p in enumerate(before.signals)], 1)
    common = _change(moved.ravel(), carries.ravel())
    signals = []
    for k, platt in enumerate(before.signals):
        change = common
        if carries[:, k].sum() >= FEWEST_POSITIVES:
            nearer = common.slope * moved[:, k] + common.intercept
            change = _joined(common, _change(nearer, carries[:, k]))
        signals.append(_joined(platt, change))
    own = before.relevance
    change = _change(own.slope * logits[:, 0] + own.intercept, relevant)
    return Calibration(_joined(own, change), tuple(signals))


def _change(logits: Any, truth: Any) -> Platt:
    """Return the sigmoid of calibrated ``logits`` that fits ``truth``, held near the plain one."""
    sign = np.where(truth, 1.0, -1.0)

    def cost(point: Any) -> tuple[float, Any]:
        slope, shift = np.exp(point[0]), point[1]
        margin = sign * (slope * logits + shift)
        pull = -sign * np.exp(-np.logaddexp(0, margin))
        prior = (point[0] / SLOPE_SPREAD) ** 2 + (point[1] / SHIFT_SPREAD) ** 2
        gradient = np.array([(pull * logits).sum() * slope, pull.sum()])
        gradient += [point[0] / SLOPE_SPREAD**2, point[1] / SHIFT_SPREAD**2]
        return float(np.logaddexp(0, -margin).sum() + prior / 2), gradient

    found = minimize(cost, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-8, 8)]).x
    return Platt(float(np.exp(found[0])), float(found[1]))


def _joined(first: Platt, second: Platt) -> Platt:
    """Return the sigmoid that applies ``second`` to the logits of ``first``'s probabilities."""
    slope = second.slope * first.slope
    return Platt(round(slope, 6), round(second.slope * first.intercept + second.intercept, 6))
