"""The flow ``watch`` on a real Prefect server: what is sent, what is shown, one at a time."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from flows_kit import announce, ask, command, run_watch, runs_of, tables_of
from newsroom_kit import TOLD, World, small_world

from archive import alerts as alert_store
from archive import articles, cycles, ids, only_one
from archive.types import OutboxState, Reason
from desk.live_commands import _watched, interruptible
from flows import cycle
from flows.reports import CycleReport
from flows.server import Server


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, trained: Path, prefect: Server
) -> Iterator[tuple[World, CycleReport]]:
    """A world after its first cycle; the tests that take it leave it as it is."""
    with small_world(tmp_path_factory.mktemp("told"), trained) as world:
        yield world, run_watch(world.home)


def test_a_cycle_reports_what_it_did(told: tuple[World, CycleReport]) -> None:
    world, report = told
    figures = report.as_dict()
    assert figures["feeds"] == {
        "polled": len(world.room.outlets) + 1,
        "unchanged": 0,
        "failed": 1,
        "troubled": 1,
    }
    assert figures["articles"] == {
        "new": len(world.visible()),
        "updated": 0,
        "duplicate": 1,
        "failed": 1,
    }
    assert figures["stories"]["new"] == len(TOLD)
    assert figures["alerts"] == {"sent": len(TOLD), "held": 0, "failed": 0}
    assert figures["evidence"] >= len(TOLD)
    assert not report.skipped
    assert len(report.errors) == 2
    with world.archive() as archive, archive.read() as connection:
        (kept,) = cycles.last(connection, 10)
    assert kept.report == figures
    assert kept.finished is not None


def test_each_message_arrives_once_and_quotes_word_for_word(
    told: tuple[World, CycleReport],
) -> None:
    world, _ = told
    assert len(world.received.mails) == len(world.received.hooks) == len(TOLD)
    assert world.arrivals() == dict.fromkeys((m.id for m in world.messages()), 1)
    printed = {world.room.url(a): "".join("".join(a.paragraphs).split()) for a in world.visible()}
    quotes = world.quotes()
    assert len(quotes) >= len(TOLD)
    for url, words in quotes:
        assert "".join(words.split()) in printed[url]
    texts = [m.get_body(("plain",)).get_content() for m in world.received.mails]
    mails = ["".join(re.sub(r"(?m)^ *> ", "", text).split()) for text in texts]
    for _, words in quotes:
        assert any("".join(words.split()) in mail for mail in mails)


def test_the_run_shows_its_stages_and_figures(
    told: tuple[World, CycleReport], prefect: Server
) -> None:
    world, report = told
    (run,) = runs_of(prefect.api_url, world.home)
    assert run["state_type"] == "COMPLETED"
    assert run["name"].startswith("watch")
    (flow,) = ask(prefect.api_url, "flows", {"flows": {"id": {"any_": [run["flow_id"]]}}})
    assert flow["name"] == "watch"

    mine = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    tasks = ask(prefect.api_url, "task_runs", mine | {"sort": "EXPECTED_START_TIME_ASC"})
    assert [(t["name"].rpartition("-")[0], t["tags"], t["state_type"]) for t in tasks] == [
        ("poll feeds", ["collect"], "COMPLETED"),
        ("collect articles", ["collect"], "COMPLETED"),
        ("weigh evidence", ["weigh"], "COMPLETED"),
        ("deliver alerts", ["deliver"], "COMPLETED"),
    ]
    tables = tables_of(prefect.api_url, run["id"])
    shown = {(row["what"], row["figure"]): row["count"] for row in tables["cycle"]}
    assert shown[("articles", "new")] == report.articles.new
    assert shown[("evidence", "pieces")] == report.evidence
    with world.archive() as archive, archive.read() as connection:
        raised = {alert.id for alert in alert_store.recent(connection, 100)}
    assert {row["id"] for row in tables["alerts"]} == raised


def test_the_next_cycle_tells_only_what_is_new(world: World, prefect: Server) -> None:
    run_watch(world.home)
    before = world.arrivals()

    assert run_watch(world.home).as_dict() | {"errors": [], "seconds": 0} == {
        "feeds": {"polled": 11, "unchanged": 10, "failed": 1, "troubled": 1},
        "articles": {"new": 0, "updated": 0, "duplicate": 0, "failed": 0},
        "evidence": 0,
        "stories": {"new": 0, "updated": 0},
        "alerts": {"sent": 0, "held": 0, "failed": 0},
        "errors": [],
        "seconds": 0,
        "skipped": False,
    }
    assert world.arrivals() == before

    world.room.cycle = 2  # one article is edited, and one more outlet reports a story
    report = run_watch(world.home)
    assert (report.articles.new, report.articles.updated) == (1, 1)
    assert (report.stories.new, report.alerts.sent) == (0, 1)
    fresh = world.arrivals() - before
    assert len(fresh) == 2
    assert set(fresh.values()) == {1}
    call = world.received.hooks[-1]["body"]
    assert (call["type"], call["data"]["revision"]) == ("alert.updated", 2)
    assert call["data"]["alert_id"] in {
        c["body"]["data"]["alert_id"] for c in world.received.hooks[:-1]
    }

    (edit,) = (a for a in world.visible() if a.revises)
    with world.archive() as archive, archive.read() as connection:
        edited = articles.get(connection, ids.article_id(world.room.url(edit)))
        alert = alert_store.get(connection, call["data"]["alert_id"])
        assert alert is not None
        revision = alert_store.revision(connection, alert.id, 2)
    assert edited is not None
    assert (edited.version, edited.title) == (2, edit.title)
    assert revision is not None
    assert revision.reason is Reason.NEW_INDEPENDENT_SOURCE


def test_a_second_watch_is_skipped_and_does_nothing(world: World, prefect: Server) -> None:
    from flows.watch import WatchRequest, watch

    request = WatchRequest(home=world.home.root, everything=True)
    with world.archive() as archive, only_one(archive, "watch"):
        state = asyncio.run(watch(request, return_state=True))
        with archive.read() as connection:
            assert cycles.last(connection) == []
            assert articles.count(connection) == 0
    assert (state.type.value, state.name) == ("COMPLETED", "Skipped")
    assert asyncio.run(state.aresult()) == CycleReport(skipped=True)
    (run,) = runs_of(prefect.api_url, world.home)
    assert run["state_name"] == "Skipped"
    assert world.arrivals() == {}


def test_a_patient_watch_waits_for_the_other_to_end(world: World, prefect: Server) -> None:
    freed: list[datetime] = []
    holding = threading.Event()

    def other() -> None:
        with world.archive() as archive, only_one(archive, "watch"):
            holding.set()
            threading.Event().wait(1.5)
            freed.append(cycle.clock())

    thread = threading.Thread(target=other)
    thread.start()
    assert holding.wait(10)
    report = run_watch(world.home, patience=60)
    thread.join()
    assert not report.skipped
    assert report.alerts.sent == len(TOLD)
    with world.archive() as archive, archive.read() as connection:
        (kept,) = cycles.last(connection, 10)
    assert kept.started >= freed[0]


@pytest.mark.parametrize(
    "fault", ["before_weigh_commit", "after_weigh_commit", "after_send_before_settle"]
)
def test_a_killed_run_is_finished_by_the_next(
    world: World, prefect: Server, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(world.home, prefect)
    killed = command(world.home, "run", "--once", "--json", PIVOTWATCH_FAULT=fault)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    queued = {m.id for m in world.messages()}
    assert len(queued) == (0 if fault == "before_weigh_commit" else 2 * len(TOLD))

    later = datetime.now(UTC) + timedelta(minutes=2)  # when the dead sender's leases have run out
    monkeypatch.setattr(cycle, "clock", lambda: later)
    report = run_watch(world.home)
    assert not report.skipped, "the dead hold no lock"
    messages = world.messages()
    assert len(messages) == 2 * len(TOLD)
    assert queued <= {m.id for m in messages}, "what was queued keeps its id"
    assert all(m.state is OutboxState.SENT for m in messages)
    arrivals = world.arrivals()
    assert set(arrivals) == {m.id for m in messages}
    assert max(arrivals.values()) <= 2
    assert (max(arrivals.values()) == 2) == (fault == "after_send_before_settle")

    run_watch(world.home)
    assert world.arrivals() == arrivals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_flow_interrupts_it(prefect: Server, number: int) -> None:
    from prefect import flow

    @flow(name="slow", persist_result=False)
    async def slow(request: object) -> None:
        os.kill(os.getpid(), number)
        await anyio.sleep(60)

    with interruptible(), pytest.raises(KeyboardInterrupt):
        _watched(slow, None)
    assert prefect.is_alive()
