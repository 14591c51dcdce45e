"""What people, and time itself, did with alerts; nothing is ever taken out."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import alert_action
from archive.types import AlertAction

_COLUMNS = [c for c in alert_action.columns if c.name != "number"]


def log(connection: Connection, one: AlertAction) -> None:
    """Note an action."""
    connection.execute(sa.insert(alert_action).values(asdict(one)))


def of_alert(connection: Connection, alert_id: str) -> list[AlertAction]:
    """Return what was done with an alert, in order."""
    statement = (
        sa.select(*_COLUMNS)
        .where(alert_action.c.alert_id == alert_id)
        .order_by(alert_action.c.number)
    )
    return [AlertAction(**row) for row in connection.execute(statement).mappings()]
