"""What a failure or a success means for a channel or an address, and who is told of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.channels import Channel, Recipient
from alerts.errors import ChannelError, Course
from alerts.letters import Carrier
from alerts.queueing import TRIAL, queued
from archive import endpoints, lanes, outbox
from archive.types import Endpoint, Message

DISABLE_AFTER = timedelta(hours=120)  # Svix's; and never before so many tries:
DISABLE_TRIES = 10
STRIKES = 3
KEEP = timedelta(days=30)
"""How long messages are kept for what is disabled."""
MENDED_AFTER = timedelta(seconds=60)
NOTICE = "notice "
_TOLD_AT_ONCE = frozenset({"401", "403", "404", "405"})
_log = logging.getLogger(__name__)


def failed(
    connection: Connection,
    channels: Mapping[str, Channel],
    message: Message,
    error: ChannelError,
    now: datetime,
) -> Endpoint | None:
    """Note a failure against its channel or address, and tell the owner when a person must act.

    A channel is disabled at once when the receiver is gone or its address may not be dialled,
    otherwise after 120 hours and 10 tries without a success; an address after three strikes.

    Returns:
        How the one at fault now fares, or None when the message itself was at fault.
    """
    if not error.broken and not error.strike:
        return None
    recipient = message.recipient if error.strike else ""
    fare = endpoints.failed(connection, message.channel, now, str(error), recipient=recipient)
    if fare.disabled is None and _is_hopeless(fare, error, now):
        fare = endpoints.disable(connection, fare.channel, now, recipient=recipient)
    if fare.disabled is not None or (error.broken and error.code in _TOLD_AT_ONCE):
        _tell(connection, channels, message, fare, now)
    return fare


def succeeded(connection: Connection, message: Message, now: datetime) -> None:
    """Note a success; after an outage, everything that waited for the channel is due."""
    before = endpoints.succeeded(connection, message.channel, message.recipient, now)
    if before.failing_since is not None and now - before.failing_since >= MENDED_AFTER:
        lanes.resume(connection, message.channel, now)


def subject_of(message: Message) -> tuple[str, str]:
    """Return the channel and the address (or an empty string) that a notice is about."""
    channel, _, recipient = message.kind.removeprefix(NOTICE).partition(" ")
    return channel, recipient


def _is_hopeless(fare: Endpoint, error: ChannelError, now: datetime) -> bool:
    if fare.recipient:
        return fare.strikes >= STRIKES
    since = fare.failing_since or now
    worn_out = now - since >= DISABLE_AFTER and fare.tries >= DISABLE_TRIES
    return error.course is Course.GONE or worn_out


def _tell(
    connection: Connection,
    channels: Mapping[str, Channel],
    message: Message,
    fare: Endpoint,
    now: datetime,
) -> None:
    """Queue a notice to the first recipient who can be reached otherwise; once for each trouble."""
    owner = next(_others(connection, channels, fare), None)
    if owner is None:
        if message.alert_id != TRIAL:  # whoever tries a channel reads its answer
            _log.warning("nobody can be told that %s fails: %s", fare.channel, fare.reason)
        return
    about = f"{fare.channel} {fare.recipient}".strip()
    key = f"{NOTICE}{about} {fare.failing_since}"
    number = 2 if fare.disabled else 1
    one = queued(
        owner, message.alert_id, message.revision, now, key=key, number=number, kind=NOTICE + about
    )
    outbox.enqueue(connection, [one])


def _others(
    connection: Connection, channels: Mapping[str, Channel], fare: Endpoint
) -> Iterator[Recipient]:
    for name, channel in channels.items():  # the one at fault has failed, too
        if not isinstance(channel, Carrier) or endpoints.get(connection, name).tries:
            continue
        paused = endpoints.paused(connection, name)
        for one in channel.recipients:
            if one.address not in paused and one.address != fare.recipient:
                yield one
