"""What counts as left lying in the outbox, and what merely waits."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from alerts_kit import MACHINE, NET, NOW, PERSON, webhook_to
from alerts_servers import Receiver, receiver
from outbox_kit import queue

from alerts import build_channels, deliver
from archive import Archive, endpoints, outbox
from archive.overdue import Overdue, overdue
from net import Door

MINUTE = timedelta(minutes=1)
PATIENCE = 15 * MINUTE
OPS = (MACHINE,)
FAULT: tuple[int, dict[str, str], bytes] = (503, {}, b"busy")


def lying(archive: Archive, now: datetime) -> list[Overdue]:
    with archive.read() as connection:
        return overdue(connection, now - PATIENCE, now)


def send(archive: Archive, port: int, now: datetime) -> None:
    async def run() -> None:
        async with Door(NET) as door:
            channels = build_channels(None, (webhook_to(port),), door, clock=lambda: now)
            await deliver(archive, channels, lambda: now)

    asyncio.run(run())


def test_what_nobody_tries_is_overdue_after_a_while_in_either_database(
    any_archive: Archive,
) -> None:
    queue(any_archive, 2)
    queue(any_archive, start=2, at=NOW + 5 * MINUTE, recipients=OPS)
    assert lying(any_archive, NOW + 14 * MINUTE) == []
    assert lying(any_archive, NOW + 16 * MINUTE) == [
        Overdue("email", 2, NOW),
        Overdue("ops", 2, NOW),
    ]
    assert lying(any_archive, NOW + 21 * MINUTE)[1] == Overdue("ops", 3, NOW)


def test_what_quiet_hours_hold_is_not(archive: Archive) -> None:
    queue(archive, held_until=NOW + 8 * 60 * MINUTE, recipients=(PERSON,))
    assert lying(archive, NOW + 7 * 60 * MINUTE) == []
    assert lying(archive, NOW + 8 * 60 * MINUTE + PATIENCE) != []


def test_what_a_sender_holds_is_not_until_its_lease_runs_out(archive: Archive) -> None:
    queue(archive, recipients=OPS)
    later = NOW + 20 * MINUTE
    with archive.write() as connection:
        outbox.claim(connection, "a sender", later, later + MINUTE, 10)
    assert lying(archive, later) == []
    assert lying(archive, later + 2 * MINUTE) == [Overdue("ops", 1, NOW)]


def test_nobody_is_waiting_for_what_is_disabled(archive: Archive) -> None:
    queue(archive)
    with archive.write() as connection:
        endpoints.disable(connection, "ops", NOW)
        endpoints.disable(connection, PERSON.channel, NOW, recipient=PERSON.address)
    assert lying(archive, NOW + 60 * MINUTE) == []


def test_a_failing_channel_is_overdue_when_its_own_next_try_is_not_made(archive: Archive) -> None:
    queue(archive, 5, recipients=OPS)
    box = Receiver(answers=[FAULT] * 20)
    with receiver(box) as port:
        send(archive, port, NOW)
        assert len(box.got) == 2, "then the lane rests"
        assert lying(archive, NOW + 4 * MINUTE) == []
        for later in (1, 5, 16):
            send(archive, port, NOW + later * MINUTE)
    # The next try is in half an hour; three messages wait behind those that have failed.
    with archive.read() as connection:
        again = outbox.next_due(connection)
    assert again is not None
    assert lying(archive, NOW + 20 * MINUTE) == []
    (one,) = lying(archive, NOW + 180 * MINUTE)
    assert (one.channel, one.since > NOW + 20 * MINUTE) == ("ops", True)
    assert one.count < 5, "what waits behind them is not counted"


def test_after_an_outage_what_waited_has_its_time_to_go_out(archive: Archive) -> None:
    queue(archive, 2, recipients=OPS)
    box = Receiver(answers=[FAULT] * 2)
    mended = NOW + 180 * MINUTE
    with receiver(box) as port:
        send(archive, port, NOW)
        send(archive, port, mended)
        assert len(box.accepted) == 2
    queue(archive, 1, start=2, recipients=OPS)  # as old as the outage
    assert lying(archive, mended + MINUTE) == []
    assert lying(archive, mended + 16 * MINUTE) == [Overdue("ops", 1, mended)]
