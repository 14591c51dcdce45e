"""Quiet hours for what goes out late: mail that was queued before them and not sent is held too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.quiet import held_until
from alerts.rule_settings import AlertsSettings, RuleSettings
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

    A mail on several alerts waits for the last of their quiet hours. What is critical goes, alone
    or in a catch-up mail. Must be called in a transaction.
    """
    if not _is_any_quiet(settings, recipients, now):
        return 0
    rules = {rule.name: rule for rule in settings.every_rule}
    found: dict[datetime, list[str]] = {}
    for one in lanes.ripe(connection, channel, now, recipients):
        until = _until(one, settings, rules, now)
        if until is not None:
            found.setdefault(until, []).append(one.id)
    for until, ids in found.items():
        lanes.put_off(connection, ids, until)
    return sum(map(len, found.values()))


def _is_any_quiet(settings: AlertsSettings, recipients: Collection[str], now: datetime) -> bool:
    rules = (None, *settings.every_rule)
    return any(held_until(now, settings, rule, who) for rule in rules for who in recipients)


def _until(
    one: Ripe, settings: AlertsSettings, rules: Mapping[str, RuleSettings], now: datetime
) -> datetime | None:
    if any(severity is Severity.CRITICAL for _, severity in one.alerts):
        return None
    ends = (held_until(now, settings, rules.get(name), one.recipient) for name, _ in one.alerts)
    return max((end for end in ends if end is not None), default=None)
