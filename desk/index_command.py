"""The realignment index on the terminal: ``pivotwatch index``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from alerts.chart import index_png
from alerts.crossing import prospect
from alerts.cumulative import history_of
from alerts.index import LEAST_ORIGINS, LEAST_STORIES, Index, IndexDay, read_index
from alerts.shift import Shift
from archive.types import Direction
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import opened
from desk.replacing import replace_file
from desk.when import time_of
from flows import cycle

MOST_DAYS = 3660
LEAST_YEAR = 1900
_DAILY = 31  # so many days are shown one by one, more of them week by week
_WIDE = 120  # columns of a terminal; on a narrower one intervals and shifts have no column
_HALF, _NARROW_HALF = 20, 17  # signs on either side of the middle
_NEEDED = (
    f"not enough evidence: fewer than {LEAST_STORIES} stories or {LEAST_ORIGINS} independent "
    "origins in the window"
)
_STYLES = {Direction.AWAY: "red", Direction.TOWARD: "blue"}


def index(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How many days.")] = 90,
    until: Annotated[
        str, typer.Option(help="The last day, in UTC, such as 2026-03-04 (default: today).")
    ] = "",
    plot: Annotated[
        Path | None, typer.Option(help="Draw it into this PNG file too, replaced as a whole.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program to read.")
    ] = False,
) -> None:
    """Show where the evidence of the last weeks points: the realignment index."""
    if plot is not None and plot.suffix.lower() != ".png":
        raise typer.BadParameter(f"{plot}: a chart is a PNG file; write a name that ends with .png")
    last = _last(until)
    with opened() as desk, desk.archive.read() as connection:
        found = read_index(connection, last, days)
        said = "" if until else prospect(found, history_of(connection), desk.settings.alerts.index)
    if plot is not None:
        replace_file(plot, index_png(found))
        say(f"{plot}: drawn")
    if as_json:
        show_json(_as_json(found))
        return
    wide = out.width >= _WIDE
    columns = _COLUMNS if wide else _FEW
    out.print(table("Realignment index", columns, _rows(found, wide=wide)))
    if any(one.value is None for one in found.days[:-1]):
        out.print(Text(_NEEDED, style="dim"), soft_wrap=True)
    out.print(Text(found.sentence))
    if said:
        out.print(Text(said))
    for one in found.shifts:
        out.print(Text(f"{one.day:%Y-%m-%d}: {_shifted(one)}"))


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(index)


_FEW = ("day", "toward Russia │ away", "index", "stories", "origins")
_COLUMNS = ("day", "toward Russia │ away", "index", "90 % interval", "stories", "origins", "shift")


def _last(until: str) -> datetime:
    now = cycle.clock()
    when = time_of("--until", until)
    if when is None:
        return now
    if when.year <= LEAST_YEAR:  # before astimezone, which cannot go below the year 1
        raise DeskError(f"--until {until}: too long ago; name a day after the year {LEAST_YEAR}")
    if when.astimezone(UTC).date() > now.date():
        raise DeskError(f"--until {until}: has not come yet; name today or an earlier day")
    return min(now, datetime.combine(when.astimezone(UTC).date(), time.max, UTC))


def _rows(found: Index, *, wide: bool) -> Iterator[tuple[object, ...]]:
    """Yield a row for each day or week; those in a row without a value are one."""
    step = 1 if len(found.days) <= _DAILY else 7
    shown = found.days[::-1][::step][::-1]
    before = None
    for empty, run in groupby(shown, key=lambda one: one.value is None):
        days = list(run)
        for part in [days] if empty else [[one] for one in days]:
            first, last = part[0], part[-1]
            after = before
            before = last.day
            yield (
                f"{first.day:%Y-%m-%d}",
                _bar(first, last, _HALF if wide else _NARROW_HALF),
                "–" if last.value is None else f"{last.value:+.2f}",
                *([_interval(last)] if wide else []),
                _range(one.stories for one in part),
                _range(one.origins for one in part),
                *([_marks(_between(found.shifts, after, last.day))] if wide else []),
            )


def _between(shifts: Iterable[Shift], after: date | None, last: date) -> list[Shift]:
    return [one for one in shifts if one.day <= last and (after is None or one.day > after)]


def _range(counts: Iterable[int]) -> str:
    found = set(counts)
    low, high = min(found), max(found)
    return str(low) if low == high else f"{low}–{high}"


def _bar(first: IndexDay, last: IndexDay, half: int) -> Text:
    """Draw a day: a bar from the middle to its value, a line over the rest of its interval.

    Days from ``first`` to ``last`` without a value are words.
    """
    if last.value is None or last.low is None or last.high is None:
        until = f"to {last.day:%Y-%m-%d}: " if last is not first else ""
        return Text(f"{until}not enough evidence", style="dim")
    value, low, high = (round(x * half) for x in (last.value, last.low, last.high))
    style = _STYLES[Direction.AWAY if value >= 0 else Direction.TOWARD]
    made = Text()
    for place in range(-half, half + 1):
        if place == 0:
            made.append("│")
        elif min(0, value) <= place <= max(0, value):
            made.append("█", style)
        else:
            made.append("─" if low <= place <= high else " ", "dim")
    return made


def _interval(one: IndexDay) -> str:
    if one.low is None or one.high is None:
        return "–"
    return f"{one.low:+.2f} to {one.high:+.2f}"


def _marks(shifts: Iterable[Shift]) -> Text:
    made = Text()
    for one in shifts:
        made.append(f"{'▲' if one.direction is Direction.AWAY else '▼'} ", _STYLES[one.direction])
        made.append(f"{one.direction} ")
    return made


def _shifted(one: Shift) -> str:
    side = "away from" if one.direction is Direction.AWAY else "toward"
    return f"the balance of evidence has shifted {side} Russia since {one.since:%Y-%m-%d}"


def _as_json(found: Index) -> dict[str, object]:
    return {
        "sentence": found.sentence,
        "days": [
            {
                "day": one.day.isoformat(),
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "away": one.away,
                "toward": one.toward,
                "stories": one.stories,
                "origins": one.origins,
            }
            for one in found.days
        ],
        "shifts": [
            {
                "day": one.day.isoformat(),
                "direction": one.direction.value,
                "since": one.since.isoformat(),
            }
            for one in found.shifts
        ],
    }
