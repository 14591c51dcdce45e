"""The outbox that delivery works from, and the log of every try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import delivery, outbox
from archive.types import Delivery, Message, OutboxState
from archive.upsert import upsert

COLUMNS = [c for c in outbox.columns if c.name not in {"lease_owner", "lease_until"}]
# A literal, not a parameter: only then is the planner sure that the partial indexes apply.
DUE = outbox.c.state == sa.literal_column("'due'")
# What a catch-up mail stands for is leased to it, by its id; senders are named otherwise.
FREE_OF_MAILS = sa.or_(
    outbox.c.lease_owner.is_(None), outbox.c.lease_owner.not_like("msg\\_%", escape="\\")
)

# Longer than any lease or wait: one that ends later was dated by a wrong clock.
FARTHEST = timedelta(hours=36)


def enqueue(connection: Connection, messages: Sequence[Message]) -> None:
    """Put messages into the outbox; one that is there already is left as it is."""
    upsert(connection, outbox, [asdict(m) | {"state": m.state.value} for m in messages])


def going_between(
    connection: Connection, channel: str, recipient: str, start: datetime, end: datetime
) -> int:
    """Return how many alerts to a recipient go out in a time, by when quiet hours let them go."""
    goes = sa.func.coalesce(outbox.c.held_until, outbox.c.created, type_=outbox.c.created.type)
    statement = sa.select(sa.func.count()).where(
        outbox.c.channel == channel,
        outbox.c.recipient == recipient,
        outbox.c.created >= start - timedelta(days=2),
        outbox.c.kind.in_(("alert", "late")),
        goes >= start,
        goes < end,
    )
    return int(connection.scalar(statement) or 0)


def claim(
    connection: Connection, owner: str, now: datetime, until: datetime, limit: int
) -> list[Message]:
    """Lease due messages to ``owner`` until a time, oldest first.

    A message whose lease has run out (its sender died) is due again.
    """
    chosen = (
        sa.select(outbox.c.id)
        .where(DUE, outbox.c.next_at <= now, free(now))
        .order_by(outbox.c.next_at, outbox.c.created, outbox.c.id)
        .limit(limit)
    )
    return lease(connection, chosen, owner, until)


def lease(
    connection: Connection, chosen: sa.Select[tuple[str]], owner: str, until: datetime
) -> list[Message]:
    """Lease the messages whose ids a statement chooses, unless another is at it, in its order."""
    ids = list(connection.scalars(chosen.with_for_update(skip_locked=True)))
    if not ids:
        return []
    changed = sa.update(outbox).where(outbox.c.id.in_(ids))
    rows = connection.execute(
        changed.values(lease_owner=owner, lease_until=until).returning(*COLUMNS)
    )
    found = {row["id"]: read(row) for row in rows.mappings()}
    return [found[one] for one in ids]


def settle(
    connection: Connection,
    message_id: str,
    result: Delivery,
    state: OutboxState,
    next_at: datetime | None = None,
) -> None:
    """Log a try and say what becomes of the message: sent, dead, or due again at ``next_at``."""
    connection.execute(sa.insert(delivery).values(asdict(result)))
    changes: dict[str, Any] = {
        "state": state.value,
        "attempts": outbox.c.attempts + 1,
        "lease_owner": None,
        "lease_until": None,
        "error": None if result.ok else f"{result.code} {result.detail}".strip(),
    }
    if state is OutboxState.SENT:
        changes["sent"] = result.at
    if next_at is not None:
        changes["next_at"] = next_at
    # A sender whose lease ran out must not undo what another has settled since.
    still_due = sa.and_(outbox.c.id == message_id, DUE)
    connection.execute(sa.update(outbox).where(still_due).values(changes))


def leased_until(connection: Connection, now: datetime) -> datetime | None:
    """Return when the last lease on a due message ends that another sender holds, if any."""
    statement = sa.select(sa.func.max(outbox.c.lease_until)).where(
        DUE, outbox.c.next_at <= now, outbox.c.lease_until > now, FREE_OF_MAILS
    )
    found: datetime | None = connection.scalar(statement)
    return found


def release(connection: Connection, owner: str, message_ids: Sequence[str]) -> None:
    """Give up the leases that ``owner`` still holds on messages: those are due at once."""
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(message_ids), outbox.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )


def messages(connection: Connection, alert_id: str) -> list[Message]:
    """Return an alert's messages, oldest first."""
    statement = (
        sa.select(*COLUMNS)
        .where(outbox.c.alert_id == alert_id)
        .order_by(outbox.c.created, outbox.c.id)
    )
    return [read(row) for row in connection.execute(statement).mappings()]


def tries(connection: Connection, alert_id: str) -> list[Delivery]:
    """Return what came of each try to send an alert's messages, the first one first."""
    columns = [column for column in delivery.c if column.name != "number"]
    statement = (
        sa.select(*columns)
        .join(outbox, outbox.c.id == delivery.c.message_id)
        .where(outbox.c.alert_id == alert_id)
        .order_by(delivery.c.number)
    )
    return [Delivery(**row) for row in connection.execute(statement).mappings()]


def counts(connection: Connection) -> dict[str, int]:
    """Return how many messages are due, sent and dead."""
    statement = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
    found = {row[0]: int(row[1]) for row in connection.execute(statement)}
    return {state.value: found.get(state.value, 0) for state in OutboxState}


def next_due(connection: Connection) -> datetime | None:
    """Return when the next message is due, or None when nothing waits."""
    statement = sa.select(sa.func.min(outbox.c.next_at)).where(DUE)
    found: datetime | None = connection.scalar(statement)
    return found


def free(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that nobody holds a lease on a message, or a wrong clock dated it."""
    until = outbox.c.lease_until
    misdated = sa.and_(until > now + FARTHEST, FREE_OF_MAILS)
    return sa.or_(until.is_(None), until <= now, misdated)


def let_go(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that no quiet hours hold a message."""
    return sa.or_(outbox.c.held_until.is_(None), outbox.c.held_until <= now)


def read(row: Any) -> Message:
    """Return a row of ``COLUMNS`` as a message."""
    return Message(**(dict(row) | {"state": OutboxState(row["state"])}))
