"""The realignment index as a picture, and as one line of signs for a reader without pictures."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from alerts.index import Index, IndexDay
from archive.types import Direction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 536, 240  # pixels as shown; the file has twice as many for fine screens
MOST_SIGNS = 45
_PLATE = "#f3f5f8"  # a light ground of its own, so that a dark page does not swallow the words
_INK, _RULE, _NONE = "#4a5565", "#b9c3cf", "#e2e6ec"
_AWAY, _TOWARD = "#a4262c", "#1f5fa8"
_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"


def index_png(index: Index) -> bytes:
    """Draw the index with its interval, and below it what weighs on either side, as a PNG file.

    Days without enough evidence are grey and have no line; a triangle marks a shift. The same
    index gives the same bytes.
    """
    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.figure import Figure

    with rc_context({k: v for k, v in rcParamsDefault.items() if k != "backend"}):
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=200, facecolor=_PLATE)
        upper = figure.add_axes((0.09, 0.42, 0.89, 0.46))
        lower = figure.add_axes((0.09, 0.1, 0.89, 0.25))
        _draw_values(upper, index)
        _draw_weights(lower, index)
        _date(lower, index)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def sparks(index: Index) -> str:
    """Return the index as signs from first to last day, at most ``MOST_SIGNS``, with their key.

    With more days than that each sign is the last day of several.
    """
    step = math.ceil(len(index.days) / MOST_SIGNS)
    shown = index.days[::-1][::step][::-1]
    signs = "".join(_sign(one) for one in shown)
    return (
        f"{index.days[0].day:%-d %b} {signs} {index.latest.day:%-d %b} "
        f"({_BLOCKS[0]} toward, {_BLOCKS[-1]} away; {_GAP} not enough evidence)"
    )


def _sign(one: IndexDay) -> str:
    if one.value is None:
        return _GAP
    return _BLOCKS[min(len(_BLOCKS) - 1, int((one.value + 1) / 2 * len(_BLOCKS)))]


def _draw_values(axes: Axes, index: Index) -> None:
    places = range(len(index.days))
    values = [math.nan if d.value is None else d.value for d in index.days]
    low = [math.nan if d.low is None else d.low for d in index.days]
    high = [math.nan if d.high is None else d.high for d in index.days]
    _dress(axes)
    for place, day in zip(places, index.days, strict=True):
        if day.value is None:
            axes.axvspan(place - 0.5, place + 0.5, color=_NONE, linewidth=0)
    axes.axhline(0, color=_RULE, linewidth=0.8)
    axes.fill_between(places, low, high, color=_INK, alpha=0.18, linewidth=0)
    axes.plot(places, values, color=_INK, linewidth=1.4, marker=".", markersize=2)
    for shift in index.shifts:
        away = shift.direction is Direction.AWAY
        place = (shift.day - index.days[0].day).days
        axes.plot(
            [place], [0.9 if away else -0.9], marker="^" if away else "v",
            color=_AWAY if away else _TOWARD, markersize=5, linestyle="none",
        )  # fmt: skip
    axes.set_ylim(-1.08, 1.08)
    axes.set_yticks([-1, 0, 1], ["toward", "0", "away"], color=_INK, fontsize=7)
    axes.set_xticks([])
    axes.set_title(_title(index), loc="left", color=_INK, fontsize=7.5, pad=5)


def _draw_weights(axes: Axes, index: Index) -> None:
    places = range(len(index.days))
    _dress(axes)
    axes.bar(places, [d.away for d in index.days], color=_AWAY, width=0.8)
    axes.bar(places, [-d.toward for d in index.days], color=_TOWARD, width=0.8)
    axes.axhline(0, color=_RULE, linewidth=0.8)
    most = max((max(d.away, d.toward) for d in index.days), default=0.0) or 1.0
    axes.set_ylim(-most * 1.05, most * 1.05)
    axes.set_yticks([-most, most], [f"{most:.1f}"] * 2, color=_INK, fontsize=7)


def _date(axes: Axes, index: Index) -> None:
    step = max(1, len(index.days) // 7)
    shown = list(range(len(index.days) - 1, -1, -step))[::-1]
    words = [f"{index.days[place].day:%-d %b}" for place in shown]
    axes.set_xticks(shown, words, color=_INK, fontsize=7)


def _dress(axes: Axes) -> None:
    axes.set_facecolor(_PLATE)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
    axes.margins(x=0.01)


def _title(index: Index) -> str:
    last = index.latest
    if last.value is None or last.low is None or last.high is None:
        return f"Realignment index: {last.missing}"
    span = f"90 % interval {last.low:+.2f} to {last.high:+.2f}"
    return (
        f"Realignment index {last.value:+.2f} on {last.day:%-d %B} ({span}; {last.stories} stories)"
    )
