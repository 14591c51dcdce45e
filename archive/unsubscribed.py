"""The addresses that want no mail; one that came back stays on record as such."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import outbox, unsubscribed
from archive.upsert import upsert

_BACK = "subscribed again"
_ERROR = "unsubscribed"


def add(connection: Connection, address: str, how: str, at: datetime) -> None:
    """Send an address nothing more; ``how`` says which way it was asked for."""
    _put(connection, address, how, at)


def remove(connection: Connection, address: str, at: datetime) -> None:
    """Mail an address again."""
    _put(connection, address, _BACK, at)


def all(connection: Connection) -> frozenset[str]:
    """Return the addresses that want no mail, in lower case."""
    statement = sa.select(unsubscribed.c.address).where(unsubscribed.c.how != _BACK)
    return frozenset(connection.scalars(statement))


def withdraw(connection: Connection, channel: str, address: str) -> int:
    """Give up what waits for an address; return how many messages.

    What a sender has in its hands at this moment may still go out.
    """
    waiting = sa.and_(
        outbox.c.state == sa.literal_column("'due'"),
        outbox.c.channel == channel,
        sa.func.lower(outbox.c.recipient) == address.lower(),
    )
    done = connection.execute(
        sa.update(outbox)
        .where(waiting)
        .values(state="dead", error=_ERROR, lease_owner=None, lease_until=None)
    )
    return int(done.rowcount)


def _put(connection: Connection, address: str, how: str, at: datetime) -> None:
    row = {"address": address.lower(), "how": how, "at": at}
    upsert(connection, unsubscribed, [row], update=("how", "at"))
