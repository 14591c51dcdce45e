"""Thresholds from the stream: the budget is kept, and the file with them is believed or not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from classifiers.budget import HIGHEST, StreamThresholds, read_thresholds, thresholds

CODES = ("csto_snub", "trade_retaliation")
FLOOR = (0.4, 0.6)


def stream(articles: int = 1000, seed: int = 0) -> np.ndarray[Any, Any]:
    """A stream as they are: a few articles with a signal among many without."""
    random = np.random.default_rng(seed)
    scores = random.beta(0.3, 6, (articles, len(CODES)))
    carriers = random.choice(articles, articles // 20, replace=False)
    scores[carriers, random.integers(0, 2, len(carriers))] = random.beta(8, 2, len(carriers))
    return scores


def alone(scores: np.ndarray[Any, Any]) -> list[str | None]:
    return [None] * len(scores)


def told(found: StreamThresholds, scores: Any, stories: list[str | None]) -> int:
    """Count the stories that would alert, the plain way."""
    above = (scores >= np.array(found.cutoffs)).any(axis=1)
    return len({name or at for at, name in enumerate(stories) if above[at]})


@pytest.mark.parametrize("budget", [0.5, 2.0, 3.3])
def test_the_budget_is_kept_and_nearly_spent(budget: float) -> None:
    scores = stream()
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=budget, floor=FLOOR)
    assert found is not None
    count = told(found, scores, alone(scores))
    assert count <= budget * 10
    assert count >= budget * 10 - 2
    assert found.expected_alerts_per_day == count / 10


def test_a_generous_budget_leaves_the_cross_validated_thresholds() -> None:
    scores = stream()
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=1000, floor=FLOOR)
    assert found is not None
    assert found.cutoffs == FLOOR


def test_no_threshold_falls_below_the_cross_validated_one() -> None:
    scores = stream()
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=5.5, floor=(0.1, 0.9))
    assert found is not None
    assert found.cutoffs[1] >= 0.9


def test_articles_of_one_story_count_once() -> None:
    scores = stream()
    one: list[str | None] = ["s_1" if row.max() > 0.4 else None for row in scores]
    found = thresholds(scores, one, days=10, alerts_per_day=0.1, floor=FLOOR)
    assert found is not None
    assert found.cutoffs == FLOOR
    assert found.expected_alerts_per_day == 0.1


def test_a_grouped_stream_affords_a_lower_level() -> None:
    scores = stream()
    grouped: list[str | None] = [f"g_{at // 4}" for at in range(len(scores))]
    level = [
        thresholds(scores, stories, days=10, alerts_per_day=2, floor=FLOOR)
        for stories in (grouped, alone(scores))
    ]
    assert level[0] is not None
    assert level[1] is not None
    assert level[0].cutoffs < level[1].cutoffs


def test_certainty_alerts_whatever_the_budget() -> None:
    scores = np.full((300, 2), 0.999)
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=1, floor=FLOOR)
    assert found is not None
    assert found.cutoffs == (HIGHEST, HIGHEST)
    assert found.expected_alerts_per_day == 30, "it says that the budget is not kept"


def test_equal_scores_at_the_level_do_not_break_the_budget() -> None:
    scores = np.zeros((300, 2))
    scores[:40, 0] = 0.7
    scores[:5, 1] = 0.95
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=1, floor=FLOOR)
    assert found is not None
    assert told(found, scores, alone(scores)) == 5


@pytest.mark.parametrize(("articles", "days"), [(199, 14.0), (500, 2.9), (0, 0.0)])
def test_a_short_stream_says_nothing(articles: int, days: float) -> None:
    scores = stream(articles) if articles else np.zeros((0, 2))
    assert thresholds(scores, alone(scores), days=days, alerts_per_day=6, floor=FLOOR) is None


def test_expected_precision_is_what_calibrated_probabilities_promise() -> None:
    scores = stream(4000)
    random = np.random.default_rng(5)
    truth = random.random(scores.shape) < scores
    found = thresholds(scores, alone(scores), days=14, alerts_per_day=6, floor=FLOOR)
    assert found is not None
    assert found.expected_precision is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.expected_precision < found.high
    best = scores.argmax(axis=1)
    rows = np.flatnonzero((scores >= np.array(found.cutoffs)).any(axis=1))
    precision = np.mean([truth[row, best[row]] for row in rows])
    assert abs(precision - found.expected_precision) < 0.12


def test_a_quiet_stream_expects_no_alert_and_no_precision() -> None:
    scores = np.full((300, 2), 0.01)
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=6, floor=FLOOR)
    assert found is not None
    assert found.cutoffs == FLOOR
    assert (found.expected_alerts_per_day, found.expected_precision) == (0, None)


def test_thresholds_survive_their_file() -> None:
    scores = stream()
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=2, floor=FLOOR)
    assert found is not None
    assert read_thresholds(json.loads(json.dumps(found.as_dict(CODES))), CODES) == found


@pytest.mark.parametrize(
    "change",
    [
        {"cutoffs": None},
        {"cutoffs": {}},
        {"cutoffs": {"csto_snub": 0.5}},
        {"cutoffs": {"csto_snub": 0.5, "trade_retaliation": "0.5"}},
        {"cutoffs": {"csto_snub": 0.5, "trade_retaliation": True}},
        {"cutoffs": {"csto_snub": 0.5, "trade_retaliation": float("nan")}},
        {"cutoffs": {"csto_snub": 0.5, "trade_retaliation": 1.5}},
        {"cutoffs": {"csto_snub": -0.1, "trade_retaliation": 0.5}},
        {"days": "ten"},
        {"days": float("inf")},
        {"articles": None},
        {"expected_precision": 7},
    ],
)
def test_a_wrong_file_is_refused(change: dict[str, object]) -> None:
    scores = stream()
    found = thresholds(scores, alone(scores), days=10, alerts_per_day=2, floor=FLOOR)
    assert found is not None
    with pytest.raises(ValueError, match=r"\w"):
        read_thresholds(found.as_dict(CODES) | change, CODES)
