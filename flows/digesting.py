"""What a digest is built from: how far back it goes, whose budgets it minds, the index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import alerts
from alerts.budget import budgets_of
from alerts.receivers import EMAIL_CHANNEL
from archive import Archive, digests, endpoints
from flows import cycle, model
from flows.settings import Settings

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_INDEX_DAYS, _WEEKLY_INDEX_DAYS = 28, 56
_PUNCTUAL = timedelta(hours=1)
_FARTHEST = timedelta(days=31)
"""A digest that ended longer ago was the last before a long rest: it is not caught up on."""


def kind_of(*, weekly: bool) -> str:
    """Return the name of a kind of digest, as ``Digest.kind`` has it."""
    return "weekly" if weekly else "daily"


def usual_start(now: datetime, *, weekly: bool) -> datetime:
    """Return when a digest begins that does not go by the last one."""
    return now - (_WEEK if weekly else _DAY)


def next_start(
    archive: Archive, addresses: Collection[str], now: datetime, *, weekly: bool
) -> datetime:
    """Return when the next digest to these addresses begins: where the last one ended.

    So nothing is left out when a run is late or was missed. One that follows another within the
    day, or the week, covers the whole of it all the same.

    Raises:
        ArchiveError: the database does not answer.
    """
    usual = usual_start(now, weekly=weekly)
    kind = kind_of(weekly=weekly)
    with archive.read() as connection:
        ends = [digests.ended(connection, kind, address) for address in addresses]
    last = max((end for end in ends if end is not None and end <= now), default=usual)
    return last if now - _FARTHEST <= last <= usual + _PUNCTUAL else usual


def collect(
    archive: Archive, settings: Settings, since: datetime, now: datetime, *, weekly: bool
) -> alerts.Digest:
    """Collect a digest.

    Raises:
        ArchiveError: the database does not answer.
        CorpusError: the file that defines the signals has mistakes.
    """
    from alerts.index import read_index

    addresses = () if settings.email is None else settings.email.to
    with archive.read() as connection:
        index = read_index(connection, now, _WEEKLY_INDEX_DAYS if weekly else _INDEX_DAYS)
    return alerts.build_digest(
        archive,
        since,
        now,
        cycle.coverage(archive),
        model.signal_names(settings),
        cycle.unheard(archive, now),
        budgets=budgets_of(settings.alerts, addresses),
        index=index,
        weekly=weekly,
    )


def not_mailed(archive: Archive, content: alerts.Digest, addresses: Collection[str]) -> set[str]:
    """Return the addresses that have a digest already, or that are disabled for mail.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.read() as connection:
        ends = {one: digests.ended(connection, content.kind, one) for one in addresses}
        paused = endpoints.paused(connection, EMAIL_CHANNEL)
    have = {one for one, end in ends.items() if end is not None and end >= content.now}
    return have | (paused & set(addresses))


def note_taken(archive: Archive, content: alerts.Digest, address: str) -> None:
    """Note that an address has a digest: its next one begins where this one ends.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.write() as connection:
        digests.taken(connection, content.kind, address, content.now)
