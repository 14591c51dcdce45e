"""Kills delivery by SIGKILL, at named points or at random, and counts what was lost or doubled.

Shared by ``test_alerts_kill.py`` and ``bench/kills.py``.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

from alerts_kill_child import work
from alerts_kit import NOW
from alerts_servers import Mailbox, Receiver, receiver
from archive_kit import new_archive
from loopback_kit import mail_server

from alerts.faults import Point
from archive import Archive, outbox
from archive import alerts as alert_store
from archive.types import Message, OutboxState

POINTS: tuple[str, ...] = get_args(Point)
STEP = timedelta(minutes=3)
"""The clock's step from run to run: longer than a lease."""


@dataclass
class Toll:
    """What killing has led to. Every figure but ``kills``, ``alerts`` and ``arrived`` is a fault,
    duplicates up to one a kill and channel excepted."""

    kills: int = 0
    alerts: int = 0
    arrived: int = 0
    lost: int = 0
    phantom: int = 0
    duplicates: dict[str, int] = field(default_factory=dict)
    undelivered: int = 0
    intact: bool = True

    @property
    def is_fair(self) -> bool:
        """Whether the promise is kept."""
        faults = self.lost or self.phantom or self.undelivered or not self.intact
        return not faults and all(n <= self.kills for n in self.duplicates.values())

    def __add__(self, other: Toll) -> Toll:
        doubled = Counter(self.duplicates) + Counter(other.duplicates)
        return Toll(
            self.kills + other.kills,
            self.alerts + other.alerts,
            self.arrived + other.arrived,
            self.lost + other.lost,
            self.phantom + other.phantom,
            dict(doubled),
            self.undelivered + other.undelivered,
            self.intact and other.intact,
        )


@dataclass
class Range:
    """An archive with a mail server and a webhook receiver that outlive every kill."""

    archive: Archive
    box: Mailbox
    machine: Receiver
    mail: int
    hook: int
    context: multiprocessing.context.ForkServerContext
    now: datetime = NOW
    runs: int = 0
    kills: int = 0

    def run(
        self, *, new: int, fault: str = "", seconds: float | None = None, number: int | None = None
    ) -> bool:
        """Weigh ``new`` articles and deliver, in a process; return whether it was killed.

        With the ``number`` of an earlier run, its articles are weighed again.
        """
        url = self.archive.url.render_as_string(hide_password=False)
        start, started = self.context.Pipe(duplex=False)
        batch = self.runs if number is None else number
        target = (url, self.mail, self.hook, self.now, batch, new, fault, started)
        process = self.context.Process(target=work, args=target)
        process.start()
        self.runs += 1
        self.now += STEP
        if seconds is not None and start.poll(60):
            time.sleep(seconds)
            process.kill()
        process.join(120)
        killed = process.exitcode == -signal.SIGKILL
        assert killed or process.exitcode == 0, f"the run ended with {process.exitcode}"
        self.kills += killed
        return killed

    def fail(self, times: int) -> None:
        """Let each receiver refuse the next ``times`` messages."""
        self.box.at_rcpt[:] = ["451 later"] * times
        self.machine.answers[:] = [(503, {}, b"")] * times

    def finish(self) -> Toll:
        """Let everything be delivered, and count."""
        for _ in range(15):
            self.run(new=0)
            self.now += 40 * STEP
            if all(m.state is OutboxState.SENT for m in self.messages()):
                break
        return self._count()

    def messages(self) -> list[Message]:
        """All that was ever queued."""
        with self.archive.read() as connection:
            found = alert_store.recent(connection, 100_000)
            return [m for a in found for m in outbox.messages(connection, a.id)]

    def _count(self) -> Toll:
        queued = {m.id: m for m in self.messages()}
        mailed = Counter(str(m["Message-ID"]).strip("<>").split("@")[0] for m in self.box.mails)
        posted = Counter(self.machine.accepted)
        arrived = mailed + posted
        covered = {m.id for m in queued.values() if self._came_in_a_mail(m, arrived)}
        return Toll(
            kills=self.kills,
            alerts=len({m.alert_id for m in queued.values()}),
            arrived=arrived.total(),
            lost=sum(1 for m in queued if m not in arrived and m not in covered),
            phantom=len(arrived.keys() - queued.keys()),
            duplicates={
                "mail": mailed.total() - len(mailed),
                "webhook": posted.total() - len(posted),
            },
            undelivered=sum(1 for m in queued.values() if m.state is not OutboxState.SENT),
            intact=self._is_intact(),
        )

    def _came_in_a_mail(self, message: Message, arrived: Counter[str]) -> bool:
        """Whether a catch-up mail that arrived names the alert."""
        return any(
            message.alert_id in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            for mail in self.box.mails
            if "while mail was down" in mail["Subject"]
        )

    def _is_intact(self) -> bool:
        with self.archive.read() as connection:
            return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@contextmanager
def shooting_range(folder: Path) -> Iterator[Range]:
    """Open a range for the block."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # for the preload
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["alerts_kill_child"])
    archive = new_archive(folder)
    box, machine = Mailbox(), Receiver()
    with mail_server(box) as mail, receiver(machine) as hook:
        yield Range(archive, box, machine, mail, hook, context)
    archive.close()


def kill_at(folder: Path, point: str, times: int) -> Toll:
    """Kill ``times`` runs at a named point, at its first or second passing.

    Every run meets receivers that fail twice at first, and every fourth comes after an outage.
    """
    with shooting_range(folder) as place:
        for number in range(times * 2):
            if place.kills == times:
                break
            place.fail(2)
            passing = 1 if "weigh" in point else number % 2 + 1  # a run weighs once
            batch = place.runs
            place.run(new=4, fault=f"{point}:{passing}")
            if number % 4 == 3:
                place.now += 40 * STEP
            place.run(new=4, number=batch)  # the next cycle weighs what the killed one did not
        return place.finish()


def kill_at_random(folder: Path, times: int, seed: int) -> Toll:
    """Kill ``times`` runs at random moments of their work."""
    chance = random.Random(seed)
    with shooting_range(folder) as place:
        span = 0.3
        while place.kills < times:
            began = time.monotonic()
            if not place.run(new=2, seconds=chance.uniform(0, span)):
                span = max(0.02, 0.9 * span)  # most runs must still be at work
            elif time.monotonic() - began > span:
                span = min(1.0, 1.02 * span)
        return place.finish()
