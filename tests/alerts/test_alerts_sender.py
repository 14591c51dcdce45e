"""The sender: leases, channels side by side, changed configurations, poison."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from alerts_kit import MACHINE, NOW, PERSON, counts
from outbox_kit import queue, queued

from alerts import (
    AlertPayload,
    Channel,
    ChannelError,
    Course,
    DeliveryReport,
    Receipt,
    Recipient,
    deliver,
    send_test,
)
from alerts.lane import POLL
from archive import Archive, lanes
from archive import outbox as outbox_store
from archive.types import Message, OutboxState

HOUR = timedelta(hours=1)


class Box:
    """A channel in memory; ``gate`` holds it up, ``fault`` is raised instead of taking, and
    what is for ``refuses`` is refused."""

    def __init__(
        self,
        *recipients: Recipient,
        gate: asyncio.Event | None = None,
        fault: Exception | None = None,
        refuses: str = "",
    ) -> None:
        self.recipients = recipients
        self.refuses = refuses
        self.gate = gate
        self.fault = fault
        self.got: list[str] = []
        self.closed = 0

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        if message.recipient == self.refuses:
            raise ChannelError("550", "no such person", strike=True)
        self.got.append(message.id)
        return Receipt("250", "ok")

    async def close(self) -> None:
        self.closed += 1


def run(
    archive: Archive, channels: Mapping[str, Channel], hours: float = 0, limit: int = 500
) -> DeliveryReport:
    at = NOW + hours * HOUR
    return counts(asyncio.run(deliver(archive, channels, lambda: at, limit=limit)))


def by_channel(archive: Archive) -> dict[str, Message]:
    return {m.channel: m for m in queued(archive)}


def test_everything_due_is_sent_once(any_archive: Archive) -> None:
    queue(any_archive, 2)
    email, hook = Box(PERSON), Box(MACHINE)
    assert run(any_archive, {"email": email, "ops": hook}) == DeliveryReport(sent=4)
    assert run(any_archive, {"email": email, "ops": hook}, hours=9) == DeliveryReport()
    assert (len(set(email.got)), len(set(hook.got)), email.closed) == (2, 2, 1)


def test_a_slow_channel_delays_no_other(archive: Archive) -> None:
    queue(archive)

    async def both() -> tuple[bool, DeliveryReport]:
        gate = asyncio.Event()
        slow, fast = Box(PERSON, gate=gate), Box(MACHINE)
        task = asyncio.create_task(deliver(archive, {"email": slow, "ops": fast}, lambda: NOW))
        while not (fast.got and by_channel(archive)["ops"].state is OutboxState.SENT):
            await asyncio.sleep(0.01)
        ahead = not slow.got
        gate.set()
        return ahead, counts(await task)

    assert asyncio.run(both()) == (True, DeliveryReport(sent=2))


def test_what_comes_while_a_channel_hangs_goes_out_at_once(archive: Archive) -> None:
    queue(archive)

    async def both() -> float:
        gate = asyncio.Event()
        slow, fast = Box(PERSON, gate=gate), Box(MACHINE)
        task = asyncio.create_task(deliver(archive, {"email": slow, "ops": fast}, lambda: NOW))
        while len(fast.got) < 1:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(queue, archive, 3, start=1)
        began = asyncio.get_running_loop().time()
        while len(fast.got) < 4:
            await asyncio.sleep(0.01)
        waited = asyncio.get_running_loop().time() - began
        assert slow.got == []
        gate.set()
        await task
        return waited

    assert asyncio.run(both()) < 5, "and not the 30 seconds that a send may hang"
    assert {m.state for m in queued(archive)} == {OutboxState.SENT}


def test_a_channel_goes_on_when_another_hangs_on_what_it_was_about_to_take(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for work takes a moment in which nobody is at work: no lane may leave in it."""
    real = lanes.take

    def slowly(*given: Any, channel: str, **named: Any) -> Any:
        if channel == "email":
            time.sleep(3 * POLL)
        return real(*given, channel=channel, **named)

    monkeypatch.setattr(lanes, "take", slowly)

    async def run() -> list[str]:
        gate = asyncio.Event()
        slow, fast = Box(PERSON, gate=gate), Box(MACHINE)
        queue(archive, recipients=(PERSON,))
        task = asyncio.create_task(deliver(archive, {"email": slow, "ops": fast}, lambda: NOW))
        await asyncio.sleep(6 * POLL)  # the mail hangs by now
        queue(archive, recipients=(MACHINE,), start=5)
        await asyncio.sleep(4 * POLL)
        got = list(fast.got)
        gate.set()
        await task
        return got

    assert len(asyncio.run(run())) == 1


