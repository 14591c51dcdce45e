"""Our transformers are scikit-learn estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from classifiers.vectors import BagCounter, BlockTfidf


@parametrize_with_checks([BlockTfidf()])
def test_weighing_counts_keeps_the_rules_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_both_can_be_cloned_and_stand_in_a_pipeline() -> None:
    bags = [["a", "b"], ["b", "b", "c"], ["a"], ["c", "d"]]
    pipeline = make_pipeline(BagCounter(min_df=1), BlockTfidf(), LogisticRegression())
    pipeline.fit(bags, [0, 1, 0, 1])
    again = clone(pipeline).fit(bags, [0, 1, 0, 1])
    assert pipeline.get_params()["bagcounter__min_df"] == 1
    assert np.array_equal(pipeline.predict_proba(bags), again.predict_proba(bags))
    assert list(pipeline[:1].get_feature_names_out()) == ["a", "b", "c", "d"]


def test_a_block_is_scaled_on_its_own() -> None:
    counts = np.array([[1, 2, 4.0], [0, 3, 0]])
    rows = BlockTfidf(np.array([0, 0, 1]), (1.0, 0.5)).fit_transform(counts).toarray()
    assert np.linalg.norm(rows[0, :2]) == pytest.approx(1)
    assert np.linalg.norm(rows[0, 2:]) == pytest.approx(0.5)
    assert np.linalg.norm(rows[1]) == pytest.approx(1)
