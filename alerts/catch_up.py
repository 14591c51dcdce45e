"""One mail for a person after an outage, in place of everything that came too late."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.letters import Letter, catch_up
from alerts.payload import read_payload
from archive import alerts as alert_store
from archive import catch_ups, ids, outbox
from archive.types import Message, OutboxState

LATE = timedelta(hours=1)
"""An alert that has waited longer is no news any more: several of them become one mail."""
UNCERTAIN = "(it may have been taken)"
"""Ends the error of a try whose message may have arrived."""


def gather(connection: Connection, channel: str, recipients: Collection[str], now: datetime) -> int:
    """Put what waits too long for each person into one catch-up mail; return how many joined.

    A mail that waits already takes in what has come since, unless it may have been taken: then
    its content stands, and the rest gets a mail of its own. Must be called in a transaction.
    """
    joined = 0
    for recipient in catch_ups.stale(connection, channel, recipients, now, now - LATE):
        waiting = catch_ups.waiting(connection, channel, recipient, now)
        mail = catch_ups.open_for(connection, channel, recipient, now)
        if mail is None or (mail.error or "").endswith(UNCERTAIN):
            if len(waiting) == 1:
                continue  # a single alert is mailed as it is
            mail = _new(connection, waiting, now)
        catch_ups.cover(connection, mail, waiting)
        joined += len(waiting)
    return joined


def letter_of(connection: Connection, mail: Message) -> Letter | None:
    """Return what a catch-up mail says, or None when nothing is left to say."""
    found = [
        alert_store.revision(connection, one.alert_id, one.revision)
        for one in catch_ups.covered(connection, mail)
    ]
    payloads = [read_payload(one.payload) for one in found if one is not None]
    return catch_up(mail, payloads) if payloads else None


def _new(connection: Connection, waiting: list[Message], now: datetime) -> Message:
    oldest = waiting[0]
    number = 1
    while True:  # the same alerts may have been in such a mail before, and be replayed
        key = f"catch_up {oldest.id}"
        message_id = ids.message_id(oldest.channel, oldest.recipient, key, number)
        if catch_ups.get(connection, message_id) is None:
            break
        number += 1
    mail = Message(
        id=message_id,
        alert_id=oldest.alert_id,
        revision=oldest.revision,
        channel=oldest.channel,
        recipient=oldest.recipient,
        state=OutboxState.DUE,
        attempts=max(one.attempts for one in waiting),
        next_at=now,
        created=oldest.created,
        kind=catch_ups.CATCH_UP,
    )
    outbox.enqueue(connection, [mail])
    return mail
