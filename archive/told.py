"""What was told last: every alert with its newest revision, for handing on to other programs."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import alert, alert_revision
from archive.types import Alert, AlertRevision, Reason


def newest(connection: Connection, since: datetime | None) -> list[tuple[Alert, AlertRevision]]:
    """Return the alerts that were updated at ``since`` or later, or all, the oldest first."""
    last = sa.and_(
        alert_revision.c.alert_id == alert.c.id, alert_revision.c.revision == alert.c.revision
    )
    statement = (
        sa.select(alert, *(c.label(f"last_{c.name}") for c in alert_revision.columns))
        .join(alert_revision, last)
        .order_by(alert.c.opened, alert.c.id)
    )
    if since is not None:
        statement = statement.where(alert.c.updated >= since)
    return [_read(dict(row)) for row in connection.execute(statement).mappings()]


def _read(row: dict[str, object]) -> tuple[Alert, AlertRevision]:
    first = {c.name: row[c.name] for c in alert.columns}
    last = {c.name: row[f"last_{c.name}"] for c in alert_revision.columns}
    last["reason"] = Reason(str(last["reason"]))
    return Alert(**first), AlertRevision(**last)  # type: ignore[arg-type]
