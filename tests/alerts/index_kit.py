"""What the tests of the realignment index share: many small stories, on days of one's choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from alerts_kit import MACHINE, NOW, PERSON, around, make, take
from decisions_kit import set_to

from alerts import AlertsSettings, Recipient
from alerts.cumulative import judge_index
from alerts.index import Index, read_index
from alerts.judge import Verdict
from archive import Archive
from archive.types import Article, Direction, Score, Traits

TODAY = NOW.date()
DAY = timedelta(days=1)
Pair = tuple[Article, Score]
QUIET = set_to(rules=[{"name": "never", "signals": ["csto_snub"], "min_origins": 20}])
"""No story is told for itself, so that what is told is the index."""


def report(
    number: int,
    days_ago: float = 1,
    side: Direction = Direction.AWAY,
    *,
    by: int | None = None,
    probability: float = 0.9,
    **more: object,
) -> Pair:
    """A report of event ``number`` by owner ``by``, unlike the report of any other event."""
    owner = number % 7 if by is None else by
    words = f"Point {number} of the list was settled in Gavar"
    toward = side is Direction.TOWARD
    values: dict[str, object] = {
        "outlet": f"Outlet {owner}",
        "title": f"Event {number}",
        "text": f"{words}. Report {owner} has more.",
        "hours": 10 - 24 * days_ago,
        "signal": "russia_reengagement" if toward else "csto_snub",
        "direction": side,
        "probability": probability,
        "traits": Traits(
            frozenset({f"concept{number}", f"thing{number}"}),
            frozenset({f"name{number}", str(1000 + number)}),
            frozenset({f"stem{number}", f"other{number}"}),
        ),
    }
    return make(f"e{number}o{owner}", **(values | more))  # type: ignore[arg-type]


def several(count: int, days_ago: float = 1, side: Direction = Direction.AWAY) -> list[Pair]:
    """Reports of as many events."""
    start = 100 if side is Direction.TOWARD else 0
    return [report(start + number, days_ago, side) for number in range(count)]


def index(archive: Archive, now: datetime = NOW, days: int = 30) -> Index:
    with archive.read() as connection:
        return read_index(connection, now, days)


def look(
    archive: Archive,
    now: datetime = NOW,
    settings: AlertsSettings = QUIET,
    recipients: Sequence[Recipient] = (PERSON, MACHINE),
) -> Verdict:
    """What the cumulative rule decides."""
    return judge_index(archive, around(settings, now, recipients))


def store(archive: Archive, pairs: Sequence[Pair], now: datetime = NOW) -> None:
    """Weigh articles without anybody being told."""
    take(archive, *pairs, settings=QUIET, now=now)


def day(back: int) -> date:
    return TODAY - back * DAY
