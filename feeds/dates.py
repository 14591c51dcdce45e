"""Dates as feeds write them: RFC 822, ISO 8601, epochs, and prose in three languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

DateFlag = Literal["ok", "naive", "unknown_zone", "bad", "missing"]

# Minutes east of UTC. The names of RFC 822 §5.1, the common European ones, and those of the
# region, which RFC 822 lacks and parsers silently read as UTC. AMT is Armenia's, not Amazonia's.
_ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
    "MSK": 180, "MSD": 240, "МСК": 180, "TRT": 180,
    "AMT": 240, "AMST": 300, "AZT": 240, "AZST": 300, "GET": 240, "GST": 240,
    "IRST": 210, "IRDT": 270,
}  # fmt: skip

# How the names of months begin: English, Russian, Armenian (both orthographies).
_MONTHS = (
    ("jan", "янв", "հունվ", "յունու", "հունու"),
    ("feb", "фев", "փետ"),
    ("mar", "мар", "մար"),
    ("apr", "апр", "ապր"),
    ("may", "май", "мая", "մայ"),
    ("jun", "июн", "հունիս", "յունիս"),
    ("jul", "июл", "հուլ", "յուլ"),
    ("aug", "авг", "օգոս", "օգս"),
    ("sep", "сен", "սեպ"),
    ("oct", "окт", "հոկ"),
    ("nov", "ноя", "նոյ"),
    ("dec", "дек", "դեկ"),
)
_OFFSET = r"(?:UTC|GMT)?\s?[+\-\u2212]\d{1,2}(?::?\d{2})?"
_TIME = re.compile(
    r"(?:^|(?<=[\sT,]))(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?\s*([AaPp]\.?[Mm](?![A-Za-z])\.?)?"
    rf"(?:\s*\(?({_OFFSET}|[A-ZМСК]{{1,5}})(?![\w]))?",
)
_COMPACT = re.compile(rf"(\d{{4}})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?\s?({_OFFSET}|Z)?)?")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_MONTH = re.compile(r"(?<![^\W\d_])(?:" + "|".join(f"({'|'.join(m)})" for m in _MONTHS) + ")")
_NUMBER = re.compile(r"\d+")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")
_FIRST_YEAR = 1990  # older ones are placeholders: 0001-01-01, 1970-01-01


def parse_date(raw: str, zone: str = "") -> tuple[datetime | None, DateFlag]:
    """Return the moment that ``raw`` names, in UTC, and how far it can be trusted.

    ``ok`` names its zone; ``naive`` names none and ``unknown_zone`` one that is not known, and
    both are read by ``zone``, the outlet's IANA time zone, or as UTC; ``bad`` could not be read
    and ``missing`` was empty: None. Dates in figures are read day first (01.09.2025), but month
    first with AM or PM (9/1/2025 6:00 AM).
    """
    text = " ".join(raw.split())[:100]
    if not text:
        return None, "missing"
    try:
        moment, flag = _read(text, _home(zone))
    except (ValueError, OverflowError):
        return None, "bad"
    if moment.year < _FIRST_YEAR:
        return None, "bad"
    return moment, flag


def _home(zone: str) -> tzinfo:
    try:
        return ZoneInfo(zone) if zone else UTC
    except (KeyError, ValueError, OSError):  # the catalogue tells who wrote it; here UTC must do
        return UTC


def _read(text: str, home: tzinfo) -> tuple[datetime, DateFlag]:
    if _EPOCH.fullmatch(text):
        figure = float(text)
        return datetime.fromtimestamp(figure / 1000 if figure > 1e11 else figure, UTC), "ok"
    if compact := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, zone = compact.groups()
        clock = (int(hour or 0), int(minute or 0), int(second or 0))
        return _in_utc((int(year), int(month), int(day)), clock, zone, home)
    time = _TIME.search(text)
    if time is None:
        return _in_utc(_day_of(text, month_first=False), (0, 0, 0), None, home)
    rest = f"{text[: time.start()]} {text[time.end() :]}"
    half = (time[4] or "").lower().replace(".", "")
    clock = (_hour(int(time[1]), half), int(time[2]), min(int(time[3] or 0), 59))
    return _in_utc(_day_of(rest, month_first=bool(half)), clock, time[5], home)


def _hour(hour: int, half: str) -> int:
    return hour % 12 + 12 * (half == "pm") if half else hour


def _day_of(text: str, *, month_first: bool) -> tuple[int, int, int]:
    if found := _YEAR_FIRST.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _YEAR_LAST.search(text):
        day, month = int(found[1]), int(found[3])
        if month > 12 or (month_first and found[2] == "/"):
            day, month = month, day
        return _full_year(found[4]), month, day
    named, figures = _MONTH.search(text.lower()), _NUMBER.findall(text)
    if not named or not named.lastindex or len(figures) < 2:
        raise ValueError(text)
    month = named.lastindex
    if len(figures[0]) == 4:
        return int(figures[0]), month, int(figures[1])
    return _full_year(figures[1]), month, int(figures[0])


def _full_year(figures: str) -> int:
    return int(figures) + (2000 if len(figures) == 2 else 0)


def _in_utc(
    day: tuple[int, int, int], clock: tuple[int, int, int], zone: str | None, home: tzinfo
) -> tuple[datetime, DateFlag]:
    minutes = _minutes_east(zone) if zone else None
    if minutes is not None:
        east = timezone(timedelta(minutes=minutes))
        return datetime(*day, *clock, tzinfo=east).astimezone(UTC), "ok"
    moment = datetime(*day, *clock, tzinfo=home).astimezone(UTC)
    return moment, "unknown_zone" if zone else "naive"


def _minutes_east(zone: str) -> int | None:
    figures = re.search(r"([+\-\u2212])(\d{1,2})(?::?(\d{2}))?$", zone)
    if figures is None:
        return _ZONES.get(zone)
    minutes = int(figures[2]) * 60 + int(figures[3] or 0)
    return minutes if figures[1] == "+" else -minutes
