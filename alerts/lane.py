"""One channel's lane: its due messages, one after the other, and what becomes of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from alerts import catch_up
from alerts import endpoints as fares
from alerts.channels import Channel, Receipt
from alerts.errors import ChannelError, Course
from alerts.faults import reach
from alerts.holding import hold
from alerts.letters import Carrier, Letter, notice
from alerts.payload import AlertPayload, read_payload
from alerts.post import BUSY, Post
from alerts.report import DeliveryReport
from alerts.settle import fail, succeed
from archive import alerts as alert_store
from archive import catch_ups, endpoints, lanes, outbox
from archive.types import Message

LEASE = timedelta(seconds=60)
LATEST_START = 25.0  # seconds into the lease: a send takes at most 30 more
BATCH = 20
BROKEN_AFTER = 2
POLL = 0.25
"""Seconds between two looks of an idle lane, while another lane is at work."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lane:
    """The messages of one channel."""

    post: Post
    name: str
    channel: Channel

    async def run(self, limit: int) -> DeliveryReport:
        """Send what is due, at most ``limit`` messages; stay while another lane is at work.

        Raises:
            ArchiveError: the database does not answer.
        """
        try:
            return await self._run(limit)
        finally:
            self.post.rest(self.name)

    async def _run(self, limit: int) -> DeliveryReport:
        report = DeliveryReport()
        used = looked = False
        while report.tried < limit and not self.post.over.is_set():
            batch: list[Message] = []
            if not looked or self._may_begin():
                looked = True
                self.post.wake(self.name)
                batch = await self._batch(limit - report.tried)
            if batch:
                used = True
                with self.post.at_work(self.name):
                    report += await self._send(batch)
                continue
            if used:
                await self.channel.close()
                used = False
            if not self.post.busy:
                self.post.rest(self.name)
            if not self.post.over.is_set():
                await asyncio.sleep(POLL)
        if used:
            await self.channel.close()
        return report

    def _may_begin(self) -> bool:
        """Whether to look for work again: after a minute only while another is still at work."""
        late = asyncio.get_running_loop().time() - self.post.began > BUSY
        return not late or bool(self.post.busy)

    async def _batch(self, limit: int) -> list[Message]:
        if limit <= 0 or not await self.post.read(self._is_worthwhile):
            return []
        batch = await self.post.write(lambda connection: self._claim(connection, limit))
        if batch:
            reach("after_claim")
        return batch

    def _is_worthwhile(self, connection: Connection) -> bool:
        """Whether claiming may find something; asked first, so that idling locks nothing."""
        fare, now = endpoints.get(connection, self.name), self.post.clock()
        if fare.disabled is not None:
            return False
        may = lanes.is_probe_due if fare.tries else lanes.is_due
        return may(connection, self.name, now, self._who(connection))

    def _who(self, connection: Connection) -> frozenset[str]:
        """Return whom the channel may be asked to reach."""
        configured = frozenset(one.address for one in self.channel.recipients)
        return configured - endpoints.paused(connection, self.name)

    def _claim(self, connection: Connection, limit: int) -> list[Message]:
        now, who = self.post.clock(), self._who(connection)
        people = any(one.is_person for one in self.channel.recipients)
        if people and isinstance(self.channel, Carrier):
            catch_up.gather(connection, self.name, who, now)
            reach("before_catch_up_commit")
        if people and self.post.settings is not None:
            hold(connection, self.post.settings, self.name, who, now)
        owner, until = self.post.owner, now + LEASE
        if endpoints.get(connection, self.name).tries:
            batch = lanes.probe(connection, owner, now, until, channel=self.name, recipients=who)
        else:
            most = min(limit, BATCH)
            batch = lanes.take(
                connection, owner, now, until, most, channel=self.name, recipients=who
            )
        reach("before_claim_commit")
        return batch

    async def _send(self, batch: Sequence[Message]) -> DeliveryReport:
        """Send a batch, and give back what is left of it when the channel does not take any."""
        clock = asyncio.get_running_loop().time
        start, broken, report = clock(), 0, DeliveryReport()
        left = [one.id for one in batch]
        try:
            for message in batch:
                if broken >= BROKEN_AFTER or clock() - start > LATEST_START:
                    break
                async with self.post.slots:
                    result, weight = await self._one(message)
                left.remove(message.id)
                report += result
                broken = broken + weight if weight else 0
        finally:
            if left:
                reach("before_release")
                await self.post.write(lambda c: outbox.release(c, self.post.owner, left))
        return report

    async def _one(self, message: Message) -> tuple[DeliveryReport, int]:
        reach("before_send")
        try:
            receipt = await self._attempt(message)
        except ChannelError as error:
            reach("after_failure_before_settle")
            return await self.post.write(fail(self.post, message, error)), _weight(error)
        reach("after_send_before_settle")
        report = await self.post.write(succeed(self.post, message, receipt))
        reach("after_settle")
        # What waited during its failures is older than what is left of the batch: claim anew.
        return report, BROKEN_AFTER if message.attempts else 0

    async def _attempt(self, message: Message) -> Receipt:
        try:
            content = await self.post.read(lambda connection: _content(connection, message))
            if isinstance(content, AlertPayload):
                return await self.channel.send(message, content)
            if isinstance(self.channel, Carrier):
                return await self.channel.carry(message, content)
        except ChannelError:
            raise
        except Exception as error:
            # One message that cannot be rendered must not keep the others from being sent.
            _log.exception("message %s could not be sent", message.id)
            raise ChannelError("internal", type(error).__name__, Course.SLOW) from error
        raise ChannelError("internal", f"{self.name} carries no letters", Course.NEVER)


def _weight(error: ChannelError) -> int:
    """Return how much a failure speaks for ending a batch; two in a row of weight 1 do.

    Whoever is disabled by a failure must not be asked on: what is left is claimed anew.
    """
    if error.strike or error.course is Course.GONE:
        return BROKEN_AFTER
    return int(error.broken)


def _content(connection: Connection, message: Message) -> AlertPayload | Letter:
    """Return what a message says.

    Raises:
        ChannelError: there is nothing to say.
    """
    content: AlertPayload | Letter | None
    if message.kind == catch_ups.CATCH_UP:
        content = catch_up.letter_of(connection, message)
    elif message.kind.startswith(fares.NOTICE):
        content = notice(message, endpoints.get(connection, *fares.subject_of(message)))
    else:
        found = alert_store.revision(connection, message.alert_id, message.revision)
        content = None if found is None else read_payload(found.payload)
    if content is not None:
        return content
    raise ChannelError("internal", "the alert's content is missing", Course.NEVER)
