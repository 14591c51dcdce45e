"""The signals: what the model looks for, read from ``seeds/signals.toml``."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.types import Direction

from .errors import CorpusError
from .sources import line_of, read_text, toml_fault


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of the codebook.

    ``precision`` is the threshold policy: alert from the probability on at which this share of
    the held-out articles was right. ``event_type`` is the PLOVER type; direction is never
    derived from it.
    """

    code: str
    name: str
    definition: str
    does_not_count: str
    direction: Direction
    event_type: str
    precision: float


def load_signals(path: Path) -> tuple[Signal, ...]:
    """Return the signals of ``path`` in file order; raise ``CorpusError`` naming every fault."""
    text = read_text(path)
    try:
        tables = tomllib.loads(text).get("signal", [])
    except tomllib.TOMLDecodeError as error:
        raise CorpusError([toml_fault(path, error)]) from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CorpusError([f"{path}:1: signal is no list of tables; write [[signal]]"])
    problems: list[str] = []
    signals: list[Signal] = []
    met: Counter[str] = Counter()
    for table in tables:
        needle = f'code = "{table.get("code")}"'
        met[needle] += 1
        where = f"{path}:{line_of(text, needle, met[needle])}"
        fault = _fault(table, {signal.code for signal in signals})
        if fault:
            problems.append(f"{where}: {fault}")
        else:
            signals.append(_signal(table))
    if not tables:
        problems.append(f"{path}:1: no [[signal]] in it; add at least one")
    if problems:
        raise CorpusError(problems)
    return tuple(signals)


def _fault(table: Mapping[str, object], seen: set[str]) -> str | None:
    for key in ("code", "name", "definition", "does_not_count", "direction", "event_type"):
        if not isinstance(table.get(key), str) or not table[key]:
            return f"signal without a text for {key!r}; add it"
    if table["code"] in seen:
        return f"signal {table['code']!r} is defined twice; keep one"
    if table["direction"] not in set(Direction):
        return f"direction {table['direction']!r} is unknown; use away, toward, mixed or none"
    precision = table.get("precision", 0.9)
    if not isinstance(precision, float) or not 0 < precision < 1:
        return f"precision {precision!r} is not between 0 and 1; write for example 0.9"
    return None


def _signal(table: Mapping[str, object]) -> Signal:
    return Signal(
        code=str(table["code"]),
        name=str(table["name"]),
        definition=str(table["definition"]),
        does_not_count=str(table["does_not_count"]),
        direction=Direction(str(table["direction"])),
        event_type=str(table["event_type"]),
        precision=float(str(table.get("precision", 0.9))),
    )
