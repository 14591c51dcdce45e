"""The realignment index on the terminal: ``pivotwatch index``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from alerts.chart import index_png
from alerts.index import Index, IndexDay, read_index
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
_HALF = 20  # signs on either side of the middle
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
    if plot is not None:
        replace_file(plot, index_png(found))
        say(f"{plot}: drawn")
    if as_json:
        show_json(_as_json(found))
        return
    out.print(table("Realignment index", _COLUMNS, _rows(found)))
    out.print(Text(found.sentence))
    for one in found.shifts:
        out.print(Text(f"{one.day:%Y-%m-%d}: {_shifted(one)}"))


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(index)


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


def _rows(found: Index) -> Iterator[tuple[object, ...]]:
    step = 1 if len(found.days) <= _DAILY else 7
    shown = found.days[::-1][::step][::-1]
    for place, one in enumerate(shown):
        since = shown[place - 1].day if place else None
        marks = [s for s in found.shifts if s.day <= one.day and (since is None or s.day > since)]
        yield (
            f"{one.day:%Y-%m-%d}",
            _bar(one),
            "–" if one.value is None else f"{one.value:+.2f}",
            _interval(one),
            one.stories,
            one.origins,
            _marks(marks),
        )


def _bar(one: IndexDay) -> Text:
    """Draw a day: a bar from the middle to its value, a line over the rest of its interval."""
    if one.value is None or one.low is None or one.high is None:
        return Text(one.missing, style="dim")
    value, low, high = (round(x * _HALF) for x in (one.value, one.low, one.high))
    style = _STYLES[Direction.AWAY if value >= 0 else Direction.TOWARD]
    made = Text()
    for place in range(-_HALF, _HALF + 1):
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
