"""The realignment index as bars of table cells, for a digest's HTML without a picture."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.index import Index

_DAYS = 28


@dataclass(frozen=True, slots=True)
class IndexBar:
    """One day's bar in pixels: ``up`` is away from Russia, ``down`` toward; neither: no value."""

    up: int
    down: int


def index_bars(index: Index, full: int) -> tuple[IndexBar, ...]:
    """Return a bar for each of the last four weeks' days, the longest ``full`` pixels.

    There is none when no day has a value.
    """
    values = [one.value for one in index.days[-_DAYS:]]
    most = max((abs(value) for value in values if value is not None), default=0.0)
    return tuple(_bar(value, most, full) for value in values) if most else ()


def _bar(value: float | None, most: float, full: int) -> IndexBar:
    if value is None:
        return IndexBar(0, 0)
    height = max(1, round(abs(value) / most * full))
    return IndexBar(height, 0) if value >= 0 else IndexBar(0, height)
