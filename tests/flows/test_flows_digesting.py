"""How far back a digest goes, who has it already, and when the weekly one is due."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import Digest, build_digest
from archive import Archive, digests, endpoints, upgrade
from flows.digesting import editions, next_starts, not_mailed, note_taken
from flows.home import Home
from flows.settings import ConfigError, Settings, load

NOW = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANI, DAVIT = "ani@desk.example", "davit@desk.example"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    path = tmp_path_factory.mktemp("digests") / "pivotwatch.db"
    with closing(Archive(f"sqlite:///{path}")) as made:
        upgrade(made)
        yield made


def ends(archive: Archive, kind: str, end: datetime, *addresses: str) -> None:
    with archive.write() as connection:
        for address in addresses:
            digests.taken(connection, kind, address, end)


def start(archive: Archive, *addresses: str, weekly: bool = False) -> timedelta:
    """How far back a digest goes that is due now."""
    (found,) = next_starts(archive, addresses, NOW, weekly=weekly)
    return NOW - found


def test_a_digest_begins_where_the_last_one_ended(archive: Archive) -> None:
    """A run that is late, early by a little, or was missed leaves nothing out.

    It begins a little earlier, for the decisions that were on their way then.
    """
    more = timedelta(minutes=2)
    first = "one@desk.example"
    assert start(archive, first) == DAY
    assert start(archive) == DAY
    assert start(archive, first, weekly=True) == 7 * DAY
    for ago, back in (
        (DAY - timedelta(seconds=20), DAY - timedelta(seconds=20) + more),
        (DAY + timedelta(minutes=40), DAY + timedelta(minutes=40) + more),
        (3 * DAY, 3 * DAY + more),  # two were missed
        (4 * HOUR, DAY),  # one was asked for in between: the day is whole all the same
        (40 * DAY, DAY),  # it was switched off for long
        (-2 * HOUR, DAY),  # a wrong clock
    ):
        ends(archive, "daily", NOW - ago, first)
        assert start(archive, first) == back, ago
    assert start(archive, first, weekly=True) == 7 * DAY
    ends(archive, "weekly", NOW - 14 * DAY, first)
    assert start(archive, first, weekly=True) == 14 * DAY + more


def test_who_missed_a_digest_has_it_in_the_next(archive: Archive) -> None:
    """One content for each beginning; who is disabled for mail waits for the next one."""
    people = ("b1@desk.example", "b2@desk.example", "missed@desk.example", "off@desk.example")
    ends(archive, "daily", NOW - DAY, "b1@desk.example", "b2@desk.example")
    ends(archive, "daily", NOW - 2 * DAY, "missed@desk.example", "off@desk.example")
    with archive.write() as connection:
        endpoints.disable(connection, "email", NOW, recipient="off@desk.example")
    email = {"host": "mail.example", "from": "w@desk.example", "to": people}
    settings = Settings.model_validate({"email": email, "schedule": {"timezone": "Asia/Tokyo"}})
    made = editions(archive, settings, NOW, weekly=False)
    more = timedelta(minutes=2)
    assert [(NOW - one.content.since, one.to) for one in made] == [
        (DAY + more, people[:2]),
        (2 * DAY + more, people[2:3]),
    ]
    (asked,) = editions(archive, settings, NOW, weekly=False, hours=3)
    assert (NOW - asked.content.since, asked.to) == (3 * HOUR, people[:3])
    late = NOW + 10 * HOUR  # 2 in the morning in Tokyo
    (_, _) = found = editions(archive, settings, late, weekly=False)
    assert {one.content.title for one in found} == {"digest of 5 March 2026"}


def test_nobody_is_mailed_twice_or_at_a_disabled_address(archive: Archive) -> None:
    content: Digest = build_digest(archive, NOW - DAY, NOW, "", {})
    assert not_mailed(archive, content, (ANI, DAVIT)) == set()
    note_taken(archive, content, ANI)
    assert not_mailed(archive, content, (ANI, DAVIT)) == {ANI}
    with archive.write() as connection:
        endpoints.disable(connection, "email", NOW, recipient=DAVIT)
        endpoints.disable(connection, "email", NOW, recipient="other@desk.example")
    assert not_mailed(archive, content, (ANI, DAVIT)) == {ANI, DAVIT}
    ends(archive, "daily", NOW + 400 * DAY, ANI)  # the clock was ahead for once
    later = build_digest(archive, NOW, NOW + DAY, "", {})
    assert not_mailed(archive, later, (ANI, DAVIT)) == {DAVIT}


@pytest.mark.parametrize(
    "value", ["monday 08:00", "mon", "08:00", "mon 8:00", "mon 24:00", "xyz 08:00"]
)
def test_a_wrong_weekday_or_time_is_one_line_with_the_remedy(tmp_path: Path, value: str) -> None:
    home = Home(tmp_path)
    home.config.write_text(f'[schedule]\nweekly_at = "{value}"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(home)
    assert caught.value.lines == [
        f"{home.config}: [schedule] weekly_at = {value!r}: not a weekday and a time; "
        'write one like "mon 08:00", or "" for no weekly digest'
    ]