def test_what_another_sender_has_leased_is_left_alone(archive: Archive) -> None:
    queue(archive, recipients=(PERSON,))
    with archive.write() as connection:
        outbox_store.claim(connection, "other", NOW, NOW + timedelta(seconds=60), 10)
    box = Box(PERSON)
    assert run(archive, {"email": box}) == DeliveryReport()
    assert run(archive, {"email": box}, hours=0.02) == DeliveryReport(sent=1)


def test_a_removed_channel_keeps_its_messages_and_says_so(archive: Archive) -> None:
    queue(archive)
    assert run(archive, {"ops": Box(MACHINE)}) == DeliveryReport(sent=1, failed=1)
    waiting = by_channel(archive)["email"]
    assert waiting.state is OutboxState.DUE
    assert "no channel is called" in (waiting.error or "")
    assert timedelta(minutes=48) <= waiting.next_at - NOW <= timedelta(minutes=72)
    assert run(archive, {"email": Box(PERSON)}, hours=24 * 20) == DeliveryReport(sent=1)


def test_a_removed_person_gets_nothing_more(archive: Archive) -> None:
    queue(archive, recipients=(PERSON,))
    box = Box(Recipient("email", "other@desk.example"))
    assert run(archive, {"email": box}) == DeliveryReport(failed=1)
    assert box.got == []
    assert "no longer a recipient" in (by_channel(archive)["email"].error or "")


def test_a_defect_in_one_channel_is_logged_and_stops_nobody(archive: Archive) -> None:
    queue(archive)
    broken = Box(PERSON, fault=RuntimeError("canary detail"))
    assert run(archive, {"email": broken, "ops": Box(MACHINE)}) == DeliveryReport(sent=1, failed=1)
    assert by_channel(archive)["email"].error == "internal RuntimeError"


def test_a_channel_that_is_down_is_asked_twice_and_closed(archive: Archive) -> None:
    queue(archive, 5, recipients=(PERSON,))
    down = Box(PERSON, fault=ChannelError("timeout", "silence", broken=True))
    assert run(archive, {"email": down}) == DeliveryReport(failed=2)
    assert down.closed == 1


def test_the_limit_is_kept(archive: Archive) -> None:
    queue(archive, 5, recipients=(PERSON,))
    box = Box(PERSON)
    assert run(archive, {"email": box}, limit=3) == DeliveryReport(sent=3)
    assert run(archive, {"email": box}, limit=3) == DeliveryReport(sent=2)


def test_a_report_names_the_alerts_behind_its_figures(archive: Archive) -> None:
    queue(archive)
    down = Box(PERSON, fault=ChannelError("timeout", "silence"))
    report = asyncio.run(deliver(archive, {"email": down, "ops": Box(MACHINE)}, lambda: NOW))
    alert_id = queued(archive)[0].alert_id
    assert report.tried == 2
    assert report.accepted == report.refused == {(alert_id, 1)}
    (line,) = report.errors
    assert line.startswith(
        f"alert {alert_id} to email: timeout: silence; next try 2026-03-04 12:00"
    )


def test_a_test_alert_goes_the_way_of_a_real_one() -> None:
    people = (PERSON, Recipient("email", "second@desk.example"))
    box = Box(*people)
    lines = asyncio.run(send_test(box, NOW))
    assert lines == [f"{p.address}: accepted (250 ok)" for p in people]
    assert (len(set(box.got)), box.closed) == (2, 1)
    with pytest.raises(ChannelError, match=r"550: analyst@desk\.example: gone"):
        asyncio.run(send_test(Box(PERSON, fault=ChannelError("550", "gone")), NOW))


def test_a_test_alert_says_whom_it_reached_when_another_was_refused() -> None:
    box = Box(PERSON, Recipient("email", "second@desk.example"), refuses=PERSON.address)
    with pytest.raises(ChannelError) as caught:
        asyncio.run(send_test(box, NOW))
    assert str(caught.value) == (
        f"550: {PERSON.address}: no such person; second@desk.example: accepted (250 ok)"
    )


def test_a_test_alert_says_whom_it_was_not_even_tried_with() -> None:
    people = (PERSON, *(Recipient("email", f"{name}@desk.example") for name in ("b", "c")))
    away = ChannelError("unreachable", "no route", broken=True)
    with pytest.raises(ChannelError, match=r"c@desk\.example: not tried after these"):
        asyncio.run(send_test(Box(*people, fault=away), NOW))


def test_a_test_alert_that_is_refused_for_good_says_nothing_but_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = ChannelError("410", "gone", Course.GONE, broken=True)
    with pytest.raises(ChannelError, match="410"):
        asyncio.run(send_test(Box(MACHINE, fault=gone), NOW))
    assert "nobody can be told" not in caplog.text
