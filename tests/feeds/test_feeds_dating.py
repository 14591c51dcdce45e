"""The date of an article: the feed's first, the page's as a check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.types import Entry
from feeds.dating import checked_date

SEEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SAID = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ENTRY = Entry("f", "g", "u", "u", "T", "x", published=SAID, date_flag="ok")


@pytest.mark.parametrize(
    ("said", "on_page", "published", "flag"),
    [
        (SAID, "", SAID, "ok"),
        (SAID, "nonsense", SAID, "ok"),
        (SAID, "2026-03-01T00:00:00+0000", SAID, "ok"),
        (SAID, "2026-02-28T00:00:00+0000", SAID, "ok"),  # a day, told in another zone
        (SAID, "2026-02-20T00:00:00+0000", SAID, "disputed"),
        (SAID, "2026-03-20T00:00:00+0000", SAID, "disputed"),
        (None, "2026-02-20T08:00:00+0400", datetime(2026, 2, 20, 4, tzinfo=UTC), "ok"),
        (None, "", None, "missing"),
        (None, "2031-01-01T00:00:00+0000", SEEN, "bad"),
        (SEEN + timedelta(days=9), "", SEEN, "bad"),
        (
            SEEN + timedelta(days=9),
            "2026-03-01T08:00:00+0000",
            SAID.replace(hour=8, minute=0),
            "bad",
        ),
        (SEEN + timedelta(days=9), "2031-01-01T00:00:00+0000", SEEN, "bad"),
        (SEEN + timedelta(hours=20), "", SEEN + timedelta(hours=20), "ok"),
    ],
)
def test_dates(said: datetime | None, on_page: str, published: datetime | None, flag: str) -> None:
    entry = replace(ENTRY, published=said, date_flag="ok" if said else "missing")
    assert checked_date(entry, on_page, SEEN, SEEN) == (published, flag)


def test_a_page_without_a_zone_is_read_in_the_outlets() -> None:
    entry = replace(ENTRY, published=None, date_flag="missing")
    found = checked_date(entry, "2026-03-01T10:00:00", SEEN, SEEN, "Asia/Yerevan")
    assert found == (datetime(2026, 3, 1, 6, tzinfo=UTC), "naive")


def test_a_date_that_was_ahead_of_the_first_sight_is_right_by_now() -> None:
    entry = replace(ENTRY, published=SEEN + timedelta(days=5))
    assert checked_date(entry, "", SEEN, SEEN + timedelta(days=5))[1] == "ok"
