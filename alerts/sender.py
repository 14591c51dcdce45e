"""Delivery: takes due messages from the outbox and hands them to their channels.

At least once, always with the same id: a message is leased, sent outside any transaction, and
marked only when the other side has taken it. A process that dies in between leaves a lease that
runs out, and the message is sent again, the same as before.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.channels import Channel, Clock, Receipt
from alerts.errors import ChannelError, Course
from alerts.faults import reach
from alerts.payload import read_payload
from alerts.retry import next_try
from archive import Archive
from archive import alerts as alert_store
from archive import outbox as store
from archive.types import Delivery, Message, OutboxState

LEASE = timedelta(seconds=60)
LATEST_START = 25.0  # seconds into the lease: a send takes at most 30 more
BROKEN_AFTER = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How many messages were taken, failed and will be tried again, and were given up.

    ``accepted`` and ``refused`` name the alert revisions behind them (one revision may be in
    both: each channel answers for itself); ``errors`` has one line for each failure.
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    accepted: frozenset[tuple[str, int]] = frozenset()
    refused: frozenset[tuple[str, int]] = frozenset()
    errors: tuple[str, ...] = ()

    @property
    def tried(self) -> int:
        """How many messages were tried."""
        return self.sent + self.failed + self.dead

    def __add__(self, other: DeliveryReport) -> DeliveryReport:
        return DeliveryReport(
            self.sent + other.sent,
            self.failed + other.failed,
            self.dead + other.dead,
            self.accepted | other.accepted,
            self.refused | other.refused,
            self.errors + other.errors,
        )


async def deliver(
    archive: Archive, channels: Mapping[str, Channel], clock: Clock, *, limit: int = 500
) -> DeliveryReport:
    """Send the messages that are due, all channels side by side.

    A channel that does not answer keeps its own messages waiting and nobody else's; what it
    leaves untried is due again when the lease has run out.

    Args:
        archive: the database.
        channels: the configured channels by name.
        clock: the time, for leases and retries.
        limit: the most messages to take.

    Raises:
        ArchiveError: the database does not answer. What was sent but could not be marked will be
            sent again, with the same id.
    """
    now, owner = clock(), uuid.uuid4().hex
    with archive.write() as connection:
        claimed = store.claim(connection, owner, now, now + LEASE, limit)
    lanes: dict[str, list[Message]] = {}
    for message in claimed:
        lanes.setdefault(message.channel, []).append(message)
    runs = [_Lane(archive, channels.get(name), clock).run(lane) for name, lane in lanes.items()]
    results = await asyncio.gather(*runs, return_exceptions=True)
    report = DeliveryReport()
    for result in results:
        if isinstance(result, BaseException):
            raise result
        report += result
    if report.sent:  # what a slow lane left over is due again at once, unless nothing moves
        with archive.write() as connection:
            store.release(connection, owner)
    return report


@dataclass(frozen=True, slots=True)
class _Lane:
    """The messages of one channel, one after the other."""

    archive: Archive
    channel: Channel | None
    clock: Clock

    async def run(self, messages: Sequence[Message]) -> DeliveryReport:
        start = asyncio.get_running_loop().time()
        report = DeliveryReport()
        failures_in_a_row = 0
        try:
            for message in messages:
                if asyncio.get_running_loop().time() - start > LATEST_START:
                    break
                result, broken = await self._one(message)
                report += result
                failures_in_a_row = failures_in_a_row + 1 if broken else 0
                if failures_in_a_row >= BROKEN_AFTER:
                    break
        finally:
            if self.channel is not None:
                await self.channel.close()
        return report

    async def _one(self, message: Message) -> tuple[DeliveryReport, bool]:
        try:
            receipt = await self._attempt(message)
        except ChannelError as error:
            return await asyncio.to_thread(self._failed, message, error), error.broken
        reach("after_send_before_settle")
        result = Delivery(message.id, self.clock(), True, receipt.code, receipt.detail)
        await asyncio.to_thread(self._settle, message, result, OutboxState.SENT)
        return DeliveryReport(sent=1, accepted=_key(message)), False

    async def _attempt(self, message: Message) -> Receipt:
        if self.channel is None:
            raise ChannelError(
                "unconfigured",
                f'no channel is called "{message.channel}" any more; configure it again',
                Course.WAIT,
            )
        if message.recipient not in {r.address for r in self.channel.recipients}:
            raise ChannelError(
                "unconfigured",
                f"{message.recipient} is no longer a recipient of {message.channel}; "
                "add it again to have this sent",
                Course.WAIT,
            )
        try:
            stored = await asyncio.to_thread(self._revision, message)
            return await self.channel.send(message, read_payload(stored))
        except ChannelError:
            raise
        except Exception as error:
            # One message that cannot be rendered must not keep the others from being sent.
            _log.exception("message %s could not be sent", message.id)
            raise ChannelError("internal", type(error).__name__, Course.SLOW) from error

    def _revision(self, message: Message) -> Mapping[str, object]:
        with self.archive.read() as connection:
            found = alert_store.revision(connection, message.alert_id, message.revision)
        if found is None:
            raise ChannelError("internal", "the alert's content is missing", Course.NEVER)
        return found.payload

    def _failed(self, message: Message, error: ChannelError) -> DeliveryReport:
        now = self.clock()
        again = next_try(
            error.course,
            message_id=message.id,
            tries=message.attempts + 1,
            created=message.created,
            now=now,
            retry_after=error.retry_after,
        )
        state = OutboxState.DEAD if again is None else OutboxState.DUE
        result = Delivery(message.id, now, False, error.code, error.detail)
        self._settle(message, result, state, again)
        ending = "given up" if again is None else f"next try {again:%Y-%m-%d %H:%M:%S} UTC"
        line = f"alert {message.alert_id} to {message.channel}: {error}; {ending}"
        return DeliveryReport(
            failed=int(again is not None),
            dead=int(again is None),
            refused=_key(message),
            errors=(line,),
        )

    def _settle(
        self,
        message: Message,
        result: Delivery,
        state: OutboxState,
        again: datetime | None = None,
    ) -> None:
        with self.archive.write() as connection:
            store.settle(connection, message.id, result, state, again)


def _key(message: Message) -> frozenset[tuple[str, int]]:
    return frozenset({(message.alert_id, message.revision)})
