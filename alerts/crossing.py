"""When the realignment index itself is news: it has crossed its threshold, or has shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.index import WINDOW, Index, IndexDay, decayed, first_of_window
from alerts.rule_settings import INDEX_RULE, IndexSettings
from alerts.weights import Weight
from archive.types import Direction

REARM = 0.8
"""The index must have fallen below this share of its threshold before it is told again."""
SURE = 0.5
"""The interval's nearer end must be this share of the threshold or more: of few stories a value
beyond it comes by chance (``./run bench index``)."""
FADED = 14
"""Days without enough evidence after which a new value is news, whatever it was before."""
FRESH = timedelta(days=7)
"""A shift that was found longer ago is history: a first run over an old archive is silent on it."""
_BOTH = (Direction.AWAY, Direction.TOWARD)


@dataclass(frozen=True, slots=True)
class Told:
    """What was decided on last for one side: the UTC day of a crossing, a shift's last day."""

    crossing: date | None = None
    shift: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What was decided on last, side by side: what is told of one says nothing on the other."""

    away: Told = Told()
    toward: Told = Told()

    def of(self, side: Direction) -> Told:
        """Return what was told for a side."""
        return self.away if side is Direction.AWAY else self.toward


@dataclass(frozen=True, slots=True)
class Crossing:
    """``direction`` is what the index is told for, ``since`` the first day that led to it.

    ``shift`` is the day on which it was found when it is a shift, else None.
    """

    direction: Direction
    since: date
    sentence: str
    shift: date | None = None


def crossing(index: Index, told: History, settings: IndexSettings) -> Crossing | None:
    """Return why the index is told now, or None.

    It has crossed when it is at its threshold or further, and its whole interval beyond half of
    that. It
    is told again for the same side only after it had fallen below ``REARM`` of the threshold on a
    day between, or had no value on ``FADED`` of them. A shift is told when it began after all
    that was told for its side. A day that has not come yet was told by a wrong clock: it counts
    as today.
    """
    wanted = {Direction(one) for one in settings.directions}
    found = (_crossed(index, told, settings.threshold, side) for side in _BOTH if side in wanted)
    return next((one for one in found if one is not None), None) or _shifted(index, told, wanted)


def prospect(index: Index, told: History, settings: IndexSettings) -> str:
    """Say in a sentence why the index as it is would, or would not, be told; empty without one."""
    last = index.latest
    if last.value is None:
        return ""
    news = crossing(index, told, settings)
    if news is not None:
        return (
            f"Rule {INDEX_RULE}: the next cycle tells it, unless it is muted or over the budget. "
            f"{news.sentence}"
        )
    side = Direction.AWAY if last.value >= 0 else Direction.TOWARD
    mark, sign = settings.threshold, 1 if side is Direction.AWAY else -1
    rule = f"Rule {INDEX_RULE}, threshold {sign * mark:+.2f}"
    if side.value not in settings.directions:
        return f"{rule}: it is not asked to tell this side."
    if abs(last.value) < mark:
        return f"{rule}: not reached, and no new shift: nothing is told."
    bound = _bound(last, side)
    if bound is None or bound < SURE * mark:
        near = "unknown" if bound is None else f"{sign * bound:+.2f}"
        return (
            f"{rule}: reached, but nothing is told, as the interval's nearer end, {near}, is not "
            f"beyond {sign * SURE * mark:+.2f}."
        )
    known = told.of(side).crossing
    when = f", and decided on {known:%-d %B %Y}" if known else ""
    return f"{rule}: reached{when}; it is told again after a fall below {sign * REARM * mark:+.2f}."


def strongest(
    found: Sequence[Weight], direction: Direction, since: date, today: date
) -> tuple[str, ...]:
    """Return the stories by what they add to one side today, the most first.

    Only evidence from ``since`` on counts, or all of the window where there is none.
    """
    sums: dict[str, float] = {}
    for least in (since, first_of_window(today)):
        for one in found:
            if one.direction is direction and least <= one.day <= today:
                sums[one.story_id] = sums.get(one.story_id, 0.0) + decayed(one, today)
        if sums:
            break
    return tuple(sorted(sums, key=lambda story: (-sums[story], story)))


def _crossed(index: Index, told: History, threshold: float, side: Direction) -> Crossing | None:
    last = index.latest
    value, bound = signed(last, side), _bound(last, side)
    if value is None or bound is None or value < threshold or bound < SURE * threshold:
        return None
    before = index.days[:-1]
    known = told.of(side).crossing
    if known is not None:
        between = [signed(one, side) for one in before if one.day >= min(known, last.day)]
        fallen = any(one is not None and one < REARM * threshold for one in between)
        if not fallen and between.count(None) < FADED:
            return None
    under = [one.day for one in before if (signed(one, side) or 0.0) < threshold]
    since = (under[-1] if under else last.day - timedelta(days=WINDOW)) + timedelta(days=1)
    mark = threshold if side is Direction.AWAY else -threshold
    return Crossing(side, since, f"The realignment index is beyond {mark:+.2f}.")


def _shifted(index: Index, told: History, wanted: set[Direction]) -> Crossing | None:
    last = index.latest
    if last.value is None or not index.shifts:
        return None
    newest = index.shifts[-1]
    own = told.of(newest.direction)
    known = any(
        newest.since <= min(one, last.day) for one in (own.crossing, own.shift) if one is not None
    )
    if known or newest.direction not in wanted or last.day - newest.day >= FRESH:
        return None
    side = "away from" if newest.direction is Direction.AWAY else "toward"
    said = f"The balance of evidence has shifted {side} Russia since {newest.since:%-d %B}."
    return Crossing(newest.direction, newest.since, said, newest.day)


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
