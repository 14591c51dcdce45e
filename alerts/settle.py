"""What becomes of a message after a try: sent, due again, waiting for a person, or given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts import endpoints as fares
from alerts.catch_up import UNCERTAIN
from alerts.channels import Receipt
from alerts.errors import ChannelError
from alerts.post import Post
from alerts.report import DeliveryReport
from alerts.retry import next_try
from archive import catch_ups, lanes, outbox
from archive.types import Delivery, Endpoint, Message, OutboxState

Work = Callable[[Connection], DeliveryReport]


def succeed(post: Post, message: Message, receipt: Receipt) -> Work:
    """Return the work of noting that a message was taken."""

    def work(connection: Connection) -> DeliveryReport:
        now = post.clock()
        result = Delivery(message.id, now, True, receipt.code, receipt.detail)
        covered: list[Message] = []
        if message.kind == catch_ups.CATCH_UP:
            covered = catch_ups.covered(connection, message)
            catch_ups.arrived(connection, message, result)
        outbox.settle(connection, message.id, result, OutboxState.SENT)
        fares.succeeded(connection, message, now)
        return DeliveryReport(sent=1, accepted=_keys(message, *covered))

    return work


def fail(post: Post, message: Message, error: ChannelError) -> Work:
    """Return the work of noting that a message was not taken, and how it goes on."""

    def work(connection: Connection) -> DeliveryReport:
        now = post.clock()
        fare = fares.failed(connection, post.channels, message, error, now)
        again = next_try(
            error.course,
            message_id=message.id,
            tries=message.attempts + 1,
            failing_for=_failing_for(fare, error, now),
            created=message.created,
            now=now,
            retry_after=error.retry_after,
        )
        detail = f"{error.detail} {UNCERTAIN}" if error.uncertain else error.detail
        state = OutboxState.DEAD if again is None else OutboxState.DUE
        result = Delivery(message.id, now, False, error.code, detail)
        outbox.settle(connection, message.id, result, state, again)
        if again is None and message.kind == catch_ups.CATCH_UP:
            catch_ups.uncover(connection, message, now)
        if again is not None and error.broken:
            lanes.postpone(connection, message.channel, again)
        ending = "given up" if again is None else f"next try {again:%Y-%m-%d %H:%M:%S} UTC"
        line = f"alert {message.alert_id} to {message.channel}: {error}; {ending}"
        return DeliveryReport(
            failed=int(again is not None),
            dead=int(again is None),
            refused=_keys(message),
            errors=(line,),
        )

    return work


def _failing_for(fare: Endpoint | None, error: ChannelError, now: datetime) -> timedelta | None:
    if fare is None or fare.failing_since is None or not error.broken:
        return None
    return now - fare.failing_since


def _keys(*messages: Message) -> frozenset[tuple[str, int]]:
    return frozenset((one.alert_id, one.revision) for one in messages)
