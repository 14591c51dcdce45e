"""``alerts ack|snooze|close|reopen|mute|unmute|mutes`` on one stored alert."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cli_kit import Terminal

from archive import Archive, actions, alerts, articles, feeds, stories, story_aliases
from archive.types import Alert, AlertRevision, Article, Feed, Reason

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TITLE = "A title with several longer words, incomprehensibilities notwithstanding"


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A terminal on a home with one alert, ``al_x``."""
    archive = Archive(f"sqlite:///{terminal.root}/pivotwatch.db")
    article = Article("a_x", "https://a.example/x", "A title", "Words.", "en", "Ledger", NOW, NOW)
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, "s_x", article, NOW)
        one = Alert("al_x", "csto-snub", "s_x", TITLE, 1, NOW, NOW)
        alerts.revise(connection, one, AlertRevision("al_x", 1, Reason.FIRST, {}, NOW))
    archive.close()
    return terminal


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("ack",), "acked"),
        (("snooze", "--for", "8h"), "snoozed"),
        (("close", "--why", "old news"), "closed"),
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


def test_the_list_is_readable_on_eighty_columns(desk: Terminal) -> None:
    shown = desk("alerts", "list", width=80).out
    assert "2026-03-04" in shown
    for words in ("A title with several longer words,", "notable, open, csto-snub"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 80


def actions_of(desk: Terminal) -> list[str]:
    archive = Archive(f"sqlite:///{desk.root}/pivotwatch.db")
    with archive.read() as connection:
        done = [one.action for one in actions.of_alert(connection, "al_x")]
    archive.close()
    return done


def test_what_is_done_twice_is_said_and_not_stored(desk: Terminal) -> None:
    assert desk("alerts", "reopen", "al_x", "--by", "Ani").problems == [
        "al_x: is open already; nothing was changed"
    ]
    assert desk("alerts", "ack", "al_x", "--by", "Ani").code == 0
    again = desk("alerts", "ack", "al_x", "--by", " Ani ")
    assert again.code == 1
    assert again.problems[0].startswith("al_x: is acknowledged by Ani since ")
    assert desk("alerts", "ack", "al_x", "--by", "Ben").code == 0, "somebody else takes over"
    assert desk("alerts", "close", "al_x", "--by", "Ben").code == 0
    assert desk("alerts", "close", "al_x", "--by", "Ben").code == 1
    assert desk("alerts", "reopen", "al_x", "--by", "Ani").code == 0
    assert desk("alerts", "reopen", "al_x", "--by", "Ben").code == 1
    assert actions_of(desk) == ["ack", "ack", "close", "reopen"]


def test_a_snooze_may_be_made_longer(desk: Terminal) -> None:
    for length in ("8h", "9h"):
        assert desk("alerts", "snooze", "al_x", "--for", length, "--by", "Ani").code == 0
    assert actions_of(desk) == ["snooze", "snooze"]


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


MUTE = ("--for", "7d", "--reason", "x", "--by", "Ani")


def test_what_is_not_there_is_not_muted(desk: Terminal) -> None:
    with_courier(desk)
    for kind, value, said in (
        ("rule", "realinment-index", "the nearest: realignment-index"),
        ("rule", "nix", "there are: csto-snub, realignment, realignment-index, "),
        ("outlet", "ledger", "the nearest: Ledger"),
        ("outlet", "Kurier", "the nearest: Courier"),
        ("outlet", "Nix", "there are: Courier, Ledger"),
        ("signal", "csto snub", "the nearest: csto_snub"),
        ("signal", "nix", "there are: arms_diversification, csto_snub, "),
        ("story", "s_y", "the nearest: s_x"),
        ("story", "al_x", "it is an alert, whose story is s_x"),
        ("story", "nothing", "`pivotwatch explain` shows the story of an alert"),
    ):
        done = desk("alerts", "mute", kind, value, *MUTE)
        assert done.code == 1
        (line,) = done.problems
        assert line.startswith(f"{kind} {value}: no such {kind}, so nothing is muted; {said}")
    assert desk("alerts", "mutes", "--all", "--json").json == []


def test_what_is_there_is_muted(desk: Terminal) -> None:
    with_courier(desk)
    for kind, value in (
        ("rule", "realignment-index"),
        ("rule", "csto-snub"),
        ("outlet", " Ledger "),
        ("outlet", "Courier"),
        ("signal", "csto_snub"),
        ("story", "s_x"),
        ("story", "s_merged"),
    ):
        assert desk("alerts", "mute", kind, value, *MUTE).code == 0
    assert len(desk("alerts", "mutes", "--json").json) == 7


def with_courier(desk: Terminal) -> None:
    """Watch a feed that has given nothing yet; let ``s_merged`` have become ``s_x``."""
    archive = Archive(f"sqlite:///{desk.root}/pivotwatch.db")
    with archive.write() as connection:
        feeds.add(connection, [Feed("f_c", "https://c.example/rss", "Courier", "en")], NOW)
        story_aliases.merge(connection, "s_merged", "s_x", NOW)
    archive.close()


def test_a_mute_without_reason_or_end_is_refused(desk: Terminal) -> None:
    assert desk("alerts", "mute", "outlet", "Ledger", "--for", "7d").code == 2
    assert desk("alerts", "mute", "outlet", "Ledger", "--reason", "x").code == 2
    assert desk("alerts", "mute", "planet", "Mars", "--for", "7d", "--reason", "x").code == 2
