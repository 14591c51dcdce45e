"""Messages that are due, could be tried, and are tried by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import endpoints
from archive.outbox import DUE, free, let_go
from archive.tables import delivery, endpoint, outbox


@dataclass(frozen=True, slots=True)
class Overdue:
    """So many messages of a channel have been left lying, the first since a time."""

    channel: str
    count: int
    since: datetime


def overdue(connection: Connection, before: datetime, now: datetime) -> list[Overdue]:
    """Return what has been due since ``before`` or longer without a try, by channel.

    Nothing is said of what waits for its next try, for quiet hours or behind the first messages
    of a channel that fails, of what a sender holds, and of channels and addresses that are
    disabled. What waited during an outage counts from when its channel worked again.
    """
    found = []
    for channel, count, due in _waiting(connection, before, now):
        if endpoints.get(connection, channel).tries and _has_tried(connection, channel, now):
            count, due = _count_tried(connection, channel, before, now)
        since = due and max(due, _mended(connection, channel) or due)
        if since is not None and since <= before:
            found.append(Overdue(channel, count, since))
    return found


def _waiting(
    connection: Connection, before: datetime, now: datetime
) -> list[tuple[str, int, datetime | None]]:
    is_disabled = sa.exists().where(
        endpoint.c.channel == outbox.c.channel,
        endpoint.c.recipient.in_(("", outbox.c.recipient)),
        endpoint.c.disabled.is_not(None),
    )
    statement = (
        sa.select(outbox.c.channel, sa.func.count(), sa.func.min(outbox.c.next_at))
        .where(DUE, outbox.c.next_at <= before, free(now), ~is_disabled)
        .group_by(outbox.c.channel)
        .order_by(outbox.c.channel)
    )
    return [(row[0], int(row[1]), row[2]) for row in connection.execute(statement)]


def _has_tried(connection: Connection, channel: str, now: datetime) -> bool:
    """Whether something is there that a failing channel is tried with, soon if not now."""
    statement = sa.select(outbox.c.id).where(
        DUE, outbox.c.channel == channel, outbox.c.attempts > 0, let_go(now)
    )
    return connection.scalar(statement.limit(1)) is not None


def _count_tried(
    connection: Connection, channel: str, before: datetime, now: datetime
) -> tuple[int, datetime | None]:
    statement = sa.select(sa.func.count(), sa.func.min(outbox.c.next_at)).where(
        DUE,
        outbox.c.channel == channel,
        outbox.c.attempts > 0,
        outbox.c.next_at <= before,
        free(now),
    )
    count, due = connection.execute(statement).one()
    return int(count), due


def _mended(connection: Connection, channel: str) -> datetime | None:
    """Return when a channel took something for the first time since its last failure, if ever."""
    tries = (
        sa.select(delivery.c.number)
        .join(outbox, outbox.c.id == delivery.c.message_id)
        .where(outbox.c.channel == channel)
    )
    failed = tries.where(~delivery.c.ok).order_by(delivery.c.number.desc()).limit(1)
    number = connection.scalar(failed)
    if number is None:
        return None
    taken = tries.with_only_columns(delivery.c.at).where(delivery.c.ok, delivery.c.number > number)
    found: datetime | None = connection.scalar(taken.order_by(delivery.c.number).limit(1))
    return found
