"""Messages that are due and tried by nobody, as the audit and the doctor tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from archive import Archive
from archive.overdue import overdue
from archive.types import Cycle
from feeds.together import stamp
from flows.settings import Settings

_RESTART = "restart `pivotwatch up`"
_ONCE = "see what `pivotwatch run --once` says of them"


def untried(
    archive: Archive,
    settings: Settings,
    ended: Sequence[Cycle],
    start: datetime | None,
    now: datetime,
    *,
    is_up: bool,
) -> Iterator[tuple[str, str]]:
    """Yield for each channel whose messages lie untried what is wrong, and the remedy.

    Where only cycles deliver, a message has had its chance once one has begun and ended after it
    was due.

    Args:
        archive: where the outbox is.
        settings: the configuration, which says how long a message may lie.
        ended: cycles that have ended, the newest first.
        start: from when time counts; None: from ever.
        now: the time.
        is_up: whether ``up`` runs, which delivers at once.

    Raises:
        ArchiveError: the database does not answer.
    """
    before = now - timedelta(minutes=settings.audit.overdue)
    if not is_up:
        before = min([before, *(one.started for one in ended[:1])])
    if (start and before < start) or not (is_up or ended):
        return
    with archive.read() as connection:
        found = overdue(connection, before, now)
    for one in found:
        what = "message has" if one.count == 1 else "messages have"
        said = (
            f"{one.channel}: {one.count} {what} been due since {stamp(one.since)} and nobody has "
            "tried to send"
        )
        yield said, _RESTART if is_up else _ONCE
