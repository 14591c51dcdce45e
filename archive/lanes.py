"""What one channel may be sent now: its turn in the outbox, its rest while it fails, its end.

A channel that fails rests until the first of its tried messages is due; then the oldest of them
is tried, and one that was never tried, so that a message which breaks its receiver blocks no
other. When a try succeeds, everything that waited is due in the order in which it was queued.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.outbox import DUE, FARTHEST, FREE_OF_MAILS, free, lease, let_go
from archive.tables import alert, outbox
from archive.types import Message, OutboxState, Severity

_ORDER = (outbox.c.next_at, outbox.c.created, outbox.c.id)
_LANE_ORDER = (outbox.c.channel, *_ORDER)  # that of the index ``ix_outbox_lane``
_AGE = (outbox.c.created, outbox.c.id)


@dataclass(frozen=True, slots=True)
class Ripe:
    """A message that is due, with the rule and the severity of each alert that it tells."""

    id: str
    recipient: str
    alerts: tuple[tuple[str, Severity], ...]


def is_due(
    connection: Connection, channel: str, now: datetime, recipients: Collection[str]
) -> bool:
    """Whether a channel has a message that may be sent, if the channel fares well."""
    statement = sa.select(outbox.c.id).where(*_due(channel, now, recipients)).limit(1)
    return connection.scalar(statement) is not None


def is_probe_due(
    connection: Connection, channel: str, now: datetime, recipients: Collection[str]
) -> bool:
    """Whether a failing channel has rested long enough, and something is there to try it with."""
    due = _due(channel, now, recipients)
    tried = sa.select(outbox.c.id).where(*due, outbox.c.attempts > 0).limit(1)
    if connection.scalar(tried) is not None:
        return True
    return not _has_tried(connection, channel, now, recipients) and is_due(
        connection, channel, now, recipients
    )


def take(
    connection: Connection,
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
    *,
    channel: str,
    recipients: Collection[str],
) -> list[Message]:
    """Lease due messages of a channel to some of its recipients, in the order of their turn."""
    chosen = (
        sa.select(outbox.c.id)
        .where(*_due(channel, now, recipients))
        .order_by(*_LANE_ORDER)
        .limit(limit)
    )
    return lease(connection, chosen, owner, until)


def probe(
    connection: Connection,
    owner: str,
    now: datetime,
    until: datetime,
    *,
    channel: str,
    recipients: Collection[str],
) -> list[Message]:
    """Lease the messages that find out whether a failing channel works again: two at most."""
    due = _due(channel, now, recipients)
    tried = sa.select(outbox.c.id).where(*due, outbox.c.attempts > 0).order_by(*_AGE).limit(1)
    fresh = sa.select(outbox.c.id).where(*due, outbox.c.attempts == 0).order_by(*_AGE).limit(1)
    first = lease(connection, tried, owner, until)
    if not first and _has_tried(connection, channel, now, recipients):
        return []
    return first + lease(connection, fresh, owner, until)


def strays(
    connection: Connection,
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
    *,
    known: Mapping[str, Collection[str]],
) -> list[Message]:
    """Lease due messages to channels or recipients that are no longer ``known``."""
    removed = [
        sa.and_(outbox.c.channel == name, outbox.c.recipient.not_in(sorted(recipients)))
        for name, recipients in known.items()
    ]
    chosen = (
        sa.select(outbox.c.id)
        .where(DUE, outbox.c.next_at <= now, free(now))
        .where(sa.or_(outbox.c.channel.not_in(sorted(known)), *removed))
        .order_by(*_ORDER)
        .limit(limit)
    )
    return lease(connection, chosen, owner, until)


def ripe(
    connection: Connection, channel: str, now: datetime, recipients: Collection[str]
) -> list[Ripe]:
    """Return a channel's due messages on alerts that nobody is sending, in no order."""
    due = _due(channel, now, recipients)
    single = (
        sa.select(outbox.c.id, outbox.c.recipient, alert.c.rule, alert.c.severity)
        .join(alert, alert.c.id == outbox.c.alert_id)
        .where(*due, outbox.c.kind.in_(("alert", "late")))
    )
    found = [
        Ripe(key, recipient, ((rule, Severity(severity)),))
        for key, recipient, rule, severity in connection.execute(single)
    ]
    mails = sa.select(outbox.c.id, outbox.c.recipient).where(*due, outbox.c.kind == "catch_up")
    for key, recipient in connection.execute(mails).all():
        covered = (
            sa.select(alert.c.rule, alert.c.severity)
            .join(outbox, outbox.c.alert_id == alert.c.id)
            .where(outbox.c.channel == channel, outbox.c.recipient == recipient)
            .where(DUE, outbox.c.lease_owner == key)
        )
        rows = connection.execute(covered)
        found.append(Ripe(key, recipient, tuple((rule, Severity(one)) for rule, one in rows)))
    return found


