"""Alerts, their revisions, and what state people have put them in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.listed import bound, listed
from archive.tables import alert, alert_revision, story
from archive.types import Alert, AlertRevision, AlertState, Reason
from archive.upsert import upsert


def get(connection: Connection, alert_id: str) -> Alert | None:
    """Return one alert."""
    row = connection.execute(sa.select(alert).where(alert.c.id == alert_id)).mappings().first()
    return None if row is None else Alert(**row)


def on_stories(connection: Connection, story_ids: Collection[str]) -> list[Alert]:
    """Return the alerts that were raised on these stories, the first opened first."""
    wanted = listed(connection.dialect.name, "ids").c.value
    statement = (
        sa.select(alert)
        .where(alert.c.story_id.in_(sa.select(wanted)))
        .order_by(alert.c.opened, alert.c.id)
    )
    rows = connection.execute(statement, {"ids": bound(story_ids)}).mappings()
    return [Alert(**row) for row in rows]


def recent(connection: Connection, limit: int) -> list[Alert]:
    """Return the alerts that were updated last, newest first."""
    statement = sa.select(alert).order_by(alert.c.updated.desc(), alert.c.id).limit(limit)
    return [Alert(**row) for row in connection.execute(statement).mappings()]


def revise(connection: Connection, one: Alert, revision: AlertRevision) -> None:
    """Store an alert together with its newest revision."""
    upsert(connection, alert, [asdict(one)], update=("revision", "updated", "severity"))
    upsert(connection, alert_revision, [asdict(revision) | {"reason": revision.reason.value}])


def revision(connection: Connection, alert_id: str, number: int) -> AlertRevision | None:
    """Return one revision of an alert."""
    statement = sa.select(alert_revision).where(
        alert_revision.c.alert_id == alert_id, alert_revision.c.revision == number
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else AlertRevision(**(dict(row) | {"reason": Reason(row["reason"])}))


def set_state(
    connection: Connection,
    alert_id: str,
    state: AlertState,
    *,
    by: str,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Say what state an alert is in, who made it so, and until when it lasts."""
    connection.execute(
        sa.update(alert)
        .where(alert.c.id == alert_id)
        .values(state=state.value, state_by=by, state_at=at, state_until=until)
    )


def idle(connection: Connection, before: datetime) -> list[Alert]:
    """Return the alerts not closed yet whose story and state have not changed since a time."""
    quiet = sa.or_(alert.c.state_at.is_(None), alert.c.state_at < before)
    statement = (
        sa.select(alert)
        .join(story, story.c.id == alert.c.story_id)
        .where(alert.c.state != AlertState.CLOSED.value, story.c.updated < before)
        .where(alert.c.updated < before, quiet)
        .order_by(alert.c.id)
    )
    return [Alert(**row) for row in connection.execute(statement).mappings()]


def snoozes_over(connection: Connection, now: datetime) -> list[Alert]:
    """Return the alerts whose snooze has come to its end."""
    statement = (
        sa.select(alert)
        .where(alert.c.state == AlertState.SNOOZED.value, alert.c.state_until <= now)
        .order_by(alert.c.id)
    )
    return [Alert(**row) for row in connection.execute(statement).mappings()]
