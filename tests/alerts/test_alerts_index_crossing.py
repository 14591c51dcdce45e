"""When the realignment index is news, and what of it has been told before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from alerts_kit import NOW
from index_kit import DAY

from alerts.crossing import History, Told, crossing, prospect
from alerts.index import Index, IndexDay
from alerts.rule_settings import IndexSettings
from alerts.shift import Shift
from archive.types import Direction

AWAY, TOWARD = Direction.AWAY, Direction.TOWARD


def series(*values: float | None, shifted: Sequence[Shift] = ()) -> Index:
    """An index with these values, the last of them today's."""
    start = NOW.date() - (len(values) - 1) * DAY
    days = (
        IndexDay(
            start + n * DAY,
            1.0,
            1.0,
            value,
            None if value is None else value - 0.2,
            None if value is None else value + 0.2,
            20,
            9,
        )
        for n, value in enumerate(values)
    )
    return Index(tuple(days), tuple(shifted))


def ago(days: int) -> History:
    """That the index was told for the side away as many days ago."""
    return History(away=Told(crossing=NOW.date() - days * DAY))


@pytest.mark.parametrize(
    ("values", "last", "news"),
    [
        ((0.1, 0.3, 0.55), None, True),
        ((0.55, 0.6, 0.6), None, True),  # the first run over an archive
        ((0.1, 0.3, 0.49), None, False),
        ((0.1, 0.6, 0.55), ago(1), False),
        ((0.6, 0.45, 0.42, 0.55), ago(3), False),  # not low enough in between
        ((0.6, 0.45, 0.39, 0.55), ago(3), True),
        ((0.6, None, None, 0.55), ago(3), False),
        ((0.6, *[None] * 14, 0.55), ago(15), True),
        ((0.6, 0.7, 0.6), ago(-400), False),  # told by a clock that was wrong
        ((0.6, 0.39, 0.55), ago(-400), False),
        ((0.3, 0.55), History(away=Told(shift=NOW.date() - DAY)), True),
        ((-0.6, 0.55), History(toward=Told(crossing=NOW.date() - DAY)), True),
        ((0.6, 0.6), replace(ago(1), toward=Told(shift=NOW.date())), False),
        ((0.6, 0.7, None), None, False),
    ],
)
def test_the_index_must_have_been_well_below_before_it_is_told_again(
    values: tuple[float | None, ...], last: History | None, news: bool
) -> None:
    found = crossing(series(*values), last or History(), IndexSettings())
    assert (found is not None) == news


def test_an_interval_that_holds_nought_is_no_crossing() -> None:
    wide = series(0.1, 0.55)
    loose = replace(wide.latest, low=-0.05)
    assert crossing(Index((wide.days[0], loose), ()), History(), IndexSettings()) is None


def test_a_new_shift_is_told_and_an_old_one_is_not() -> None:
    shift = Shift(NOW.date() - 2 * DAY, TOWARD, NOW.date() - 5 * DAY)
    found = crossing(series(0.3, 0.2, 0.1, shifted=[shift]), ago(30), IndexSettings())
    assert found is not None
    assert (found.direction, found.since) == (TOWARD, shift.since)
    assert found.sentence == "The balance of evidence has shifted toward Russia since 27 February."
    away = IndexSettings(directions=("away",))
    assert crossing(series(0.3, 0.1, shifted=[shift]), History(), away) is None
    old = replace(shift, day=NOW.date() - 8 * DAY)
    assert crossing(series(0.3, 0.1, shifted=[old]), History(), IndexSettings()) is None


@pytest.mark.parametrize(
    ("told_of", "news"),
    [
        (Told(shift=NOW.date() - 4 * DAY), False),  # found earlier, with fewer reports of that day
        (Told(shift=NOW.date() - 6 * DAY), True),  # another one, from before this one began
        (Told(shift=NOW.date() + 400 * DAY), False),  # told by a clock that was wrong
        (Told(crossing=NOW.date() - 3 * DAY), False),  # told of the same movement already
        (Told(crossing=NOW.date() - 30 * DAY), True),
    ],
)
def test_a_shift_is_known_by_when_it_began(told_of: Told, news: bool) -> None:
    shift = Shift(NOW.date() - 2 * DAY, TOWARD, NOW.date() - 5 * DAY)
    index = series(0.3, 0.1, shifted=[shift])
    assert (crossing(index, History(toward=told_of), IndexSettings()) is not None) == news
    other = History(away=Told(NOW.date(), NOW.date()))
    assert crossing(index, other, IndexSettings()) is not None


@pytest.mark.parametrize(
    ("values", "told", "settings", "said"),
    [
        ((None,), History(), {}, ""),
        ((0.3,), History(), {}, "threshold +0.50: not reached, and no new shift: nothing is told."),
        ((-0.3,), History(), {"directions": ("away",)}, "it is not asked to tell this side."),
        ((0.55,), History(), {"threshold": 0.55}, "the next cycle tells it"),
        ((0.42,), History(), {"threshold": 0.4}, "the next cycle tells it"),
        ((-0.31,), History(), {"threshold": 0.3}, "nearer end, -0.11, is not beyond -0.15."),
        ((0.6, 0.45, 0.55), ago(2), {}, "decided on 2 March 2026; it is told again after a fall"),
    ],
)
def test_the_index_says_why_it_is_or_is_not_told(
    values: tuple[float | None, ...], told: History, settings: dict[str, object], said: str
) -> None:
    found = prospect(series(*values), told, IndexSettings.model_validate(settings))
    assert found.endswith(said) or said in found
    assert bool(found) == bool(said)
