"""The auditor: what keeps the heartbeat back, and what does not."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest
from audit_kit import HOUR, MINUTE, NOW, SECRET, Watched, queue
from flows_kit import runs_of

from archive import ArchiveError, endpoints, heartbeats
from archive.heartbeats import Beat
from archive.types import FailureKind
from flows.auditing import AUDIT, HEARTBEAT
from flows.server import Server


class Usage(NamedTuple):
    """What ``shutil.disk_usage`` returns."""

    total: int
    used: int
    free: int


def test_when_all_is_well_one_get_goes_out_each_time(watched: Watched) -> None:
    assert watched.sent()
    assert watched.sent(5 * MINUTE)
    assert len(watched.monitor.asked) == 2
    beats = watched.beats()
    assert (beats[AUDIT].ok, beats[HEARTBEAT].ok, beats[HEARTBEAT].at) == (True, True, watched.now)


def test_without_an_address_nobody_is_told_and_all_is_well(watched: Watched) -> None:
    text = watched.home.config.read_text(encoding="utf-8")
    watched.home.config.write_text(text.partition("[audit]")[0], encoding="utf-8")
    found = watched.audit()
    assert (found.ok, found.sent, watched.monitor.asked) == (True, None, [])


def test_a_message_that_nobody_tries_stops_it(watched: Watched) -> None:
    queue(watched.archive, NOW - 10 * MINUTE)
    assert watched.sent()
    watched.cycles(3, NOW + 10 * MINUTE)
    line = watched.problem(10 * MINUTE)
    assert line.startswith("desk: 1 message has been due since 2026-03-04 11:50 UTC")
    assert "pivotwatch up" in line


def test_without_up_a_message_waits_for_the_end_of_a_whole_cycle(watched: Watched) -> None:
    watched.is_up = False
    queue(watched.archive, NOW - MINUTE)
    watched.cycle(NOW + 5 * MINUTE, None)
    watched.audited(30 * MINUTE)
    assert watched.sent()
    watched.cycle(NOW + 5 * MINUTE, NOW + 31 * MINUTE)
    line = watched.problem(5 * MINUTE)
    assert line.startswith("desk: 1 message")
    assert line.endswith(": see what `pivotwatch run --once` says of them")


def test_no_channel_that_works_stops_it_and_one_that_does_is_enough(watched: Watched) -> None:
    with watched.archive.write() as connection:
        endpoints.failed(connection, "desk", NOW - 2 * HOUR, "503 busy")
    line = watched.problem()
    assert line.startswith("no channel works, nobody can be told of alerts: desk: 503 busy; ")
    watched.configure('[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:9/2"\n')
    assert watched.sent()
    with watched.archive.write() as connection:
        endpoints.disable(connection, "ops", NOW)
    assert "; ops: disabled; " in watched.problem()


def test_a_channel_whose_every_address_is_disabled_reaches_nobody(watched: Watched) -> None:
    text = watched.home.config.read_text(encoding="utf-8").replace(
        '[[webhook]]\nname = "desk"\nurl = "http://127.0.0.1:9/"\n',
        '[email]\nhost = "h.example"\nfrom = "a@b.example"\n'
        'to = ["ani@d.example", "bo@d.example"]\n',
    )
    watched.home.config.write_text(text, encoding="utf-8")
    with watched.archive.write() as connection:
        endpoints.failed(connection, "email", NOW, "550 no", recipient="ani@d.example")
        endpoints.disable(connection, "email", NOW, recipient="ani@d.example")
    assert watched.sent(), "the other one is reached"
    with watched.archive.write() as connection:
        endpoints.disable(connection, "email", NOW, recipient="bo@d.example")
    said = "email to ani@d.example: 550 no; email to bo@d.example: disabled; "
    assert said in watched.problem()


def test_feeds_that_cannot_be_reached_stop_it(watched: Watched) -> None:
    """A fleet at once; of so few that each has its bad minutes, all of them for an hour."""
    lost = {"failures": 3, "error": "away", "failure": FailureKind.NETWORK}
    watched.feeds(3, failed_since=NOW - 59 * MINUTE, **lost)
    assert watched.sent()
    watched.feeds(3, failed_since=NOW - HOUR, **lost)
    assert watched.problem().startswith("none of 3 feeds could be reached")
    watched.feeds(6, failed_since=NOW, **lost)
    assert watched.problem().startswith("6 of 6 feeds could not be reached")


def test_a_monitor_that_watches_nothing_is_not_well(watched: Watched) -> None:
    watched.feeds(0)
    assert watched.problem().startswith("no feed is watched: `pivotwatch feeds import")


def test_a_full_disk_stops_it(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    text = watched.home.config.read_text(encoding="utf-8")
    text = text.replace("least_free_megabytes = 0", "least_free_megabytes = 200")
    watched.home.config.write_text(text, encoding="utf-8")
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**10, 0, 199_000_000))
    line = watched.problem()
    assert line.startswith(f"{watched.home.root}: 199 MB free, less than [audit] ")
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**10, 0, 201_000_000))
    assert watched.sent()


def test_no_usable_model_stops_it_and_a_last_good_one_is_only_noted(watched: Watched) -> None:
    models = watched.home.models
    models.mkdir()
    (models / "current.json").write_text('{"model": "m_gone"}', encoding="utf-8")
    assert "m_gone.skops" in watched.problem()
    good = models / "m_good.skops"
    good.write_bytes(b"")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (models / "m_good.json").write_text(f'{{"sha256": "{digest}"}}', encoding="utf-8")
    found = watched.audit()
    assert (found.ok, found.sent) == (True, True)
    assert "last good model m_good" in found.notes[0]


def test_a_database_that_cannot_be_written_stops_it(watched: Watched) -> None:
    with watched.archive.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(ArchiveError, match="readonly"):
        watched.audit()
    assert watched.monitor.asked == []


def test_the_flow_sends_it_and_shows_problems_where_prefect_shows_runs(
    prefect: Server, watched: Watched
) -> None:
    from flows.audit import AuditRequest
    from flows.audit import audit as flow

    with watched.archive.write() as connection:  # the flow's clock is the machine's
        heartbeats.put(connection, [Beat(AUDIT, NOW)])
    request = AuditRequest(home=watched.home.root)
    assert asyncio.run(flow(request)) == ()
    assert len(watched.monitor.asked) == 1
    watched.configure("[schedule]\nwatch_every = 5\n")
    with watched.archive.write() as connection:
        endpoints.failed(connection, "desk", NOW, "503 busy")
    found = asyncio.run(flow(request))
    assert isinstance(found, tuple)
    assert [line[:16] for line in found] == ["no channel works"]
    assert len(watched.monitor.asked) == 1
    newest, first = runs_of(prefect.api_url, watched.home)
    assert (newest["state_name"], first["state_name"]) == ("Problems", "Completed")
    assert newest["state"]["message"] == "1 problem: no heartbeat was sent"
    assert SECRET not in str((newest, first))
