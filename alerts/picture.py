"""The last days as a small picture inside an email, with a sentence that says what it shows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.days import finding
from alerts.payload import DayCount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_PNG = 40_000  # bytes
WIDTH, HEIGHT = 536, 132  # pixels as shown; the file has twice as many for fine screens
_PLATE = "#f3f5f8"  # a light ground of its own, so that a dark page does not swallow the words
_INK, _STORY, _OTHERS = "#4a5565", "#a4262c", "#b9c3cf"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file, the id that HTML names it by, and the sentence for those who do not see it."""

    png: bytes
    cid: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


def days_picture(days: Sequence[DayCount], cid: str) -> Picture | None:
    """Draw the days as bars, this story's in colour; None if the file would be too large."""
    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.figure import Figure

    with rc_context({k: v for k, v in rcParamsDefault.items() if k != "backend"}):
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=200, facecolor=_PLATE)
        _draw(figure.add_axes((0.06, 0.2, 0.92, 0.62)), days)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    png = file.getvalue()
    return Picture(png, cid, finding(days)) if len(png) <= MAX_PNG else None


def _draw(axes: Axes, days: Sequence[DayCount]) -> None:
    places = range(len(days))
    own = [one.story for one in days]
    axes.bar(places, own, color=_STORY, width=0.72, label="this story")
    rest = [one.every - one.story for one in days]
    axes.bar(places, rest, bottom=own, color=_OTHERS, width=0.72, label="other stories")
    axes.set_facecolor(_PLATE)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_OTHERS)
    top = max((one.every for one in days), default=0) or 1
    axes.set_ylim(0, top * 1.1)
    axes.set_yticks([0, top], ["0", str(top)], color=_INK, fontsize=7)
    shown = [place for place in places if (len(days) - 1 - place) % 3 == 0]
    axes.set_xticks(shown, [f"{days[p].day:%-d %b}" for p in shown], color=_INK, fontsize=7)
    axes.tick_params(length=0)
    axes.set_title("Texts with evidence a day", loc="left", color=_INK, fontsize=7.5, pad=5)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 0.98), ncols=2, frameon=False,
        fontsize=7, labelcolor=_INK, handlelength=0.9, borderaxespad=0,
    )  # fmt: skip
