"""Reading a time from the command line."""

from __future__ import annotations

from datetime import UTC, datetime

from desk.errors import DeskError


def time_of(option: str, said: str) -> datetime | None:
    """Return the time that an option says, in UTC unless it names a zone; None for nothing.

    Raises:
        DeskError: it is no time.
    """
    if not said:
        return None
    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        raise DeskError(
            f"{option} {said}: not a time; write 2026-03-04 or 2026-03-04T12:00"
        ) from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
