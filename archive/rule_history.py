"""What one rule has decided and told last, on whatever story."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import alert, decision
from archive.types import Alert, AlertState, Decision, Outcome


def last_decision(connection: Connection, rule: str) -> Decision | None:
    """Return the decision that a rule took last."""
    statement = (
        sa.select(decision)
        .where(decision.c.rule == rule)
        .order_by(decision.c.decided.desc(), decision.c.story_id)
        .limit(1)
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else Decision(**(dict(row) | {"outcome": Outcome(row["outcome"])}))


def last_alert(connection: Connection, rule: str) -> Alert | None:
    """Return the alert of a rule that was revised last."""
    statement = (
        sa.select(alert)
        .where(alert.c.rule == rule)
        .order_by(alert.c.updated.desc(), alert.c.id)
        .limit(1)
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else Alert(**row)


def snoozed(connection: Connection, rule: str) -> list[Alert]:
    """Return the alerts of a rule that are laid aside, the first opened first."""
    statement = (
        sa.select(alert)
        .where(alert.c.rule == rule, alert.c.state == AlertState.SNOOZED.value)
        .order_by(alert.c.opened, alert.c.id)
    )
    return [Alert(**row) for row in connection.execute(statement).mappings()]
