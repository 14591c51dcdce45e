"""Alerts for other programs: feeds, threat platforms, spreadsheets, calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.engine import Connection

from alerts.exports.atom import atom
from alerts.exports.calendar import calendar
from alerts.exports.lines import lines
from alerts.exports.misp import misp
from alerts.exports.record import Record
from alerts.exports.sheet import sheet
from alerts.exports.stix import stix
from alerts.payload import read_payload
from archive import told

__all__ = ["FORMATS", "Record", "records"]

FORMATS: Mapping[str, Callable[[Sequence[Record]], bytes]] = MappingProxyType(
    {
        "atom": atom,
        "stix": stix,
        "misp": misp,
        "csv": sheet,
        "jsonl": lines,
        "icalendar": calendar,
    }
)
"""What writes each format: from the alerts to the file's bytes."""


def records(connection: Connection, since: datetime | None) -> tuple[Record, ...]:
    """Return the alerts that were updated at ``since`` or later, or all, the oldest first."""
    found = told.newest(connection, since)
    return tuple(Record(one, read_payload(last.payload)) for one, last in found)
