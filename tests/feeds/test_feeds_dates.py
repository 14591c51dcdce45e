from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.dates import parse_date


def utc(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "moment", "flag"),
    [
        ("Mon, 01 Sep 2025 09:00:00 +0400", utc(2025, 9, 1, 5), "ok"),
        ("Mon, 1 Sep 25 09:00 GMT", utc(2025, 9, 1, 9), "ok"),
        ("Mon, 01 Sep 2025 09:00:00 MSK", utc(2025, 9, 1, 6), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 AMT", utc(2025, 9, 1, 6), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 AZT", utc(2025, 9, 1, 6), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 GET", utc(2025, 9, 1, 6), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 TRT", utc(2025, 9, 1, 7), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 IRST", utc(2025, 9, 1, 6, 30), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 EDT", utc(2025, 9, 1, 14), "ok"),
        ("Mon, 01 Sep 2025 10:00:00 XYZ", utc(2025, 9, 1, 10), "unknown_zone"),
        ("Mon, 01 Sep 2025 10:00:00", utc(2025, 9, 1, 10), "naive"),
        ("Tue, 02-Sep-2025 10:00:00 GMT", utc(2025, 9, 2, 10), "ok"),
        ("2025-09-01T10:00:00Z", utc(2025, 9, 1, 10), "ok"),
        ("2025-09-01T10:00:00.123456789+04:00", utc(2025, 9, 1, 6), "ok"),
        ("2025-09-01 10:00:00 UTC+4", utc(2025, 9, 1, 6), "ok"),
        ("2026-06-06 03:08:29", utc(2026, 6, 6, 3, 8, 29), "naive"),
        ("2025-09-01", utc(2025, 9, 1), "naive"),
        ("20250901T100000Z", utc(2025, 9, 1, 10), "ok"),
        ("1756706400", utc(2025, 9, 1, 6), "ok"),
        ("1756706400000", utc(2025, 9, 1, 6), "ok"),
        ("01.09.2025", utc(2025, 9, 1), "naive"),
        ("01/09/2025 14:35", utc(2025, 9, 1, 14, 35), "naive"),
        ("9/1/2025 6:00:00 PM", utc(2025, 9, 1, 18), "naive"),
        ("14:35 12/09/2025", utc(2025, 9, 12, 14, 35), "naive"),
        ("1 сентября 2025 г., 10:00 (МСК)", utc(2025, 9, 1, 7), "ok"),
        ("Пн, 01 сен 2025 10:00:00 +0300", utc(2025, 9, 1, 7), "ok"),
        ("5 мая 2025", utc(2025, 5, 5), "naive"),
        ("2025 թ. սեպտեմբերի 1, 10:00", utc(2025, 9, 1, 10), "naive"),
        ("01 Սեպտեմբեր 2025, 14:35", utc(2025, 9, 1, 14, 35), "naive"),
        ("հունվարի 5, 2025", utc(2025, 1, 5), "naive"),
        ("5 հունիսի 2025", utc(2025, 6, 5), "naive"),
        ("1 Յունուար 2025", utc(2025, 1, 1), "naive"),
        ("Sept. 1, 2025 3:15 p.m. EDT", utc(2025, 9, 1, 19, 15), "ok"),
        ("Thu, 01 Jan 2026 23:59:60 GMT", utc(2026, 1, 1, 23, 59, 59), "ok"),
        ("0001-01-01T00:00:00", None, "bad"),
        ("1970-01-01T00:00:00Z", None, "bad"),
        ("31.02.2025", None, "bad"),
        ("yesterday", None, "bad"),
        ("Mon, 01 Sep 2025 10:00:00 +9999", None, "bad"),
        ("  ", None, "missing"),
    ],
)
def test_dates(raw: str, moment: datetime | None, flag: str) -> None:
    assert parse_date(raw) == (moment, flag)


@pytest.mark.parametrize(
    ("raw", "zone", "moment", "flag"),
    [
        ("2026-06-06 03:08:29", "Asia/Yerevan", utc(2026, 6, 5, 23, 8, 29), "naive"),
        ("1 сентября 2025, 10:00", "Europe/Moscow", utc(2025, 9, 1, 7), "naive"),
        ("01.09.2025", "Asia/Baku", utc(2025, 8, 31, 20), "naive"),
        ("2025-07-01 12:00", "Europe/Brussels", utc(2025, 7, 1, 10), "naive"),
        ("2025-12-01 12:00", "Europe/Brussels", utc(2025, 12, 1, 11), "naive"),
        ("Mon, 01 Sep 2025 10:00:00 XYZ", "Asia/Yerevan", utc(2025, 9, 1, 6), "unknown_zone"),
        ("Mon, 01 Sep 2025 10:00:00 GMT", "Asia/Yerevan", utc(2025, 9, 1, 10), "ok"),
        ("1756706400", "Asia/Yerevan", utc(2025, 9, 1, 6), "ok"),
        ("2025-09-01 10:00", "Nowhere/Town", utc(2025, 9, 1, 10), "naive"),
        ("2025-09-01 10:00", "../../etc/passwd", utc(2025, 9, 1, 10), "naive"),
    ],
)
def test_dates_without_a_zone_are_the_outlets(
    raw: str, zone: str, moment: datetime, flag: str
) -> None:
    assert parse_date(raw, zone) == (moment, flag)


@given(st.text())
def test_never_raises(raw: str) -> None:
    moment, flag = parse_date(raw)
    assert (moment is None) == (flag in {"bad", "missing"})


zones = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2100, 1, 1), timezones=zones),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y %H:%M:%S %z", "%d %b %Y %H:%M:%S %z"]),
)
def test_dates_with_a_zone_survive_writing(moment: datetime, form: str) -> None:
    whole = moment.replace(microsecond=0)
    assert parse_date(whole.strftime(form)) == (whole, "ok")
