"""The realignment index: where the evidence of the last weeks points, story by story.

What is counted, every constant and its source, and what the index cannot say: docs/index.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy.engine import Connection

from alerts.resampling import intervals
from alerts.shift import REFERENCE, Balance, Shift, shifts
from alerts.weights import Weight, weights
from archive import leanings
from archive.leanings import Leaning
from archive.types import Direction

WINDOW = 56
"""Days whose evidence counts: four half-lives, so that a day's value rests on these alone."""
HALF_LIFE = 14.0
"""Days after which evidence counts half."""
LEAST_STORIES, LEAST_ORIGINS = 8, 4
"""With fewer stories or owners in the window there is not enough evidence for a value."""
WARM_UP = 60
"""Days before the first one asked for that shifts are looked for from."""
_WEEK = timedelta(days=7)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class IndexDay:
    """The index at the end of one UTC day.

    ``away`` and ``toward`` are the decayed weights of the window's evidence. ``value`` is between
    -1 (toward Russia) and +1 (away), with its 90 % interval from ``low`` to ``high``; all three
    are None when there is not enough evidence. ``stories`` and ``origins`` are how many stories
    and independent owners it rests on.
    """

    day: date
    away: float
    toward: float
    value: float | None
    low: float | None
    high: float | None
    stories: int
    origins: int

    @property
    def missing(self) -> str:
        """What is not enough, in words; empty when there is a value."""
        if self.value is not None:
            return ""
        if self.stories < LEAST_STORIES:
            said = f"{self.stories} stor{'y' if self.stories == 1 else 'ies'}"
            return f"not enough evidence: {said} in the window, {LEAST_STORIES} needed"
        said = f"{self.origins} independent origin{'s' * (self.origins != 1)}"
        return f"not enough evidence: {said} in the window, {LEAST_ORIGINS} needed"


@dataclass(frozen=True, slots=True)
class Index:
    """The index day by day, oldest first, without a gap.

    ``shifts`` are on days that it shows, but for the last, which may not be over.
    """

    days: tuple[IndexDay, ...]
    shifts: tuple[Shift, ...]

    @property
    def latest(self) -> IndexDay:
        """The last day."""
        return self.days[-1]

    @property
    def sentence(self) -> str:
        """The last day in one sentence: number, interval, what it rests on, how it has moved."""
        last = self.latest
        if last.value is None or last.low is None or last.high is None:
            return f"Realignment index: {last.missing}."
        said = (
            f"Realignment index {last.value:+.2f}, {heading(last.value)} (90 % interval "
            f"{last.low:+.2f} to {last.high:+.2f}; {last.stories} stories of {last.origins} "
            f"independent origins in {WINDOW} days){self._moved(last.day, last.value)}"
        )
        if self.shifts:
            newest = self.shifts[-1]
            said += f"; a shift {newest.direction} was found on {newest.day:%-d %B}"
        return f"{said}."

    def _moved(self, day: date, value: float) -> str:
        before = next((d.value for d in self.days if d.day == day - _WEEK), None)
        if before is None:
            return ""
        change = round(value - before, 2)
        return f", {change:+.2f} in a week" if change else ", unchanged in a week"


def heading(value: float) -> str:
    """Return where a value points, in words."""
    if abs(value) < 0.005:
        return "evenly balanced"
    return "away from Russia" if value > 0 else "toward Russia"


def read_index(connection: Connection, now: datetime, days: int) -> Index:
    """Return the index of the ``days`` that end with the UTC day of ``now``.

    It rests on what the archive holds and nothing else: the same stories give the same index,
    whatever was asked for before, and a day's value is the same however many days are asked for.

    Args:
        connection: the archive, for reading.
        now: what was published after it is left out.
        days: how many, 1 or more.
    """
    last = now.astimezone(UTC).date()
    first = last - timedelta(days=days - 1)
    return index_of(weights_of(read_leanings(connection, now, days), now, days), first, last)


