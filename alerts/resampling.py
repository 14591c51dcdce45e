"""The interval of the realignment index: how far it moves when other stories had come to light.

Stories are drawn anew, not articles, as what is told of one event is not independent. Source: B.
Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7, 1979. How often
a story is drawn follows a Poisson law of mean 1, which is what drawing n of n tends to (J. A.
Hanley and B. MacGibbon, "Creating Non-Parametric Bootstrap Samples Using Poisson Frequencies",
Computer Methods and Programs in Biomedicine 83, 2006): so each story has draws of its own, made
from its id, and a day's interval depends on no story outside its window.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from alerts.weights import Weight
from archive.types import Direction

RESAMPLES = 1000
PERCENT = (5.0, 95.0)

Floats = npt.NDArray[np.float32]


def intervals(
    found: Sequence[Weight],
    days: Sequence[date],
    *,
    window: int,
    half_life: float,
    prior: float,
) -> list[tuple[float, float]]:
    """Return the 90 % interval of the index for each day; the days are consecutive.

    Args:
        found: what each story's origins weigh, and when.
        days: the days, oldest first.
        window: how many days count.
        half_life: after how many days they count half.
        prior: the weight that the index supposes to be evenly balanced.
    """
    names = sorted({one.story_id for one in found})
    draws = _draws(names)
    away = draws @ _decayed(found, names, days, Direction.AWAY, window, half_life)
    toward = draws @ _decayed(found, names, days, Direction.TOWARD, window, half_life)
    values = (away - toward) / (away + toward + np.float32(prior))
    low, high = np.percentile(values, PERCENT, axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def _draws(names: Sequence[str]) -> Floats:
    """Return how often each story is in each resample, a row a resample."""
    made = np.empty((len(names), RESAMPLES), dtype=np.float32)
    for row, name in enumerate(names):
        seed = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8]
        made[row] = np.random.default_rng(int.from_bytes(seed)).poisson(1.0, RESAMPLES)
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
    own = np.zeros((len(names), before + len(days)), dtype=np.float32)
    for one in found:
        place = (one.day - days[0]).days + before
        if one.direction is side and 0 <= place < own.shape[1]:
            own[rows[one.story_id], place] += one.weight
    age = before + np.arange(len(days)) - np.arange(own.shape[1])[:, None]
    counts = np.where((age >= 0) & (age < window), 0.5 ** (age / half_life), 0.0)
    decayed: Floats = own @ counts.astype(np.float32)
    return decayed
