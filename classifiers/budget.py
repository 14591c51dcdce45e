"""Alert thresholds from the stream: the level that keeps an alert budget, and what it promises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

HIGHEST = 0.99
"""No threshold is above this, whatever the budget: certainty is always worth an alert."""

FEWEST_ARTICLES = 200
FEWEST_DAYS = 3.0
"""A shorter stream says too little of what a day brings."""

_DRAWS = 500
_CONFIDENCE = 0.95
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class StreamThresholds:
    """Thresholds per signal that keep a budget, and what to expect of them.

    ``expected_alerts_per_day`` counts stories above a threshold in the stream they come from.
    ``expected_precision`` is the mean probability of those stories, with the bounds ``low`` and
    ``high`` of its 95 % bootstrap interval over stories; it is as good as the calibration, and
    the interval knows nothing of errors in that. All three are ``None`` when no story is above.
    """

    cutoffs: tuple[float, ...]
    alerts_per_day: float
    expected_alerts_per_day: float
    expected_precision: float | None
    low: float | None
    high: float | None
    days: float
    articles: int

    def as_dict(self, codes: Sequence[str]) -> dict[str, object]:
        """Return the thresholds as JSON-ready values, the cutoffs by code."""
        return asdict(self) | {"cutoffs": dict(zip(codes, self.cutoffs, strict=True))}


def thresholds(
    scores: Any,
    stories: Sequence[str | None],
    *,
    days: float,
    alerts_per_day: float,
    floor: Sequence[float],
    seed: int = 0,
) -> StreamThresholds | None:
    """Return the thresholds that keep ``alerts_per_day``, ``None`` for too short a stream.

    A signal's threshold is the higher of its ``floor`` and the lowest common level at which the
    stories with a signal at or above its threshold are within the budget, at most ``HIGHEST``.

    Args:
        scores: calibrated probabilities, articles × signals; a signal's is that of relevance and
            signal together.
        stories: the story of each article, or the group that would be one; articles below the
            thresholds of their time have none, and one without (``None``) counts alone: where
            they are not grouped, a lower level looks dearer than it is.
        days: how long the stream is.
        alerts_per_day: the budget, above zero.
        floor: the lowest threshold of each signal, as cross-validation found it.
        seed: of the bootstrap.
    """
    scores = np.asarray(scores, float).reshape(len(stories), len(floor))
    if len(scores) < FEWEST_ARTICLES or days < FEWEST_DAYS:
        return None
    strengths = _strengths(scores, stories, np.asarray(floor))
    level = _level(strengths, alerts_per_day * days)
    told = strengths[strengths >= level]
    precision = _precision(told, seed)
    return StreamThresholds(
        cutoffs=tuple(max(own, level) for own in floor),
        alerts_per_day=alerts_per_day,
        expected_alerts_per_day=round(len(told) / days, 3),
        expected_precision=precision[0],
        low=precision[1],
        high=precision[2],
        days=round(days, 2),
        articles=len(scores),
    )


def read_thresholds(data: Mapping[str, Any], codes: Sequence[str]) -> StreamThresholds:
    """Return the thresholds that ``StreamThresholds.as_dict`` gave for signals ``codes``.

    Raises ``ValueError`` for anything else: other signals, or a number out of its range.
    """
    cutoffs = data.get("cutoffs")
    if not isinstance(cutoffs, dict) or set(cutoffs) != set(codes):
        raise ValueError("its signals are not those of the model")
    optional = {
        name: None if data.get(name) is None else _number(data.get(name), 1.0)
        for name in ("expected_precision", "low", "high")
    }
    amounts = {
        name: _number(data.get(name), math.inf)
        for name in ("alerts_per_day", "expected_alerts_per_day", "days")
    }
    values = tuple(_number(cutoffs[code], HIGHEST) for code in codes)
    articles = int(_number(data.get("articles"), 1e9))
    return StreamThresholds(values, **amounts, **optional, articles=articles)  # type: ignore[arg-type]


def _strengths(scores: Any, stories: Sequence[str | None], floor: Any) -> Any:
    """Return the highest probability of each story among those that reach their ``floor``."""
    best = np.where(scores >= floor, scores, 0.0).max(axis=1, initial=0.0)
    found: dict[object, float] = {}
    for at, story in enumerate(stories):
        key: object = at if story is None else story
        found[key] = max(found.get(key, 0.0), float(best[at]))
    return np.array([strength for strength in found.values() if strength > 0])


def _level(strengths: Any, allowed: float) -> float:
    """Return the lowest level that at most ``allowed`` of ``strengths`` reach, and ``HIGHEST``."""
    most = math.floor(allowed + 1e-9)
    if len(strengths) <= most:
        return 0.0
    first_out = float(np.sort(strengths)[::-1][most])
    step = 10**_DIGITS
    return float(min((math.floor(first_out * step) + 1) / step, HIGHEST))


def _precision(told: Any, seed: int) -> tuple[float | None, float | None, float | None]:
    if not len(told):
        return None, None, None
    draws = np.random.default_rng(seed).choice(told, (_DRAWS, len(told))).mean(axis=1)
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return round(float(told.mean()), 4), round(float(low), 4), round(float(high), 4)


def _number(value: object, highest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a value in it is not a number")
    if not 0 <= value <= highest or math.isinf(value):
        raise ValueError(f"{value} is out of range")
    return float(value)
