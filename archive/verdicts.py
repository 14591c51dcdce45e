"""What readers said of alerts; a verdict can be set aside, and is never taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import alert, verdict
from archive.types import Verdict, VerdictKind
from archive.upsert import upsert


def add(connection: Connection, one: Verdict) -> None:
    """Store a verdict; one that is there already is left as it is."""
    upsert(connection, verdict, [asdict(one) | {"verdict": one.verdict.value}])


def of_person(connection: Connection, alert_id: str, person: str) -> list[Verdict]:
    """Return all that a person said of an alert, oldest first.

    Until the end of the transaction nobody else changes the alert's verdicts.
    """
    connection.execute(sa.select(alert.c.id).where(alert.c.id == alert_id).with_for_update())
    whose = verdict.c.alert_id == alert_id, verdict.c.person == person
    return _found(connection, sa.select(verdict).where(*whose))


def of_alert(connection: Connection, alert_id: str) -> list[Verdict]:
    """Return all that anybody said of an alert, oldest first."""
    return _found(connection, sa.select(verdict).where(verdict.c.alert_id == alert_id))


def set_aside(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    """Let verdicts count no longer; what was set aside before stays as it is."""
    counts = sa.and_(verdict.c.id.in_(ids), verdict.c.set_aside.is_(None))
    connection.execute(sa.update(verdict).where(counts).values(set_aside=at))


def _found(connection: Connection, statement: sa.Select[Any]) -> list[Verdict]:
    rows = connection.execute(statement.order_by(verdict.c.at, verdict.c.id)).mappings()
    return [_verdict(row) for row in rows]


def _verdict(row: Mapping[Any, Any]) -> Verdict:
    return Verdict(**(dict(row) | {"verdict": VerdictKind(row["verdict"])}))
