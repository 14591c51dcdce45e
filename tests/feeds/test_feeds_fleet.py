"""Telling our own network's failure from the feeds', and moves from their own domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.types import Entry, FailureKind, Feed, FeedState, NoticeKind, Pause
from feeds import fleet
from feeds.asking import Answer, Failure
from feeds.settings import FeedsSettings

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
SETTINGS = FeedsSettings()
FEED = Feed("f_1", "https://news.example/rss", "Outlet", "en")
STATE = FeedState("f_1", last_polled=NOW - timedelta(minutes=10), items=3)
PAUSE = Pause("news.example", NOW, "429 Too Many Requests")


def answers(count: int, kind: FailureKind | None = None, **before: object) -> list[Answer]:
    known = replace(STATE, **before)  # type: ignore[arg-type]
    failure = None if kind is None else Failure(kind, "a line")
    return [Answer(FEED, known, known, failure=failure)] * count


@pytest.mark.parametrize(
    ("heard", "ours"),
    [
        (answers(3, FailureKind.NETWORK) + answers(2), True),
        (answers(3, FailureKind.NETWORK) + answers(3), False),
        (answers(4, FailureKind.NETWORK), False),
        (answers(9, FailureKind.HTTP), False),
        (answers(9, FailureKind.NETWORK, failure=FailureKind.NETWORK), False),
        (answers(5, FailureKind.NETWORK) + answers(9, failure=FailureKind.NETWORK), True),
        (answers(5, FailureKind.NETWORK, failure=FailureKind.HTML), True),
        (answers(5, FailureKind.NETWORK) + [Answer(FEED, STATE, STATE, pause=PAUSE)] * 9, True),
        ([], False),
    ],
)
def test_it_is_our_network_when_most_of_those_that_were_there_are_away(
    heard: list[Answer], ours: bool
) -> None:
    tally = fleet.Tally()
    for start in range(0, len(heard), 4):
        tally.add(heard[start : start + 4])
    assert tally.is_our_network is ours


def test_a_gap_in_which_nobody_looked_is_not_the_feeds() -> None:
    arrived = NOW - timedelta(minutes=90)
    entry = Entry("f_1", "g", "https://news.example/1", "https://news.example/1", "T", "x")
    known = replace(STATE, last_changed=arrived, gaps=tuple(range(100)))

    def gaps(before: FeedState) -> tuple[int, ...]:
        answer = Answer(FEED, before, before, document=True, entries=(entry,))
        return fleet.settle(answer, 1, 0, NOW, SETTINGS).state.gaps

    assert gaps(known) == (*range(1, 100), 90)
    assert gaps(replace(known, last_polled=NOW - timedelta(hours=4))) == known.gaps
    assert gaps(replace(known, failures=2)) == known.gaps
    assert gaps(replace(known, last_changed=NOW + timedelta(days=365))) == known.gaps


@pytest.mark.parametrize(
    ("target", "days", "adopted", "told"),
    [
        ("https://www.news.example/feed", 2, False, False),
        ("https://www.news.example/feed", 3, True, False),
        ("https://news.example.org/rss", 30, False, True),
        ("http://203.0.113.7/rss", 30, False, True),
    ],
)
def test_a_move_is_plain_only_within_the_registered_domain(
    target: str, days: int, adopted: bool, told: bool
) -> None:
    state = replace(STATE, moved_to=target, moved_since=NOW - timedelta(days=days))
    outcome = fleet.settle(Answer(FEED, STATE, state), 0, 0, NOW, SETTINGS)
    assert outcome.adopt == (target if adopted else None)
    assert [one.kind for one in outcome.notices] == [NoticeKind.MOVED] * told
