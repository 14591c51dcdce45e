"""Words for probabilities and for confidence, kept apart as ICD 203 demands.

Source: Office of the Director of National Intelligence, Intelligence Community Directive 203,
"Analytic Standards", 2015, D.6.e.(2)(a). Its rows share their borders (5, 20, … per cent); here a
border belongs to the row above it, so that every probability has one word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Confidence = Literal["low", "moderate", "high"]


@dataclass(frozen=True, slots=True)
class Band:
    """One row of ICD 203: ``low <= probability < high``."""

    words: str
    low: float
    high: float

    @property
    def span(self) -> str:
        """The row's borders in per cent; nothing is called impossible or certain."""
        return f"{max(1, round(self.low * 100))}–{min(99, round(self.high * 100))} %"


BANDS = (
    Band("almost no chance", 0.0, 0.05),
    Band("very unlikely", 0.05, 0.20),
    Band("unlikely", 0.20, 0.45),
    Band("roughly even chance", 0.45, 0.55),
    Band("likely", 0.55, 0.80),
    Band("very likely", 0.80, 0.95),
    Band("almost certain", 0.95, 1.0),
)
_LEVELS: tuple[Confidence, ...] = ("low", "moderate", "high")


def rank(probability: float) -> int:
    """Return the row a probability is in, 0 (almost no chance) to 6 (almost certain)."""
    return max((i for i, band in enumerate(BANDS) if probability >= band.low), default=0)


def band(probability: float) -> Band:
    """Return the row a probability is in."""
    return BANDS[rank(probability)]


def shown(probability: float) -> float:
    """Return the probability as it is printed: two digits, never 0 or 1."""
    return min(0.99, max(0.01, round(probability, 2)))


def confidence(origins: int, *, contradicted: bool) -> Confidence:
    """Return how well founded an assessment is: by independent origins, less when contradicted."""
    level = min(origins, 3) - 1 - (1 if contradicted else 0)
    return _LEVELS[max(0, level)]
