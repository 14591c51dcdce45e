"""A message as it enters the outbox: due, untried, under an id that survives retries."""

from __future__ import annotations

from datetime import datetime

from alerts.channels import Recipient
from archive import ids
from archive.types import Message, OutboxState

ALERT = "alert"
TRIAL = "al_test"
"""The alert that tries a channel; nobody else is told how that went."""


def queued(
    to: Recipient,
    alert_id: str,
    revision: int,
    now: datetime,
    *,
    key: str = "",
    number: int = 0,
    kind: str = ALERT,
    held_until: datetime | None = None,
) -> Message:
    """Return the message on an alert's revision for one recipient.

    Args:
        to: who gets it.
        alert_id: the alert that it is on.
        revision: the revision of that.
        now: when it is queued.
        key: what its id is made from in place of the alert, for what is no revision.
        number: what its id is made from in place of the revision.
        kind: what it is.
        held_until: until when quiet hours hold it, if they do.
    """
    return Message(
        id=ids.message_id(to.channel, to.address, key or alert_id, number or revision),
        alert_id=alert_id,
        revision=revision,
        channel=to.channel,
        recipient=to.address,
        state=OutboxState.DUE,
        attempts=0,
        next_at=held_until or now,
        created=now,
        kind=kind,
        held_until=held_until,
    )
