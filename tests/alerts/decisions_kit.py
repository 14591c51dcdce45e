"""What the tests of decisions share: time that passes, and settings with one thing changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts_kit import MACHINE, NOW, PERSON, SIMPLE, around
from alerts_views import RULE

from alerts import AlertsSettings, Recipient, RuleSettings, rejudge
from alerts.judge import Verdict
from archive import Archive, outbox
from archive import alerts as store
from archive.types import Alert, Message

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def set_to(**values: object) -> AlertsSettings:
    """The tests' settings with some values of their own."""
    return AlertsSettings.model_validate(SIMPLE.model_dump(by_alias=True) | values)


def ruled(**values: object) -> AlertsSettings:
    """The tests' settings with one rule, which has values of its own."""
    rule = RuleSettings.model_validate(RULE.model_dump(by_alias=True) | values)
    return SIMPLE.model_copy(update={"rules": (rule,)})


def pass_time(
    archive: Archive,
    now: datetime,
    settings: AlertsSettings = SIMPLE,
    recipients: Sequence[Recipient] = (PERSON, MACHINE),
) -> Verdict:
    """What a cycle without articles decides."""
    return rejudge(archive, around(settings, now, recipients))


def alert(archive: Archive) -> Alert:
    """The only alert there is."""
    with archive.read() as connection:
        (found,) = store.recent(connection, 10)
        return found


def queued(archive: Archive, to: Recipient = PERSON) -> list[Message]:
    """What is in the outbox for somebody, oldest first."""
    with archive.read() as connection:
        found = [
            m for a in store.recent(connection, 1000) for m in outbox.messages(connection, a.id)
        ]
    mine = (m for m in found if (m.channel, m.recipient) == (to.channel, to.address))
    return sorted(mine, key=lambda m: (m.created, m.id))


__all__ = ["HOUR", "MINUTE", "NOW", "alert", "pass_time", "queued", "ruled", "set_to"]
