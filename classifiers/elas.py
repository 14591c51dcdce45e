"""The ELAS baseline: the classifier that ASReview LAB ranks with, trained on our corpus.

The settings are those of ASReview's default model "ELAS u4" (``asreview/models/models.py`` of
version 2; van de Schoot et al. 2021, doi:10.1038/s42256-020-00287-7): TF-IDF over words and pairs
of words with a logarithmic term frequency, without terms in more than 95 % of the documents, and a
linear support vector machine with the squared hinge loss and C = 0.11. ASReview's ``Balanced``
with ratio 9.8 weighs the documents so that all relevant ones together weigh 9.8 times all others.
Here nothing is queried and answered: it learns once, from the documents that our own model learns
from, and its vocabulary comes from those alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from .corpus import LabelledPassage
from .crossval import training_rows
from .errors import CorpusError

COST = 0.11
RATIO = 9.8
SEED = 0


def decisions(
    passages: Sequence[LabelledPassage],
    codes: Sequence[str],
    texts: Sequence[str],
    progress: Callable[[float], None],
) -> Any:
    """Return the decision values of ``texts``: a column for relevance and one for each code.

    Learns from the ``train`` split of ``passages``. A column that nothing, or everything, in the
    corpus speaks for is zero. Raises ``CorpusError`` when the passages hold no words.
    """
    learnt = tuple(passage for passage in passages if passage.split == "train")
    rows = training_rows(learnt, range(len(learnt)), SEED)
    known = ["\n".join(learnt[at].text for at in row.passages) for row in rows]
    truths = [
        np.array([bool(row.labels) for row in rows]),
        *(np.array([code in row.labels for row in rows]) for code in codes),
    ]
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=1, max_df=0.95)
    try:
        features = vectors.fit_transform(known)
    except ValueError:
        raise CorpusError(["passages:1: too few words for elas; add passages"]) from None
    unseen = vectors.transform(texts)
    values = np.zeros((len(texts), len(truths)))
    for column, truth in enumerate(truths):
        if truth.any() and not truth.all():
            machine = LinearSVC(loss="squared_hinge", C=COST, random_state=SEED)
            machine.fit(features, truth, sample_weight=balanced(truth))
            values[:, column] = machine.decision_function(unseen)
        progress((column + 1) / len(truths))
    return values


def balanced(truth: Any, ratio: float = RATIO) -> Any:
    """Return a weight for each document: true ones weigh ``ratio`` times the others, in sum.

    The weights' mean is one, as in ASReview. Both classes occur in ``truth``.
    """
    weights = np.where(truth, 1.0, truth.sum() / (ratio * (~truth).sum()))
    return weights * (len(truth) / weights.sum())
