"""The data of the charts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archive.types import Direction
from classifiers.curves import LEAST_ARTICLES, precision_recall, reliability, reliability_by_lang
from classifiers.metrics import Judged, expected_calibration_error


def test_a_curve_goes_through_the_known_points() -> None:
    curve = precision_recall(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]))
    assert curve is not None
    assert curve.recall == (1, 1, 0.5, 0.5, 0)
    assert curve.precision == pytest.approx((1 / 2, 2 / 3, 1 / 2, 1, 1))
    assert curve.lowest(0.9) == pytest.approx(0.5)


def test_a_curve_ends_with_the_precision_of_the_highest_score() -> None:
    curve = precision_recall(np.array([0, 1]), np.array([0.9, 0.1]))
    assert curve is not None
    assert (curve.recall[-1], curve.precision[-1]) == (0, 0)


def test_there_is_no_curve_without_a_positive() -> None:
    assert precision_recall(np.zeros(3), np.array([0.1, 0.2, 0.3])) is None


def test_bins_count_every_document_once() -> None:
    random = np.random.default_rng(0)
    probability = np.concatenate([random.random(500), [0.0, 1.0, 0.1, 0.9]])
    truth = random.random(504) < probability
    found = reliability(truth, probability)
    assert found.n == sum(one.n for one in found.bins) == 504
    assert found.ece == expected_calibration_error(truth, probability)
    for one in found.bins:
        assert one.low <= one.mean <= one.high
        assert one.share is not None
        assert one.least is not None
        assert one.most is not None
        assert one.least <= one.share <= one.most
        assert one.least <= (one.low + one.high) / 2 <= one.most  # drawn to be reliable
    gap = sum(one.n * abs((one.share or 0) - one.mean) for one in found.bins) / found.n
    assert gap == pytest.approx(found.ece, abs=1e-6)


def test_an_empty_bin_has_no_share() -> None:
    found = reliability(np.array([True, False]), np.array([0.95, 1.0]))
    assert [one.n for one in found.bins] == [0] * 9 + [2]
    assert all(one.share is None for one in found.bins[:9])
    assert found.bins[0].mean == pytest.approx(0.05)


def test_bounds_are_those_of_wilson() -> None:
    one = reliability(np.zeros(10, dtype=bool), np.full(10, 0.05)).bins[0]
    assert one.least == pytest.approx(0, abs=1e-9)
    assert one.most == pytest.approx(0.2775, abs=1e-4)


def test_only_languages_with_enough_articles_have_their_own() -> None:
    n = 2 * LEAST_ARTICLES - 1
    langs = ("en",) * LEAST_ARTICLES + ("hy",) * (LEAST_ARTICLES - 1)
    some = np.arange(n) % 2 == 0
    judged = Judged(
        codes=("a",),
        langs=langs,
        relevant=some,
        carries=some[:, None],
        direction=(None,) * n,
        relevance=some * 0.8,
        signals=some[:, None] * 0.8,
        calls=some[:, None],
        direction_called=(Direction.NONE,) * n,
    )
    assert list(reliability_by_lang(judged)) == ["en"]
    assert reliability_by_lang(judged)["en"].n == LEAST_ARTICLES
    assert reliability_by_lang(replace(judged, langs=("ru",) * n))["ru"].n == n
