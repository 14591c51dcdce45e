"""Killed by SIGKILL at the worst moments: nothing is lost, nothing gets a second id."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from alerts_kill_child import cycle
from alerts_kit import new_archive
from alerts_servers import Mailbox, Receiver, mail_server, receiver

from archive import Archive, articles, stories
from archive import alerts as store
from archive import outbox as outbox_store
from archive.types import OutboxState


def run(archive: Archive, mail: int, hook: int, *, minutes: int, fault: str = "") -> int:
    """Run one cycle in a process of its own; return how it ended."""
    url = archive.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["alerts_kill_child"])
    process = context.Process(target=cycle, args=(url, mail, hook, minutes, fault))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


@pytest.mark.parametrize(
    "fault", ["before_weigh_commit", "after_weigh_commit", "after_send_before_settle"]
)
def test_a_kill_loses_nothing(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))  # for the preload
    archive = new_archive(tmp_path)
    box, machine = Mailbox(), Receiver()
    with mail_server(box) as mail, receiver(machine) as hook:
        assert run(archive, mail, hook, minutes=0, fault=fault) == -signal.SIGKILL
        with archive.read() as connection:
            half_done = stories.recent(connection, 10)
            assert bool(half_done) == (fault != "before_weigh_commit"), "all of a batch or nothing"
        for minutes in (2, 4):
            assert run(archive, mail, hook, minutes=minutes) == 0
    with archive.read() as connection:
        due = [
            m for a in store.recent(connection, 9) for m in outbox_store.messages(connection, a.id)
        ]
        assert articles.unscored(connection, 10) == []
    assert len(due) == 4
    assert all(m.state is OutboxState.SENT for m in due)
    mailed = Counter(m["Message-ID"].strip("<>").split("@")[0] for m in box.mails)
    posted = Counter(headers["webhook-id"] for headers, _ in machine.got)
    assert {*mailed, *posted} == {m.id for m in due}, "every message came, under its own id"
    for took in (mailed, posted):  # channels send side by side: each has one message under way
        assert took.total() - len(took) <= 1, "at most one of a channel came twice"
    assert (sum(took.values()) > len(took)) <= (fault == "after_send_before_settle")
