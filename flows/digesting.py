"""What a digest is built from: how far back it goes, whose budgets it minds, the index."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import alerts
from alerts.budget import budgets_of
from alerts.index import read_index
from alerts.receivers import EMAIL_CHANNEL
from archive import Archive, digests, endpoints
from flows import cycle, model
from flows.settings import Settings

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_INDEX_DAYS, _WEEKLY_INDEX_DAYS = 28, 56
_PUNCTUAL = timedelta(hours=1)
_FARTHEST = timedelta(days=31)
"""A digest that ended longer ago was the last before a long rest: it is not caught up on."""
MOST_HOURS = 24 * 31
_OVERLAP = timedelta(minutes=2)
"""So much earlier than the last one ended the next one begins. A decision has the time at which
its cycle came to decide; it is there to be read when the cycle has had its turn at the database,
which it waits up to 45 seconds for, and has stored the rest of its batch, which takes less than
those. A line twice is better than none."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A digest, and the addresses it is for: all those whose last one ended at the same time."""

    content: alerts.Digest
    to: tuple[str, ...]


def kind_of(*, weekly: bool) -> str:
    """Return the name of a kind of digest, as ``Digest.kind`` has it."""
    return "weekly" if weekly else "daily"


def usual_start(now: datetime, *, weekly: bool) -> datetime:
    """Return when a digest begins that does not go by the last one."""
    return now - (_WEEK if weekly else _DAY)


def next_starts(
    archive: Archive, addresses: Collection[str], now: datetime, *, weekly: bool
) -> dict[datetime, tuple[str, ...]]:
    """Return when the next digests begin, each with its addresses, the latest first.

    An address's begins where its last one ended, and a little before. So nothing is left out when
    a run is late or was missed, by all or by one whose server refused it. One that follows another
    within the day, or the week, covers the whole of it all the same.

    Raises:
        ArchiveError: the database does not answer.
    """
    usual = usual_start(now, weekly=weekly)
    with archive.read() as connection:
        ends = digests.ends(connection, kind_of(weekly=weekly), addresses)
    found: dict[datetime, tuple[str, ...]] = {}
    for address in addresses:
        last = ends.get(address, usual)
        due = now - _FARTHEST <= last <= usual + _PUNCTUAL
        start = last - _OVERLAP if due and address in ends else usual
        found[start] = (*found.get(start, ()), address)
    return dict(sorted(found.items(), reverse=True)) or {usual: ()}


def editions(
    archive: Archive, settings: Settings, now: datetime, *, weekly: bool, hours: float | None = None
) -> tuple[Edition, ...]:
    """Collect the digests that are due, at least one; who is disabled for mail is in none.

    Args:
        archive: the database.
        settings: the configuration, with those alone in ``[email] to`` who want mail.
        now: where they end.
        weekly: whether they are the week's.
        hours: how far back to look, whatever anybody has had; None: to everybody's last one.

    Raises:
        ArchiveError: the database does not answer.
        CorpusError: the file that defines the signals has mistakes.
    """
    addresses = () if settings.email is None else settings.email.to
    gone = disabled(archive, addresses)
    left = tuple(to for to in addresses if to not in gone)
    if hours is None:
        starts = next_starts(archive, left, now, weekly=weekly)
    else:
        starts = {now - timedelta(hours=hours): left}
    return tuple(
        Edition(collect(archive, settings, since, now, weekly=weekly), to)
        for since, to in starts.items()
    )


def collect(
    archive: Archive, settings: Settings, since: datetime, now: datetime, *, weekly: bool
) -> alerts.Digest:
    """Collect a digest.

    Raises:
        ArchiveError: the database does not answer.
        CorpusError: the file that defines the signals has mistakes.
    """
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
        zone=ZoneInfo(settings.schedule.timezone),
    )


def disabled(archive: Archive, addresses: Collection[str]) -> set[str]:
    """Return those of the addresses that are disabled for mail.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.read() as connection:
        return set(endpoints.paused(connection, EMAIL_CHANNEL)).intersection(addresses)


def not_mailed(archive: Archive, content: alerts.Digest, addresses: Collection[str]) -> set[str]:
    """Return the addresses that have a digest already, or that are disabled for mail.

    Who has it has the very one, as every try carries the same: an end in the future is the word of
    a clock that was wrong, and keeps nothing back.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.read() as connection:
        ends = digests.ends(connection, content.kind, addresses)
    return {one for one, end in ends.items() if end == content.now} | disabled(archive, addresses)


def note_taken(archive: Archive, content: alerts.Digest, address: str) -> None:
    """Note that an address has a digest: its next one begins where this one ends.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.write() as connection:
        digests.taken(connection, content.kind, address, content.now)
