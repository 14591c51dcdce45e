"""Shifts: days from which on the balance of evidence is another one, found by two-sided CUSUM.

Source: E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; the tabular form and its
constants are those of D. C. Montgomery, "Introduction to Statistical Quality Control", ch. 9. A
day is judged by how much evidence it has, as a share is in a p-chart with samples of unequal size
(the same, ch. 7), so that more evidence of the usual kind is no shift.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from archive.types import Direction

ALLOWANCE = 0.5
"""``k``, in standard deviations: half of the smallest shift that is looked for."""
DECISION = 5.0
"""``h``, in standard deviations: a sum above it is a shift."""
CLIP = 3.0
"""No day counts for more standard deviations, so that it takes three days at least."""
REFERENCE = timedelta(days=56)
"""How far back the usual balance is taken from."""
FEWEST = 10
"""Days with evidence that the usual balance is taken from at least."""
LEAST_SPREAD = 0.15
"""A standard deviation below it is taken for this: a few even days do not make a law."""
PULL = 2.0
"""Sure reports, evenly split, that are added to what is usual before its spread is worked out:
evidence that has all pointed one way does not prove that it always will."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What a day's evidence of each side weighs, without decay; one of them is above 0."""

    away: float
    toward: float

    @property
    def weight(self) -> float:
        """All of it."""
        return self.away + self.toward

    @property
    def value(self) -> float:
        """Where it points, from -1 (all of it toward Russia) to +1."""
        return (self.away - self.toward) / self.weight


@dataclass(frozen=True, slots=True)
class Shift:
    """``day`` is when the balance was found to have moved, ``since`` when that began."""

    day: date
    direction: Direction
    since: date


def shifts(balances: Mapping[date, Balance]) -> tuple[Shift, ...]:
    """Return the shifts in the days' balances, oldest first; days that are not there add nothing.

    Each balance is compared with the days of ``REFERENCE`` before it. After a shift both sums are
    0 again, and only days since it began are what is usual from then on.
    """
    found: list[Shift] = []
    sums = {Direction.AWAY: 0.0, Direction.TOWARD: 0.0}
    began: dict[Direction, date] = {}
    usual_from = date.min
    days = sorted(balances)
    own = [balances[day] for day in days]
    for place, day in enumerate(days):
        least = max(usual_from, day - REFERENCE)
        usual = own[bisect_left(days, least) : place]
        if len(usual) < FEWEST:
            continue
        moved = _standardised(own[place], usual)
        for direction, signed in ((Direction.AWAY, moved), (Direction.TOWARD, -moved)):
            if not sums[direction]:
                began[direction] = day
            sums[direction] = max(0.0, sums[direction] + signed - ALLOWANCE)
        over = next((one for one, total in sums.items() if total > DECISION), None)
        if over is not None:
            found.append(Shift(day, over, began[over]))
            usual_from = began[over]
            sums = dict.fromkeys(sums, 0.0)
    return tuple(found)


def _standardised(one: Balance, usual: Sequence[Balance]) -> float:
    """Return how far a day is from what is usual, in standard deviations of a day of its weight.

    The variance of a report is that of a choice between two sides, or what the usual days have
    shown where that is more; that of what is usual, which is not known for sure, is added.
    """
    weight = sum(day.weight for day in usual)
    mean = sum(day.away - day.toward for day in usual) / weight
    chance = 1 - (mean * weight / (weight + PULL)) ** 2
    seen = sum(day.weight * (day.value - mean) ** 2 for day in usual) / (len(usual) - 1)
    spread = sqrt(max(chance, seen) * (1 / one.weight + 1 / weight))
    return min(CLIP, max(-CLIP, (one.value - mean) / max(spread, LEAST_SPREAD)))
