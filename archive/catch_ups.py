"""Catch-up mails in the outbox: one message that stands for all that a person was not sent.

What it stands for is leased to it until it is settled, and settled with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.outbox import COLUMNS, DUE, free, let_go, read
from archive.tables import delivery, outbox
from archive.types import Delivery, Message, OutboxState

ALERT, LATE, CATCH_UP = "alert", "late", "catch_up"
_FOR_EVER = datetime(9990, 1, 1, tzinfo=UTC)


def stale(
    connection: Connection,
    channel: str,
    recipients: Collection[str],
    now: datetime,
    before: datetime,
) -> list[str]:
    """Return the recipients for whom an alert has been waiting since ``before``.

    What was tried has waited since it was queued, also when quiet hours have held it since.
    """
    held = sa.func.coalesce(outbox.c.held_until, outbox.c.created, type_=outbox.c.created.type)
    since = sa.case((outbox.c.attempts > 0, outbox.c.created), else_=held)
    statement = (
        sa.select(outbox.c.recipient)
        .where(*_waiting(channel, now), outbox.c.recipient.in_(sorted(recipients)), since <= before)
        .distinct()
        .order_by(outbox.c.recipient)
    )
    return list(connection.scalars(statement))


def waiting(connection: Connection, channel: str, recipient: str, now: datetime) -> list[Message]:
    """Return the alerts that wait for a person and nobody is sending, oldest first."""
    statement = (
        sa.select(*COLUMNS)
        .where(*_waiting(channel, now), outbox.c.recipient == recipient)
        .order_by(outbox.c.created, outbox.c.id)
    )
    return [read(row) for row in connection.execute(statement).mappings()]


def get(connection: Connection, message_id: str) -> Message | None:
    """Return one message of the outbox."""
    statement = sa.select(*COLUMNS).where(outbox.c.id == message_id)
    row = connection.execute(statement).mappings().first()
    return None if row is None else read(row)


def open_for(connection: Connection, channel: str, recipient: str, now: datetime) -> Message | None:
    """Return the catch-up mail that still waits to be sent to a person: nobody is sending it, and
    no quiet hours hold it, as what is critical must not wait with it."""
    statement = (
        sa.select(*COLUMNS)
        .where(DUE, outbox.c.channel == channel, outbox.c.recipient == recipient, free(now))
        .where(outbox.c.kind == CATCH_UP, let_go(now))
        .order_by(outbox.c.created.desc(), outbox.c.id)
        .limit(1)
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else read(row)


def cover(connection: Connection, mail: Message, messages: Sequence[Message]) -> None:
    """Lease messages to the catch-up mail that will stand for them."""
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_([m.id for m in messages]))
        .values(lease_owner=mail.id, lease_until=_FOR_EVER)
    )


def covered(connection: Connection, mail: Message) -> list[Message]:
    """Return what a catch-up mail stands for, oldest first."""
    statement = sa.select(*COLUMNS).where(*_leased_to(mail)).order_by(outbox.c.created, outbox.c.id)
    return [read(row) for row in connection.execute(statement).mappings()]


def arrived(connection: Connection, mail: Message, result: Delivery) -> None:
    """Settle what a catch-up mail stood for: it was delivered by the mail."""
    detail = f"in the catch-up mail {mail.id}"
    rows: list[dict[str, Any]] = [
        {"message_id": m.id, "at": result.at, "ok": True, "code": result.code, "detail": detail}
        for m in covered(connection, mail)
    ]
    if not rows:
        return
    connection.execute(sa.insert(delivery), rows)
    connection.execute(
        sa.update(outbox)
        .where(*_leased_to(mail))
        .values(
            state=OutboxState.SENT.value,
            sent=result.at,
            error=None,
            attempts=outbox.c.attempts + 1,
            lease_owner=None,
            lease_until=None,
        )
    )


def uncover(connection: Connection, mail: Message, now: datetime) -> None:
    """Let every alert go alone that a refused catch-up mail stood for; each is due at once."""
    connection.execute(
        sa.update(outbox)
        .where(*_leased_to(mail))
        .values(kind=LATE, next_at=now, attempts=0, lease_owner=None, lease_until=None)
    )


def _waiting(channel: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return DUE, outbox.c.channel == channel, outbox.c.kind == ALERT, let_go(now), free(now)


def _leased_to(mail: Message) -> tuple[sa.ColumnElement[bool], ...]:
    whose = outbox.c.channel == mail.channel, outbox.c.recipient == mail.recipient
    return *whose, outbox.c.lease_owner == mail.id, DUE
