"""``alerts ack|snooze|close|reopen|mute|unmute|mutes`` on one stored alert."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cli_kit import Terminal

from archive import Archive, alerts, articles, stories
from archive.types import Alert, AlertRevision, Article, Reason

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A terminal on a home with one alert, ``al_x``."""
    archive = Archive(f"sqlite:///{terminal.root}/pivotwatch.db")
    article = Article("a_x", "https://a.example/x", "A title", "Words.", "en", "Ledger", NOW, NOW)
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, "s_x", article, NOW)
        one = Alert("al_x", "csto-snub", "s_x", "A title", 1, NOW, NOW)
        alerts.revise(connection, one, AlertRevision("al_x", 1, Reason.FIRST, {}, NOW))
    archive.close()
    return terminal


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("ack",), "acked"),
        (("snooze", "--for", "8h"), "snoozed"),
        (("close", "--why", "old news"), "closed"),
        (("reopen",), "open"),
    ],
)
def test_an_alert_gets_a_state_from_somebody(
    desk: Terminal, words: tuple[str, ...], state: str
) -> None:
    done = desk("alerts", words[0], "al_x", *words[1:], "--by", "Ani")
    assert done.code == 0
    assert f"al_x: {state} by Ani" in done.err + done.out
    assert [row["state"] for row in desk("alerts", "list", "--json").json] == [state]
    assert desk("alerts", words[0], "al_none", *words[1:]).code == 1


@pytest.mark.parametrize("length", ["8", "0h", "eight hours", "8w", "-1h"])
def test_a_length_of_time_is_a_number_and_a_unit(desk: Terminal, length: str) -> None:
    assert desk("alerts", "snooze", "al_x", f"--for={length}").code == 2


def test_a_mute_is_made_shown_and_lifted(desk: Terminal) -> None:
    made = desk(
        "alerts", "mute", "outlet", "Ledger", "--for", "7d", "--reason", "a test", "--by", "Ani"
    )
    assert made.code == 0
    (row,) = desk("alerts", "mutes", "--json").json
    assert (row["kind"], row["value"], row["author"], row["reason"]) == (
        "outlet",
        "Ledger",
        "Ani",
        "a test",
    )
    assert "Ledger" in desk("alerts", "mutes").out
    assert desk("alerts", "unmute", row["id"]).code == 0
    assert desk("alerts", "mutes", "--json").json == []
    (past,) = desk("alerts", "mutes", "--all", "--json").json
    assert past["lifted"] is not None
    assert desk("alerts", "unmute", row["id"]).problems == [
        f"{row['id']}: no such mute holds; `pivotwatch alerts mutes` shows them"
    ]


def test_a_mute_without_reason_or_end_is_refused(desk: Terminal) -> None:
    assert desk("alerts", "mute", "outlet", "Ledger", "--for", "7d").code == 2
    assert desk("alerts", "mute", "outlet", "Ledger", "--reason", "x").code == 2
    assert desk("alerts", "mute", "planet", "Mars", "--for", "7d", "--reason", "x").code == 2
