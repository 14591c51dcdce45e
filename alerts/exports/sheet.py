"""Alerts as CSV for spreadsheets (RFC 4180), a row for each, with every formula defused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from alerts.clean import clean
from alerts.exports.record import Record, places, plain, utc
from alerts.rendering import letter

COLUMNS = (
    "alert_id", "rule", "story_id", "state", "severity", "revision", "reason", "opened", "updated",
    "signal", "signal_name", "direction", "probability", "likelihood", "threshold", "confidence",
    "reliability", "credibility", "story_title", "news", "outlets", "independent_origins", "quotes",
    "urls", "model_id",
)  # fmt: skip
_BLANK = '\\s"\ufeff\u00ad\u200b-\u200d\u2060'
_FORMULA = re.compile(f"(^|[;\\t\\r\\n])([{_BLANK}]*)([=+\\-@\uff1d\uff0b\uff0d\uff20])")
Cell = str | int | float


def sheet(records: Sequence[Record]) -> bytes:
    """Return the rows below a row of names, in UTF-8 with the mark that spreadsheets look for.

    Texts are in quotes and numbers are not, so that a text stays one cell whatever the program
    takes for a separator.
    """
    into = io.StringIO(newline="")
    writer = csv.writer(into, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in records:
        writer.writerow(_safe(cell) for cell in _row(one))
    return into.getvalue().encode("utf-8-sig")


def defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe stands before such.

    One does so, too, where a cell or a row would begin for a program that takes semicolons or
    tabs for separators.
    """
    return _FORMULA.sub(r"\1'\2\3", text)


def _safe(cell: Cell) -> Cell:
    return defused(plain(cell)) if isinstance(cell, str) else cell


def _row(one: Record) -> tuple[Cell, ...]:
    a, alert = one.payload, one.alert
    return (
        alert.id, alert.rule, alert.story_id, alert.state, a.severity, a.revision, a.reason.value,
        utc(alert.opened).isoformat(), utc(alert.updated).isoformat(), a.signal.code,
        clean(a.signal.name), a.direction.value, round(a.probability, 4), a.likelihood,
        round(a.threshold, 4), a.confidence, min(map(letter, a.letters), default="F"),
        a.credibility.number, clean(a.story.title), clean(a.news, 1_000),
        "; ".join(clean(outlet) for outlet in a.outlets), len(a.origins),
        "\n\n".join(quote.text for quote in a.passages), "\n".join(p.url for p in places(a)),
        a.model_id,
    )  # fmt: skip
