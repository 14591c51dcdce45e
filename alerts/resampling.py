"""The interval of the realignment index: how far it moves when other stories had come to light.

Stories are weighed anew, not articles, as what is told of one event is not independent. Source: D.
B. Rubin, "The Bayesian Bootstrap", Annals of Statistics 9, 1981, the smooth form of B. Efron,
"Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7, 1979: in place of how
often a story is drawn stands a draw from the standard exponential law. Each story has draws of its
own, made from its id, so that a day's interval depends on no story outside its window.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from alerts.weights import Weight
from archive.types import Direction

RESAMPLES = 1000
PERCENT = (5.0, 95.0)

Floats = npt.NDArray[np.float64]


def intervals(
    found: Sequence[Weight],
    days: Sequence[date],
    *,
    window: int,
    half_life: float,
    prior: float,
) -> list[tuple[float, float]]:
    """Return the 90 % interval of the index for each day; the days are consecutive.

    It is rounded to six digits, so that the order of a sum does not show.

    Args:
        found: what each story's origins weigh, and when.
        days: the days, oldest first.
        window: how many days count.
        half_life: after how many days they count half.
        prior: the weight that the index supposes to be evenly balanced.
    """
    oldest = days[0] - timedelta(days=window - 1)
    names = sorted({one.story_id for one in found if oldest <= one.day <= days[-1]})
    draws = _draws(names)
    away = draws @ _decayed(found, names, days, Direction.AWAY, window, half_life)
    toward = draws @ _decayed(found, names, days, Direction.TOWARD, window, half_life)
    values = (away - toward) / (away + toward + prior)
    low, high = np.percentile(values, PERCENT, axis=0)
    return [(round(float(a), 6), round(float(b), 6)) for a, b in zip(low, high, strict=True)]


def _draws(names: Sequence[str]) -> Floats:
    """Return how much each story counts in each resample, a row a resample."""
    made = np.empty((len(names), RESAMPLES))
    for own, name in zip(made, names, strict=True):
        key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]
        bits = np.random.Philox(key=int.from_bytes(key, "big"))
        np.random.Generator(bits).standard_exponential(out=own)
    return made.T


def _decayed(
    found: Sequence[Weight],
    names: Sequence[str],
    days: Sequence[date],
    side: Direction,
    window: int,
    half_life: float,
) -> Floats:
    """Return what each story's evidence of one side counts for on each day, a row a story."""
    rows = {name: row for row, name in enumerate(names)}
    before = window - 1
    own = np.zeros((len(names), before + len(days)))
    for one in found:
        place = (one.day - days[0]).days + before
        if one.direction is side and 0 <= place < own.shape[1]:
            own[rows[one.story_id], place] += one.weight
    age = before + np.arange(len(days)) - np.arange(own.shape[1])[:, None]
    counts = np.where((age >= 0) & (age < window), 0.5 ** (age / half_life), 0.0)
    decayed: Floats = own @ counts
    return decayed
