"""How good a model is on labelled articles that it has never seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from archive.types import Score

from .errors import CorpusError
from .exchange import LabelledArticle
from .metrics import Judged, Report, report
from .model import Model


def evaluate(
    model: Model,
    articles: Sequence[LabelledArticle],
    progress: Callable[[str, float], None] | None = None,
) -> Report:
    """Return the figures of ``model`` on the judged ones of ``articles``.

    An article without ``labels`` and ``relevant`` is left out; one without ``labels`` that is
    relevant counts for relevance only. Raises ``CorpusError`` if no article is judged.
    """
    judged = [labelled for labelled in articles if labelled.is_judged]
    if not judged:
        raise CorpusError(['no judged articles; give each line "labels" or "relevant"'])
    scores = model.score([labelled.article for labelled in judged], progress)
    return report(judge(model, judged, scores), model.id)


def judge(model: Model, articles: Sequence[LabelledArticle], scores: Sequence[Score]) -> Judged:
    """Return truth and scores of ``articles`` side by side."""
    codes = model.codes
    probabilities = np.array([[score.signals[code] for code in codes] for score in scores])
    return Judged(
        codes=codes,
        langs=tuple(labelled.article.lang for labelled in articles),
        relevant=np.array([labelled.is_relevant for labelled in articles]),
        carries=np.array(
            [[code in (labelled.labels or ()) for code in codes] for labelled in articles]
        ),
        direction=tuple(labelled.direction for labelled in articles),
        relevance=np.array([score.relevance for score in scores]),
        signals=probabilities,
        calls=probabilities >= np.array(model.cutoffs),
        direction_called=tuple(score.direction for score in scores),
        known=np.array([labelled.has_known_signals for labelled in articles]),
    )
