"""Shifts: days from which on the balance of evidence is another one, found by two-sided CUSUM.

Source: E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; the tabular form and its
constants are those of D. C. Montgomery, "Introduction to Statistical Quality Control", ch. 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Shift:
    """``day`` is when the balance was found to have moved, ``since`` when that began."""

    day: date
    direction: Direction
    since: date


def shifts(balances: Mapping[date, float]) -> tuple[Shift, ...]:
    """Return the shifts in the days' balances, oldest first; days that are not there add nothing.

    Each balance is compared with the days of ``REFERENCE`` before it. After a shift both sums are
    0 again, and only days since it began are what is usual from then on.
    """
    found: list[Shift] = []
    sums = {Direction.AWAY: 0.0, Direction.TOWARD: 0.0}
    began: dict[Direction, date] = {}
    usual_from = date.min
    for day in sorted(balances):
        least = max(usual_from, day - REFERENCE)
        usual = [value for one, value in balances.items() if least <= one < day]
        if len(usual) < FEWEST:
            continue
        moved = _standardised(balances[day], usual)
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


def _standardised(balance: float, usual: list[float]) -> float:
    spread = max(float(np.std(usual, ddof=1)), LEAST_SPREAD)
    return min(CLIP, max(-CLIP, (balance - float(np.mean(usual))) / spread))
