"""Sending again on a person's word: one message, or all that a channel has missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.errors import AlertError
from archive import Archive, endpoints, lanes, replays
from archive.types import Message


@dataclass(frozen=True, slots=True)
class Replayed:
    """What is due again: how many messages were given up before, and whether the channel or an
    address of it was disabled."""

    revived: int
    enabled: bool


def replay_one(archive: Archive, name: str, now: datetime) -> list[Message]:
    """Make a message, or all messages of an alert, due again under the ids they have.

    Receivers drop what they know by its id, so that a message that did arrive is no harm.

    Raises:
        AlertError: nothing has that id.
        ArchiveError: the database does not answer.
    """
    with archive.write() as connection:
        found = replays.find(connection, name)
        for one in found:
            replays.revive(connection, one.id, now)
    if not found:
        raise AlertError(
            f"{name}: no message or alert has this id; `pivotwatch alerts dead` shows messages "
            "that were given up, `pivotwatch alerts list` the alerts"
        )
    return found


def replay_channel(
    archive: Archive, channel: str, now: datetime, since: datetime | None = None
) -> Replayed:
    """Enable a channel and make everything due that it has missed, the oldest first.

    Args:
        archive: the database.
        channel: the channel's name.
        now: the time.
        since: leave out what was given up and had been queued before; None for nothing.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.write() as connection:
        revived = replays.revive_dead(connection, channel, since)
        enabled = _enable(connection, channel, now)
    return Replayed(revived, enabled)


def works(archive: Archive, channel: str, now: datetime) -> bool:
    """Note that a person has seen a channel work; return whether it was disabled till then.

    What waits for it is due at once.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.write() as connection:
        return _enable(connection, channel, now)


def _enable(connection: Connection, channel: str, now: datetime) -> bool:
    disabled = any(
        one.channel == channel and one.disabled is not None for one in endpoints.every(connection)
    )
    endpoints.enable(connection, channel)
    lanes.resume(connection, channel, now)
    return disabled
