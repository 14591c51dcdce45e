"""What a rule on all stories together has told when, and whether it has looked at what is new.

Both are kept as beats, not read from decisions: a story's decision gives way to its next one.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import heartbeats
from archive.heartbeats import Beat
from archive.tables import alert
from archive.types import Alert, AlertState

_LOOKED, _TOLD = "looked", "told"


def note_news(connection: Connection, rule: str, now: datetime) -> None:
    """Note, in the transaction that stores it, that there is something new to look at."""
    heartbeats.put(connection, [Beat(f"{rule} {_LOOKED}", now, ok=False)])


def note_look(connection: Connection, rule: str, now: datetime) -> None:
    """Note that a rule has looked at everything that there is."""
    heartbeats.put(connection, [Beat(f"{rule} {_LOOKED}", now)])


def has_looked(connection: Connection, rule: str, now: datetime) -> bool:
    """Whether a rule has looked at everything that is new, and on this UTC day."""
    beat = heartbeats.every(connection).get(f"{rule} {_LOOKED}")
    today = now.astimezone(UTC).date()
    return beat is not None and beat.ok and beat.at.astimezone(UTC).date() == today


def note_told(connection: Connection, rule: str, what: str, at: datetime) -> None:
    """Note that a rule was decided on for ``what``; a later time takes the place of this one."""
    heartbeats.put(connection, [Beat(f"{rule} {_TOLD} {what}", at)])


def told(connection: Connection, rule: str) -> dict[str, datetime]:
    """Return for what a rule was decided on, and the last time of each."""
    start = f"{rule} {_TOLD} "
    beats = heartbeats.every(connection)
    return {name.removeprefix(start): b.at for name, b in beats.items() if name.startswith(start)}


def snoozed(connection: Connection, rule: str) -> list[Alert]:
    """Return the alerts of a rule that are laid aside, the first opened first."""
    statement = (
        sa.select(alert)
        .where(alert.c.rule == rule, alert.c.state == AlertState.SNOOZED.value)
        .order_by(alert.c.opened, alert.c.id)
    )
    return [Alert(**row) for row in connection.execute(statement).mappings()]
