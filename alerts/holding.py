"""Quiet hours for what goes out late: mail that was queued before them and not sent is held too."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.quiet import held_until
from alerts.rule_settings import AlertsSettings
from archive import lanes
from archive.lanes import Ripe
from archive.types import Severity


def hold(
    connection: Connection,
    settings: AlertsSettings,
    channel: str,
    recipients: Collection[str],
    now: datetime,
) -> int:
    """Put off the alerts that are due to people whose quiet hours hold now; return how many.

    What is critical goes, alone or in a catch-up mail. They count as waiting since they were
    queued, so that after an outage one mail comes in the morning. Must be called in a transaction.
    """
    if not _is_any_quiet(settings):
        return 0
    rules = {rule.name: rule for rule in settings.every_rule}
    found: dict[datetime, list[str]] = {}
    for one in lanes.ripe(connection, channel, now, recipients):
        if Severity.CRITICAL in one.severities:
            continue
        until = held_until(now, settings, rules.get(_rule(one)), one.recipient)
        if until is not None:
            found.setdefault(until, []).append(one.id)
    for until, ids in found.items():
        lanes.put_off(connection, ids, until)
    return sum(map(len, found.values()))


def _is_any_quiet(settings: AlertsSettings) -> bool:
    people = (one.quiet for one in settings.people)
    rules = (one.quiet for one in settings.every_rule)
    return any(quiet is not None for quiet in (settings.quiet, *people, *rules))


def _rule(one: Ripe) -> str:
    """Return the rule whose quiet hours count; a mail on several alerts has the person's."""
    return one.rule if len(one.severities) == 1 else ""
