"""Alerts and their revisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import alert, alert_revision
from archive.types import Alert, AlertRevision, Reason
from archive.upsert import upsert


def get(connection: Connection, alert_id: str) -> Alert | None:
    """Return one alert."""
    row = connection.execute(sa.select(alert).where(alert.c.id == alert_id)).mappings().first()
    return None if row is None else Alert(**row)


def recent(connection: Connection, limit: int) -> list[Alert]:
    """Return the alerts that were updated last, newest first."""
    statement = sa.select(alert).order_by(alert.c.updated.desc(), alert.c.id).limit(limit)
    return [Alert(**row) for row in connection.execute(statement).mappings()]


def revise(connection: Connection, one: Alert, revision: AlertRevision) -> None:
    """Store an alert together with its newest revision."""
    upsert(connection, alert, [asdict(one)], update=("revision", "updated"))
    upsert(connection, alert_revision, [asdict(revision) | {"reason": revision.reason.value}])


def revision(connection: Connection, alert_id: str, number: int) -> AlertRevision | None:
    """Return one revision of an alert."""
    statement = sa.select(alert_revision).where(
        alert_revision.c.alert_id == alert_id, alert_revision.c.revision == number
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else AlertRevision(**(dict(row) | {"reason": Reason(row["reason"])}))


def opened_since(connection: Connection, since: datetime) -> int:
    """Return how many alerts were opened after a time."""
    statement = sa.select(sa.func.count()).select_from(alert).where(alert.c.opened >= since)
    return int(connection.scalar(statement) or 0)
