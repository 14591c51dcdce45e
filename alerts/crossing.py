"""When the realignment index itself is news: it has crossed its threshold, or has shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.index import WINDOW, Index, IndexDay, decayed
from alerts.rule_settings import IndexSettings
from alerts.weights import Weight
from archive.types import Direction

REARM = 0.8
"""The index must have fallen below this share of its threshold before it is told again."""
FADED = 14
"""Days without enough evidence after which a new value is news, whatever it was before."""
FRESH = timedelta(days=7)
"""A shift that was found longer ago is history: a first run over an old archive is silent on it."""
_BOTH = (Direction.AWAY, Direction.TOWARD)


@dataclass(frozen=True, slots=True)
class Told:
    """On which UTC day the index was decided on last, and for which direction."""

    day: date
    direction: Direction


@dataclass(frozen=True, slots=True)
class Crossing:
    """``direction`` is what the index is told for, ``since`` the first day that led to it."""

    direction: Direction
    since: date
    sentence: str


def crossing(index: Index, told: Told | None, settings: IndexSettings) -> Crossing | None:
    """Return why the index is told now, or None.

    It has crossed when it is at its threshold or further, and its whole interval on that side. It
    is told again for the same side only after it had fallen below ``REARM`` of the threshold on a
    day between, or had no value on ``FADED`` of them, or for a shift that was found since.
    """
    wanted = {Direction(one) for one in settings.directions}
    found = (_crossed(index, told, settings.threshold, side) for side in _BOTH if side in wanted)
    return next((one for one in found if one is not None), None) or _shifted(index, told, wanted)


def strongest(
    found: Sequence[Weight], direction: Direction, since: date, today: date
) -> tuple[str, ...]:
    """Return the stories by what they add to one side today, the most first.

    Only evidence from ``since`` on counts, or all of the window where there is none.
    """
    sums: dict[str, float] = {}
    for least in (since, today - timedelta(days=WINDOW - 1)):
        for one in found:
            if one.direction is direction and least <= one.day <= today:
                sums[one.story_id] = sums.get(one.story_id, 0.0) + decayed(one, today)
        if sums:
            break
    return tuple(sorted(sums, key=lambda story: (-sums[story], story)))


def _crossed(index: Index, told: Told | None, threshold: float, side: Direction) -> Crossing | None:
    last = index.latest
    value, bound = signed(last, side), _bound(last, side)
    if value is None or bound is None or value < threshold or bound <= 0:
        return None
    before = index.days[:-1]
    if told is not None and told.direction is side:
        between = [signed(one, side) for one in before if one.day >= told.day]
        fallen = any(one is not None and one < REARM * threshold for one in between)
        if not fallen and between.count(None) < FADED:
            return None
    under = [one.day for one in before if (signed(one, side) or 0.0) < threshold]
    since = (under[-1] if under else last.day - timedelta(days=WINDOW)) + timedelta(days=1)
    mark = threshold if side is Direction.AWAY else -threshold
    return Crossing(side, since, f"The realignment index is beyond {mark:+.2f}.")


def _shifted(index: Index, told: Told | None, wanted: set[Direction]) -> Crossing | None:
    last = index.latest
    if last.value is None or not index.shifts:
        return None
    newest = index.shifts[-1]
    known = told is not None and newest.day <= told.day
    if known or newest.direction not in wanted or last.day - newest.day >= FRESH:
        return None
    side = "away from" if newest.direction is Direction.AWAY else "toward"
    said = f"The balance of evidence has shifted {side} Russia since {newest.since:%-d %B}."
    return Crossing(newest.direction, newest.since, said)


def signed(day: IndexDay, side: Direction) -> float | None:
    """Return how far a day's index is to one side; None when it has no value."""
    if day.value is None:
        return None
    return day.value if side is Direction.AWAY else -day.value


def _bound(day: IndexDay, side: Direction) -> float | None:
    """Return the end of the interval that is nearer to the other side."""
    if side is Direction.AWAY:
        return day.low
    return None if day.high is None else -day.high
