"""Delivery: takes due messages from the outbox and hands them to their channels.

At least once, always with the same id: a message is leased, sent outside any transaction, and
marked only when the other side has taken it. A process that dies in between leaves a lease that
runs out, and the message is sent again, the same as before.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.channels import Channel, Clock
from alerts.endpoints import KEEP
from alerts.errors import ChannelError, Course
from alerts.lane import LEASE, Lane
from alerts.post import Post
from alerts.report import DeliveryReport
from alerts.rule_settings import AlertsSettings
from alerts.settle import fail
from archive import Archive, endpoints, lanes
from archive.types import Message

__all__ = ["DeliveryReport", "deliver"]


async def deliver(
    archive: Archive,
    channels: Mapping[str, Channel],
    clock: Clock,
    *,
    settings: AlertsSettings | None = None,
    limit: int = 500,
) -> DeliveryReport:
    """Send the messages that are due, each channel in a lane of its own.

    A channel that does not answer keeps its own messages waiting and nobody else's: while it is
    waited for, the other lanes go on and send what is queued meanwhile. Returns when no lane has
    anything to do; after a minute none begins anything for which another would stay.

    Args:
        archive: the database.
        channels: the configured channels by name.
        clock: the time, for leases and retries.
        settings: whose quiet hours hold what would go out late in them; None: there are none.
        limit: the most messages to take for each channel.

    Raises:
        ArchiveError: the database does not answer. What was sent but could not be marked will be
            sent again, with the same id.
    """
    began = asyncio.get_running_loop().time()
    post = Post(archive, channels, clock, uuid.uuid4().hex, began, settings)
    report = await _strays(post, limit)
    runs = [Lane(post, name, channel).run(limit) for name, channel in channels.items()]
    for result in await asyncio.gather(*runs, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        report += result
    return report


async def _strays(post: Post, limit: int) -> DeliveryReport:
    """Put off what nobody is configured for any more; give up what has waited too long."""
    now = post.clock()
    found = await post.write(lambda connection: _tidy(connection, post, now, limit))
    report = DeliveryReport()
    for message in found:
        report += await post.write(fail(post, message, _unconfigured(post, message)))
    return report


def _tidy(connection: Connection, post: Post, now: datetime, limit: int) -> list[Message]:
    lanes.correct(connection, now)
    for fare in endpoints.every(connection):
        if fare.disabled is not None:
            whose = (fare.recipient,) if fare.recipient else None
            lanes.expire(connection, fare.channel, now - KEEP, whose)
    known = {name: [r.address for r in one.recipients] for name, one in post.channels.items()}
    return lanes.strays(connection, post.owner, now, now + LEASE, limit, known=known)


def _unconfigured(post: Post, message: Message) -> ChannelError:
    if message.channel not in post.channels:
        said = f'no channel is called "{message.channel}" any more; configure it again'
    else:
        said = (
            f"{message.recipient} is no longer a recipient of {message.channel}; "
            "add it again to have this sent"
        )
    return ChannelError("unconfigured", said, Course.WAIT)