def read_leanings(connection: Connection, now: datetime, days: int) -> list[Leaning]:
    """Return the leanings that the index of ``days`` rests on, as ``read_index`` reads them."""
    return leanings.between(connection, datetime.combine(_earliest(now, days), time(), UTC), now)


def weights_of(found: Sequence[Leaning], now: datetime, days: int) -> list[Weight]:
    """Return what leanings weigh that were read for the index of ``days``."""
    earliest = _earliest(now, days)
    return [one for one in weights(found) if one.day >= earliest]


def articles_in_window(found: Sequence[Leaning], day: date) -> int:
    """Return how many articles with evidence the window that ends with ``day`` holds."""
    first = first_of_window(day)
    days = ((one.article_id, one.published.astimezone(UTC).date()) for one in found)
    return len({article for article, own in days if first <= own <= day})


def first_of_window(day: date) -> date:
    """Return the first day whose evidence counts on ``day``."""
    return day - timedelta(days=WINDOW - 1)


def _earliest(now: datetime, days: int) -> date:
    first = now.astimezone(UTC).date() - timedelta(days=days - 1)
    return first - REFERENCE - timedelta(days=WARM_UP)


def index_of(found: Sequence[Weight], first: date, last: date) -> Index:
    """Return the index of the days from ``first`` to ``last`` that weights amount to."""
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    spans = intervals(found, shown, window=WINDOW, half_life=HALF_LIFE)
    columns = _columns(found)
    days = tuple(_day(day, columns, span) for day, span in zip(shown, spans, strict=True))
    valued = {one.day for one in days if one.value is not None}
    moved = shifts(_balances(found, last))
    return Index(days, tuple(one for one in moved if one.day in valued))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Weights as arrays: their days, sides, stories and owners as numbers."""

    day: Numbers
    is_away: npt.NDArray[np.bool_]
    story: Numbers
    family: Numbers
    weight: npt.NDArray[np.float64]


def _columns(found: Sequence[Weight]) -> _Columns:
    return _Columns(
        np.array([one.day.toordinal() for one in found], dtype=np.int64),
        np.array([one.direction is Direction.AWAY for one in found], dtype=np.bool_),
        _numbered([one.story_id for one in found]),
        _numbered([one.family for one in found]),
        np.array([one.weight for one in found], dtype=np.float64),
    )


def _numbered(names: Sequence[str]) -> Numbers:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _day(day: date, all_weights: _Columns, span: tuple[float, float]) -> IndexDay:
    age = day.toordinal() - all_weights.day
    own = (age >= 0) & (age < WINDOW)
    counts = all_weights.weight[own] * 0.5 ** (age[own] / HALF_LIFE)
    is_away = all_weights.is_away[own]
    away, toward = float(counts[is_away].sum()), float(counts[~is_away].sum())
    stories = len(np.unique(all_weights.story[own]))
    origins = len(np.unique(all_weights.family[own]))
    if stories < LEAST_STORIES or origins < LEAST_ORIGINS:
        return IndexDay(day, away, toward, None, None, None, stories, origins)
    value = (away - toward) / (away + toward)
    low, high = min(value, span[0]), max(value, span[1])
    return IndexDay(day, away, toward, value, low, high, stories, origins)


def decayed(one: Weight, day: date) -> float:
    """Return what a weight still counts for at the end of ``day``, which is not before its own."""
    return float(one.weight * 0.5 ** ((day - one.day).days / HALF_LIFE))


def _balances(found: Sequence[Weight], last: date) -> dict[date, Balance]:
    """Return what each day before ``last``, which may not be over, has of its own."""
    sums: dict[date, list[float]] = {}
    for one in found:
        if one.day < last and one.weight:
            own = sums.setdefault(one.day, [0.0, 0.0])
            own[one.direction is Direction.TOWARD] += one.weight
    return {day: Balance(*own) for day, own in sums.items()}
