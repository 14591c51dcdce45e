"""``audit`` and what ``status`` says of it, for people and for cron."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from cli_kit import Terminal

from archive import Archive, cycles, feeds, heartbeats, ids
from archive.heartbeats import Beat
from archive.types import Cycle, Feed
from flows.auditing import AUDIT, HEARTBEAT, SINCE
from flows.cycle import clock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def archive(terminal: Terminal) -> Iterator[Archive]:
    """The terminal's database, in which a feed is watched and a cycle has just ended."""
    (terminal.root / "pivotwatch.toml").write_text(
        "[audit]\nleast_free_megabytes = 0\n", encoding="utf-8"
    )
    with closing(Archive(f"sqlite:///{terminal.root}/pivotwatch.db")) as opened:
        with opened.write() as connection:
            url = "https://ararat.example/rss"
            feeds.add(connection, [Feed(ids.feed_id(url), url, "Ararat", "en")], clock())
            cycles.save(connection, Cycle("c", clock() - MINUTE, clock(), {}))
        yield opened


def put(archive: Archive, *beats: Beat) -> None:
    with archive.write() as connection:
        heartbeats.put(connection, beats)


def test_an_audit_without_problems_is_one_line_and_exit_code_0(
    terminal: Terminal, archive: Archive
) -> None:
    assert "audit" in terminal("status").out
    assert terminal("status", "--json").json["audit"] is None
    assert "never yet" in terminal("status").out
    first = terminal("audit")
    assert (first.code, first.out, first.err) == (0, "audit: all is well\n", "")
    found = terminal("audit", "--json").json
    assert (found["ok"], found["problems"], found["notes"]) == (True, [], [])
    assert found["heartbeat"] == {"sent": None, "error": None}
    assert "ok 0 minutes ago" in terminal("status").out


def test_problems_are_a_line_each_and_exit_code_1(terminal: Terminal, archive: Archive) -> None:
    with archive.write() as connection:
        cycles.save(connection, Cycle("c", clock(), clock() - 50 * MINUTE, {}))
    answer = terminal("audit")
    (line,) = answer.problems
    assert (answer.code, answer.out) == (1, "")
    assert line.startswith("no cycle has begun since ")
    answer = terminal("audit", "--json")
    assert answer.code == 1
    assert answer.json["problems"] == [line]
    said = terminal("status").out
    assert "1 problem since " in said
    assert line in said
    state = terminal("status", "--json").json["audit"]
    assert (state["ok"], state["problems"], state["late"]) == (False, [line], False)


def test_a_heartbeat_that_does_not_arrive_is_told_and_is_no_problem(
    terminal: Terminal, archive: Archive
) -> None:
    config = terminal.root / "pivotwatch.toml"
    url = "http://127.0.0.1:1/sesame-canary"
    config.write_text(
        f'[net]\nallow = ["127.0.0.0/8"]\n[audit]\nleast_free_megabytes = 0\n'
        f'heartbeat_url = "{url}"\n',
        encoding="utf-8",
    )
    answer = terminal("audit")
    assert answer.code == 0
    assert answer.err.startswith("note: the heartbeat was not sent: no connection")
    said = terminal("status").out
    assert f"the heartbeat of {clock():%Y-%m-%d} " in said
    assert " UTC did not arrive: no connection" in said
    shown = answer.out + answer.err + said + terminal("status", "--json").out
    assert "sesame" not in shown
    config.write_text("[audit]\nleast_free_megabytes = 0\n", encoding="utf-8")
    assert "did not arrive" not in terminal("status").out, "there is no address any more"
    assert terminal("status", "--json").json["audit"]["heartbeat"] is None


def test_status_says_when_the_auditor_itself_does_not_run(
    terminal: Terminal, archive: Archive
) -> None:
    at = clock() - 20 * MINUTE
    put(archive, Beat(AUDIT, at), Beat(SINCE, at), Beat(HEARTBEAT, at))
    said = terminal("status").out
    run = "is `pivotwatch up`, cron or a worker running?"
    assert f"none since {at:%Y-%m-%d %H:%M} UTC: {run} It was ok" in said
    assert terminal("status", "--json").json["audit"]["late"] is True
