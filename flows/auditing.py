"""The audit: is anything overdue, silent or stuck? Only when nothing is, the heartbeat goes out.

What is judged by the time that has passed is judged from when auditing began, or began again
after a gap: a monitor that was just started has had no time to do anything yet.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import alerts
import feeds
from archive import Archive, cycles, endpoints, heartbeats
from archive.heartbeats import Beat
from archive.overdue import overdue
from archive.types import Cycle, Endpoint, FeedState
from classifiers import current as models
from flows import heartbeat, stuck
from flows.home import Home
from flows.settings import Settings

AUDIT, BEGAN, SINCE, HEARTBEAT = "audit", "audit began", "audit since", "heartbeat"
"""The signs of life that an audit leaves: its result, since when there are audits without a gap,
since when the result has been what it is, and how the last heartbeat went."""

GAP = timedelta(minutes=15)
"""Without an audit for so long, or three times the interval, the auditor has not been at work."""

DUMB_AFTER = timedelta(hours=1)
"""So long every channel must have failed before nobody can be told."""

_MEGABYTE = 1_000_000
_AHEAD = timedelta(minutes=1)  # two machines' clocks may differ by that
_CYCLES = 20


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit has found: ``problems`` keep the heartbeat back, ``notes`` do not.

    ``since`` is when it began to be well or unwell. ``sent`` says whether a heartbeat went out,
    None without an address for it; ``failure`` why it did not arrive.
    """

    at: datetime
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    since: datetime
    sent: bool | None = None
    failure: str | None = None

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Moment:
    """When it is, from when time counts (None: from ever), and whether ``up`` runs."""

    now: datetime
    start: datetime | None
    is_up: bool


async def audit(
    home: Home,
    settings: Settings,
    archive: Archive,
    now: datetime,
    *,
    is_up: bool,
    is_scheduled: bool = True,
) -> Audit:
    """Look at everything, store what was found, and send the heartbeat if all is well.

    Args:
        home: where the state is.
        settings: the configuration.
        archive: the database; that it can be written is part of the audit.
        now: the time.
        is_up: whether ``up`` runs, which delivers at once; else each cycle does at its end.
        is_scheduled: whether a schedule asks; only its start, or that of ``up``, is an excuse.

    Raises:
        ArchiveError: the database cannot be read or written; no heartbeat was sent.
    """
    with archive.read() as connection:
        before = heartbeats.every(connection)
    began = beginning(before, now, gap_of(settings))
    start = began if is_up or is_scheduled else None
    found = _look(home, settings, archive, _Moment(now, start, is_up), before)
    found = replace(found, since=_since(before, found))
    detail = "\n".join(found.problems)
    with archive.write() as connection:
        heartbeats.put(
            connection,
            [
                Beat(AUDIT, now, found.ok, detail),
                Beat(BEGAN, began),
                Beat(SINCE, found.since, found.ok),
            ],
        )
    return await _tell(settings, archive, found)


async def _tell(settings: Settings, archive: Archive, found: Audit) -> Audit:
    url = settings.audit.address()
    if url is None:
        return found
    if not found.ok:
        return replace(found, sent=False)
    failure = await heartbeat.ping(url, settings.net)
    with archive.write() as connection:
        heartbeats.put(connection, [Beat(HEARTBEAT, found.at, failure is None, failure or "")])
    return replace(found, sent=failure is None, failure=failure)


def lines(found: Audit) -> tuple[str, ...]:
    """Return what an audit has to say, a line for each problem and note; none when all is well."""
    unsent = (f"the heartbeat was not sent: {found.failure}",) if found.failure else ()
    return (*found.problems, *found.notes, *unsent)


def beginning(before: Mapping[str, Beat], now: datetime, gap: timedelta) -> datetime:
    """Return since when there have been audits without a gap, and without a jump of the clock."""
    last, began = before.get(AUDIT), before.get(BEGAN)
    if last is None or began is None:
        return now
    is_steady = -_AHEAD <= now - last.at <= gap
    return min(began.at, now) if is_steady else now


