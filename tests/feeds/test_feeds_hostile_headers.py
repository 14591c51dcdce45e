"""One odd answer must never stop the other feeds, nor an odd date the alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feeds.item import LONGEST_GUID, Item, entry_of
from feeds.schedule import LONGEST_RETRY_AFTER, after_failure, page_retry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=10)


@pytest.mark.parametrize(
    "header",
    [
        "Mon Dec 31 99999999999999999999 23:59:59",
        "Mon, 99 Foo 2026 25:61:61 GMT",
        "9" * 400,
        "-1",
        "soon",
        "\x00",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ],
)
def test_no_retry_after_header_raises_or_waits_longer_than_a_day(header: str) -> None:
    when = after_failure("f_1", NOW, MINUTES, 1, header)
    assert NOW < when <= NOW + LONGEST_RETRY_AFTER


def test_page_retries_grow_and_stay_bounded() -> None:
    waits = [page_retry(NOW, attempts) - NOW for attempts in range(40)]
    assert waits == sorted(waits)
    assert waits[-1] <= timedelta(hours=6)


def make_item(**changes: str) -> Item:
    said = dict.fromkeys(Item.__dataclass_fields__, "")
    return Item(**(said | {"link": "https://outlet.example/a", "title": "T"} | changes))


def test_an_overlong_guid_is_shortened_and_stays_distinct() -> None:
    one = entry_of(make_item(guid="x" * 3_999 + "1"), "f_1", "https://outlet.example/")
    two = entry_of(make_item(guid="x" * 3_999 + "2"), "f_1", "https://outlet.example/")
    assert one is not None
    assert two is not None
    assert one.guid != two.guid
    assert len(one.guid) <= LONGEST_GUID


def test_an_overlong_address_is_no_entry() -> None:
    item = make_item(link="https://outlet.example/" + "a" * 3_000)
    assert entry_of(item, "f_1", "https://outlet.example/") is None
