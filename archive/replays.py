"""Dead letters, and putting messages back into the queue."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.outbox import COLUMNS, read
from archive.tables import delivery, outbox
from archive.types import Message, OutboxState

_DEAD = outbox.c.state == OutboxState.DEAD.value


def dead(connection: Connection, limit: int) -> list[Message]:
    """Return the messages that were given up, newest first."""
    statement = (
        sa.select(*COLUMNS).where(_DEAD).order_by(outbox.c.created.desc(), outbox.c.id).limit(limit)
    )
    return [read(row) for row in connection.execute(statement).mappings()]


def given_up(connection: Connection, since: datetime) -> tuple[int, int]:
    """Return how many messages given up were last tried (or queued) since a time, and before it.

    Those withdrawn from people who have unsubscribed are not counted.
    """
    last = sa.select(sa.func.max(delivery.c.at)).where(delivery.c.message_id == outbox.c.id)
    at = sa.func.coalesce(last.scalar_subquery(), outbox.c.created, type_=outbox.c.created.type)
    statement = sa.select(
        sa.func.count().filter(at >= since), sa.func.count().filter(at < since)
    ).where(_DEAD, outbox.c.error.is_distinct_from("unsubscribed"))
    lately, before = connection.execute(statement).one()
    return int(lately), int(before)


def find(connection: Connection, name: str) -> list[Message]:
    """Return the message of that id, or all messages of the alert of that id."""
    whose = sa.or_(outbox.c.id == name, outbox.c.alert_id == name)
    statement = sa.select(*COLUMNS).where(whose).order_by(outbox.c.created, outbox.c.id)
    return [read(row) for row in connection.execute(statement).mappings()]


def revive(connection: Connection, message_id: str, now: datetime) -> None:
    """Make one message due now, whatever became of it, with all its tries before it.

    One that waits already is only hastened; one that is under way or stands in a catch-up mail
    keeps its lease.
    """
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id)
        .values(state=OutboxState.DUE.value, attempts=0, next_at=now, sent=None)
    )


def revive_dead(connection: Connection, channel: str, since: datetime | None) -> int:
    """Make a channel's dead messages due again, in their order; return how many there were.

    What was withdrawn from those who have unsubscribed stays so.

    Args:
        connection: an open transaction.
        channel: the channel's name.
        since: leave out what was queued before; None for nothing.
    """
    young = sa.true() if since is None else outbox.c.created >= since
    done = connection.execute(
        sa.update(outbox)
        .where(_DEAD, outbox.c.channel == channel, young)
        .where(outbox.c.error.is_distinct_from("unsubscribed"))
        .values(state=OutboxState.DUE.value, attempts=0, next_at=outbox.c.created)
    )
    return int(done.rowcount)
