"""What the tests and benches of delivery share: a full outbox without weighing anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts_kit import MACHINE, NOW, PERSON, make

from alerts import Recipient
from alerts.queueing import queued as queued_message
from alerts.trial import trial_payload
from archive import Archive, articles, ids, outbox, stories
from archive import alerts as alert_store
from archive.types import Alert, AlertRevision, Message, OutboxState, Reason

RULE = "kit"


def queue(
    archive: Archive,
    count: int = 1,
    *,
    recipients: Sequence[Recipient] = (PERSON, MACHINE),
    at: datetime = NOW,
    start: int = 0,
    held_until: datetime | None = None,
) -> list[Message]:
    """Put ``count`` alerts into the outbox, for each recipient, as weighing does.

    They are numbered from ``start``; the same number is the same alert.
    """
    story = ids.story_id("kit")
    article, _ = make("kit")
    made: list[Message] = []
    with archive.write() as connection:
        articles.put(connection, article)
        if stories.get(connection, story) is None:
            stories.open_story(connection, story, article, at)
        for number in range(start, start + count):
            alert = Alert(ids.alert_id(RULE, str(number)), RULE, story, "Kit", 1, at, at)
            payload = trial_payload(at).model_copy(
                update={
                    "alert_id": alert.id,
                    "rule": RULE,
                    "reason": Reason.FIRST,
                    "news": f"number {number}",
                }
            )
            revision = AlertRevision(alert.id, 1, Reason.FIRST, payload.as_json(), at)
            alert_store.revise(connection, alert, revision)
            made += [message_to(one, alert, at, held_until) for one in recipients]
        outbox.enqueue(connection, made)
    return made


def message_to(
    one: Recipient, alert: Alert, at: datetime, held_until: datetime | None = None
) -> Message:
    """The outbox row of an alert's first revision for one recipient."""
    return queued_message(one, alert.id, 1, at, held_until=held_until)


def queued(archive: Archive) -> list[Message]:
    """Every message there is, oldest first."""
    with archive.read() as connection:
        found = [
            m
            for a in alert_store.recent(connection, 100_000)
            for m in outbox.messages(connection, a.id)
        ]
    return sorted(found, key=lambda m: (m.created, m.channel, m.id))


def states(archive: Archive, channel: str, kind: str = "alert") -> list[OutboxState]:
    """The states of a channel's messages of one kind, oldest first."""
    return [m.state for m in queued(archive) if m.channel == channel and m.kind == kind]