def put_off(connection: Connection, message_ids: Sequence[str], until: datetime) -> None:
    """Let quiet hours hold messages until a time, however often they were tried."""
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(message_ids))
        .values(next_at=until, held_until=until)
    )


def postpone(connection: Connection, channel: str, until: datetime) -> None:
    """Let a failing channel rest: none of its tried messages is due before a time."""
    connection.execute(
        sa.update(outbox)
        .where(DUE, outbox.c.channel == channel, outbox.c.attempts > 0, outbox.c.next_at < until)
        .values(next_at=until)
    )


def resume(connection: Connection, channel: str, now: datetime) -> None:
    """Make everything due that waits for a channel, the oldest first; quiet hours still hold."""
    connection.execute(
        sa.update(outbox)
        .where(DUE, outbox.c.channel == channel, let_go(now), outbox.c.created <= now)
        .values(next_at=outbox.c.created)
    )


def expire(
    connection: Connection, channel: str, before: datetime, recipients: Collection[str] | None
) -> int:
    """Give up what has waited since ``before`` for a disabled channel, or addresses of it.

    Returns:
        How many messages were given up.
    """
    whose = sa.true() if recipients is None else outbox.c.recipient.in_(sorted(recipients))
    done = connection.execute(
        sa.update(outbox)
        .where(DUE, outbox.c.channel == channel, outbox.c.created <= before, whose)
        .where(outbox.c.kind != "catch_up")  # it ends with the last alert that it stands for
        .values(state=OutboxState.DEAD.value, lease_owner=None, lease_until=None)
    )
    return int(done.rowcount)


def correct(connection: Connection, now: datetime) -> None:
    """Undo what a wrong clock has done: what is due later than any wait can be is due now."""
    misdated = DUE, outbox.c.next_at > now + FARTHEST, let_go(now)
    connection.execute(sa.update(outbox).where(*misdated).values(next_at=now))


def _due(
    channel: str, now: datetime, recipients: Collection[str]
) -> tuple[sa.ColumnElement[bool], ...]:
    # A range of one: of an equality PostgreSQL takes the index of all that is due, and reads past
    # whatever waits for other channels.
    lane = outbox.c.channel >= channel, outbox.c.channel <= channel
    whose = outbox.c.recipient.in_(sorted(recipients))
    return DUE, *lane, whose, outbox.c.next_at <= now, free(now)


def _has_tried(
    connection: Connection, channel: str, now: datetime, recipients: Collection[str]
) -> bool:
    """Whether a message to a channel has failed and waits for its next try, not for morning."""
    statement: sa.Select[Any] = (
        sa.select(outbox.c.id)
        .where(DUE, outbox.c.channel == channel, outbox.c.recipient.in_(sorted(recipients)))
        .where(outbox.c.attempts > 0, FREE_OF_MAILS, let_go(now))
        .limit(1)
    )
    return connection.scalar(statement) is not None