def gap_of(settings: Settings) -> timedelta:
    """Return after which time without an audit the auditor counts as not at work."""
    return max(GAP, 3 * timedelta(minutes=settings.audit.every))


def _since(before: Mapping[str, Beat], found: Audit) -> datetime:
    known = before.get(SINCE)
    same = known is not None and known.ok == found.ok and known.at <= found.at
    return known.at if known is not None and same else found.at


def _look(
    home: Home, settings: Settings, archive: Archive, at: _Moment, beats: Mapping[str, Beat]
) -> Audit:
    with archive.read() as connection:
        recent = cycles.last(connection, _CYCLES, before=at.now + _AHEAD)
        states = [one.state for one in feeds.watched(connection)]
        fares = endpoints.every(connection)
    ended = [one for one in recent if one.finished is not None]
    model, fault = models.standing_in(home.models)
    problems = [
        *_late(archive, settings, ended, at),
        *_dumb(settings, fares, at.now),
        *stuck.troubles(recent, settings.watch_interval, at.start, at.now),
        *stuck.daily_troubles(beats, at.start, at.now),
        *_fleet(states, ended, at),
        *_full(home, archive, settings),
        *((fault,) if fault and model is None else ()),
    ]
    lines = tuple(" ".join(one.split()) for one in problems)
    return Audit(at.now, lines, (fault,) if fault and model else (), at.now)


def _late(archive: Archive, settings: Settings, ended: list[Cycle], at: _Moment) -> Iterator[str]:
    """Yield a line for each channel whose messages lie untried.

    Where only cycles deliver, a message has had its chance once one has begun and ended after it
    was due.
    """
    before = at.now - timedelta(minutes=settings.audit.overdue)
    if not at.is_up:
        before = min([before, *(one.started for one in ended[:1])])
    if (at.start and before < at.start) or not (at.is_up or ended):
        return
    with archive.read() as connection:
        found = overdue(connection, before, at.now)
    for one in found:
        what = "message has" if one.count == 1 else "messages have"
        yield (
            f"{one.channel}: {one.count} {what} been due since {_stamp(one.since)} and nobody has "
            "tried to send: restart `pivotwatch up`"
        )


def _dumb(settings: Settings, fares: Iterable[Endpoint], now: datetime) -> Iterator[str]:
    """Yield a line when no channel works, so that nobody can be told anything."""
    recipients = alerts.recipients_of(settings.email, settings.receivers)
    names = {one.channel for one in recipients}
    down = [
        one
        for one in fares
        if one.channel in names and not one.recipient and _is_down(one, now - DUMB_AFTER)
    ]
    if names and len(down) == len(names):
        each = "; ".join(f"{one.channel}: {one.reason or 'disabled'}" for one in down)
        yield (
            f"no channel works, nobody can be told of alerts: {each}; mend one, "
            "then run `pivotwatch alerts replay --channel NAME`"
        )


def _is_down(one: Endpoint, before: datetime) -> bool:
    failing = one.failing_since is not None and one.failing_since <= before
    return one.disabled is not None or failing


def _fleet(states: Iterable[FeedState], ended: Iterable[Cycle], at: _Moment) -> tuple[str, ...]:
    """Return the troubles of the fleet, once it has been looked at since the start."""
    is_seen = at.start is None or any(one.started >= at.start for one in ended)
    return feeds.fleet_troubles(states, at.now) if is_seen else ()


def _full(home: Home, archive: Archive, settings: Settings) -> Iterator[str]:
    least = settings.audit.least_free_megabytes
    folders = {home.root, *((archive.path.parent,) if archive.path else ())}
    disks = {folder.stat().st_dev: folder for folder in sorted(folders)}
    for folder in disks.values():
        free = shutil.disk_usage(folder).free / _MEGABYTE
        if free < least:
            yield (
                f"{folder}: {free:.0f} MB free, less than [audit] least_free_megabytes = {least}: "
                "free some disk space"
            )


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
