"""Words for probabilities and for confidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.likelihood import BANDS, band, confidence, rank, shown


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "almost no chance"),
        (0.0499, "almost no chance"),
        (0.05, "very unlikely"),
        (0.20, "unlikely"),
        (0.4499, "unlikely"),
        (0.45, "roughly even chance"),
        (0.55, "likely"),
        (0.7999, "likely"),
        (0.80, "very likely"),
        (0.95, "almost certain"),
        (1.0, "almost certain"),
    ],
)
def test_a_border_belongs_to_the_row_above_it(probability: float, words: str) -> None:
    assert band(probability).words == words


@given(st.floats(0, 1))
def test_every_probability_has_one_row_and_is_never_printed_as_certain(probability: float) -> None:
    row = BANDS[rank(probability)]
    assert row.low <= probability
    assert probability < row.high or row is BANDS[-1]
    assert 0.01 <= shown(probability) <= 0.99


def test_spans_never_say_zero_or_a_hundred() -> None:
    assert (BANDS[0].span, BANDS[4].span, BANDS[6].span) == ("1–5 %", "55–80 %", "95–99 %")


def test_confidence_grows_with_origins_and_falls_when_contradicted() -> None:
    assert [confidence(n, contradicted=False) for n in (1, 2, 3, 9)] == [
        "low",
        "moderate",
        "high",
        "high",
    ]
    assert [confidence(n, contradicted=True) for n in (1, 2, 3)] == ["low", "low", "moderate"]
