"""Who wants no mail any more: an address leaves, comes back, and is left out meanwhile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.settings import EMAIL_CHANNEL, EmailSettings
from archive import unsubscribed


def leave(connection: Connection, address: str, how: str, now: datetime) -> None:
    """Mail an address nothing more; what waits for it is given up. Once is as good as twice."""
    if not has_left(connection, address):
        unsubscribed.add(connection, address, how, now)
        unsubscribed.withdraw(connection, EMAIL_CHANNEL, address)


def come_back(connection: Connection, address: str, now: datetime) -> None:
    """Mail an address again, from now on; what was given up meanwhile stays so."""
    if has_left(connection, address):
        unsubscribed.remove(connection, address, now)


def has_left(connection: Connection, address: str) -> bool:
    """Whether an address wants no mail."""
    return address.lower() in unsubscribed.all(connection)


def subscribed(connection: Connection, email: EmailSettings | None) -> EmailSettings | None:
    """Return mail settings whose ``to`` leaves out those who want none; it may become empty."""
    if email is None:
        return None
    gone = unsubscribed.all(connection)
    left = tuple(to for to in email.to if to.lower() not in gone)
    return email.model_copy(update={"to": left})
