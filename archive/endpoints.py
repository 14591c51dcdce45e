"""How channels and addresses fare: failures in a row, strikes, and whether they are disabled."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import endpoint
from archive.types import Endpoint
from archive.upsert import upsert

_FRESH = timedelta(minutes=1)
_STATE = ("tries", "strikes", "failing_since", "last_ok", "disabled", "reason")


def get(connection: Connection, channel: str, recipient: str = "") -> Endpoint:
    """Return how a channel, or one address of it, fares; one never heard of fares well."""
    statement = sa.select(endpoint).where(
        endpoint.c.channel == channel, endpoint.c.recipient == recipient
    )
    row = connection.execute(statement).mappings().first()
    return Endpoint(channel, recipient) if row is None else Endpoint(**row)


def every(connection: Connection) -> list[Endpoint]:
    """Return all that something was sent to or tried, by channel and address."""
    statement = sa.select(endpoint).order_by(endpoint.c.channel, endpoint.c.recipient)
    return [Endpoint(**row) for row in connection.execute(statement).mappings()]


def paused(connection: Connection, channel: str) -> frozenset[str]:
    """Return the addresses of a channel that are disabled."""
    statement = sa.select(endpoint.c.recipient).where(
        endpoint.c.channel == channel,
        endpoint.c.recipient != "",
        endpoint.c.disabled.is_not(None),
    )
    return frozenset(connection.scalars(statement))


def failed(
    connection: Connection, channel: str, at: datetime, reason: str, *, recipient: str = ""
) -> Endpoint:
    """Count a failure of a channel, or a strike against one address; return how it now fares."""
    before = get(connection, channel, recipient)
    after = replace(
        before,
        tries=before.tries + 1,
        strikes=before.strikes + bool(recipient),
        failing_since=before.failing_since or at,
        reason=reason,
    )
    save(connection, after)
    return after


def succeeded(connection: Connection, channel: str, recipient: str, at: datetime) -> Endpoint:
    """Note that a channel works, and that the address is good again if it had strikes.

    Returns:
        How the channel fared before. That it works is written down once a minute.
    """
    before = get(connection, channel)
    known = not before.tries and before.last_ok and abs(at - before.last_ok) < _FRESH
    if not known:
        save(connection, replace(before, tries=0, failing_since=None, last_ok=at))
    if get(connection, channel, recipient).strikes:
        save(connection, Endpoint(channel, recipient, last_ok=at))
    return before


def disable(connection: Connection, channel: str, at: datetime, *, recipient: str = "") -> Endpoint:
    """Try a channel, or one address of it, no more; return how it now fares."""
    after = replace(get(connection, channel, recipient), disabled=at)
    save(connection, after)
    return after


def enable(connection: Connection, channel: str) -> None:
    """Forget the failures and strikes of a channel and its addresses, and try them again."""
    fresh = {"tries": 0, "strikes": 0, "failing_since": None, "disabled": None, "reason": ""}
    connection.execute(sa.update(endpoint).where(endpoint.c.channel == channel).values(fresh))


def save(connection: Connection, one: Endpoint) -> None:
    """Store how a channel or address fares, in place of what was known."""
    upsert(connection, endpoint, [asdict(one)], update=_STATE)
