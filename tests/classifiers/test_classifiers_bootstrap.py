"""Intervals of figures and of differences, on judgements that are known to the last digit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from archive.types import Direction
from classifiers.bootstrap import difference, interval, replicates, spread, subset
from classifiers.metrics import Judged, average_precision, report


def judged(relevant: Sequence[bool], scores: Sequence[float]) -> Judged:
    n = len(relevant)
    return Judged(
        codes=("a",),
        langs=tuple(("en", "ru")[at % 2] for at in range(n)),
        relevant=np.array(relevant, dtype=bool),
        carries=np.array(relevant, dtype=bool)[:, None],
        direction=(Direction.AWAY,) * n,
        relevance=np.array(scores, dtype=float),
        signals=np.array(scores, dtype=float)[:, None],
        calls=np.array(scores)[:, None] > 0.5,
        direction_called=(Direction.AWAY,) * n,
        known=np.ones(n, dtype=bool),
    )


def noisy(noise: float, n: int = 200, seed: int = 1) -> Judged:
    random = np.random.default_rng(seed)
    truth = np.arange(n) % 3 == 0
    return judged(truth.tolist(), (truth + noise * random.normal(size=n)).tolist())


def ap(part: Judged) -> float | None:
    return average_precision(part.relevant, part.relevance)


def share(part: Judged) -> float | None:
    return float(part.relevant.mean())


def each(part: Judged) -> list[str]:
    return [str(at) for at in range(len(part.langs))]


def test_a_model_does_not_differ_from_itself() -> None:
    one = noisy(0.5)
    found = difference(one, one, ap, each(one), draws=50)
    assert found is not None
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_clear_difference_is_told_from_noise() -> None:
    good, bad, worse = noisy(0.3), noisy(1.5, seed=2), noisy(1.5, seed=3)
    clear = difference(good, bad, ap, each(good), draws=100)
    chance = difference(bad, worse, ap, each(bad), draws=100)
    assert clear is not None
    assert chance is not None
    assert 0 < clear.low < clear.value < clear.high
    assert chance.low < 0 < chance.high
    turned = difference(bad, good, ap, each(good), draws=100)
    assert turned is not None
    assert turned.low == pytest.approx(-clear.high)


def test_an_interval_is_as_wide_as_theory_says() -> None:
    one = judged([at % 2 == 0 for at in range(400)], [0.5] * 400)
    found = interval(one, share, each(one), draws=1000)
    assert found is not None
    assert found.value == 0.5
    assert found.high - found.low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 400), rel=0.1)


def test_documents_of_one_event_are_drawn_together() -> None:
    """Ten events of forty equal documents tell as little as ten documents."""
    one = judged([at // 40 % 2 == 0 for at in range(400)], [0.5] * 400)
    apart = interval(one, share, each(one), draws=300)
    together = interval(one, share, [str(at // 40) for at in range(400)], draws=300)
    whole = interval(one, share, ["all"] * 400, draws=20)
    assert apart is not None
    assert together is not None
    assert whole is not None
    assert together.high - together.low > 4 * (apart.high - apart.low)
    assert (whole.low, whole.high) == (0.5, 0.5)


def test_the_same_seed_gives_the_same_interval() -> None:
    one, other = noisy(0.8), noisy(1.2, seed=5)
    first = difference(one, other, ap, each(one), draws=40)
    assert first == difference(one, other, ap, each(one), draws=40)
    assert first != difference(one, other, ap, each(one), draws=40, seed=1)


def test_the_rows_of_two_models_can_be_subtracted() -> None:
    one, other = noisy(0.8), noisy(1.2, seed=5)
    groups = each(one)
    told: list[float] = []
    rows = replicates(one, lambda part: (ap(part), share(part)), groups, draws=20)
    against = replicates(
        other, lambda part: (ap(part), share(part)), groups, draws=20, progress=told.append
    )
    assert rows.shape == (20, 2)
    assert np.array_equal(rows[:, 1], against[:, 1])  # the same documents
    both = difference(one, other, ap, groups, draws=20)
    assert both == spread(ap(one) - ap(other), rows[:, 0] - against[:, 0])  # type: ignore[operator]
    assert told[-1] == 1
    assert len(told) == 20


def test_a_figure_that_is_undefined_has_no_interval() -> None:
    none = judged([False] * 6, [0.1] * 6)
    assert interval(none, ap, each(none), draws=10) is None
    assert difference(none, none, ap, each(none), draws=10) is None


def test_draws_without_the_figure_are_left_out() -> None:
    rare = judged([True] + [False] * 9, [0.9] + [0.1] * 9)  # a third of the draws has no positive
    found = interval(rare, ap, each(rare), draws=60)
    assert found is not None
    assert (found.low, found.high) == (1, 1)
    never = spread(0.5, np.array([np.nan, np.nan]))
    assert (never.value, never.low, never.high) == (0.5, -math.inf, math.inf)


@pytest.mark.parametrize("known", [True, False])
def test_a_subset_holds_the_rows_in_order_and_again(known: bool) -> None:
    one: Any = noisy(0.5, n=6)
    if not known:
        one = Judged(**{name: getattr(one, name) for name in one.__slots__} | {"known": None})
    part = subset(one, [4, 1, 1])
    assert part.relevance.tolist() == [one.relevance[4], one.relevance[1], one.relevance[1]]
    assert part.langs == ("en", "ru", "ru")
    assert (part.known is None) is not known
    assert report(part, "m").n == 3
