"""The interval of the realignment index: how far it moves when other stories had come to light.

Stories are weighed anew, not articles, as what is told of one event is not independent. Source: D.
B. Rubin, "The Bayesian Bootstrap", Annals of Statistics 9, 1981, the smooth form of B. Efron,
"Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7, 1979: in place of how
often a story is drawn stands a draw from the standard exponential law. Each story has draws of its
own, made from its id, so that a day's interval depends on no story outside its window.

Stories that all point one way would have no interval: half a sure report for either side is added
to each resample, as in the interval of Jeffreys (L. D. Brown, T. T. Cai and A. DasGupta, "Interval
Estimation for a Binomial Proportion", Statistical Science 16, 2001).
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
UNSEEN = 0.5
"""Sure and fresh reports that are added for either side."""
AT_ONCE = 1000
"""Stories that are added up in one go: 8 MB of draws."""
_SIDES = (Direction.AWAY, Direction.TOWARD)

Floats = npt.NDArray[np.float64]


def intervals(
    found: Sequence[Weight], days: Sequence[date], *, window: int, half_life: float
) -> list[tuple[float, float]]:
    """Return the 90 % interval of the index for each day; the days are consecutive.

    It is rounded to six digits, so that the order of a sum does not show.

    Args:
        found: what each story's origins weigh, and when.
        days: the days, oldest first.
        window: how many days count.
        half_life: after how many days they count half.
    """
    before = window - 1
    sums = [np.repeat(UNSEEN * _draws([side.value]), len(days), axis=1) for side in _SIDES]
    stories = _by_story(found, days[0] - timedelta(days=before), days[-1])
    for start in range(0, len(stories), AT_ONCE):
        part = stories[start : start + AT_ONCE]
        draws = _draws([own[0].story_id for own in part])
        oldest = min(one.day for own in part for one in own)
        newest = max(one.day for own in part for one in own) + timedelta(days=before)
        first = max(0, (oldest - days[0]).days)
        touched = days[first : (newest - days[0]).days + 1]
        for total, side in zip(sums, _SIDES, strict=True):
            counts = _decayed(part, touched, side, window, half_life)
            total[:, first : first + len(touched)] += draws @ counts
    away, toward = sums
    low, high = np.percentile((away - toward) / (away + toward), PERCENT, axis=0)
    return [(round(float(a), 6), round(float(b), 6)) for a, b in zip(low, high, strict=True)]


def _by_story(found: Sequence[Weight], oldest: date, newest: date) -> list[list[Weight]]:
    """Return the weights of those days, story by story, the earliest first: neighbours in time."""
    stories: dict[str, list[Weight]] = {}
    for one in found:
        if oldest <= one.day <= newest:
            stories.setdefault(one.story_id, []).append(one)
    return sorted(stories.values(), key=lambda own: (min(w.day for w in own), own[0].story_id))


def _draws(names: Sequence[str]) -> Floats:
    """Return how much each story counts in each resample, a row a resample."""
    made = np.empty((len(names), RESAMPLES))
    for own, name in zip(made, names, strict=True):
        key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]
        bits = np.random.Philox(key=int.from_bytes(key, "big"))
        np.random.Generator(bits).standard_exponential(out=own)
    return made.T


def _decayed(
    part: Sequence[Sequence[Weight]],
    days: Sequence[date],
    side: Direction,
    window: int,
    half_life: float,
) -> Floats:
    """Return what each story's evidence of one side counts for on each day, a row a story."""
    before = window - 1
    own = np.zeros((len(part), before + len(days)))
    for row, weights in enumerate(part):
        for one in weights:
            place = (one.day - days[0]).days + before
            if one.direction is side and 0 <= place < own.shape[1]:
                own[row, place] += one.weight
    age = before + np.arange(len(days)) - np.arange(own.shape[1])[:, None]
    counts = np.where((age >= 0) & (age < window), 0.5 ** (age / half_life), 0.0)
    decayed: Floats = own @ counts
    return decayed
