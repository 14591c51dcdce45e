"""The audit: is anything overdue, silent or stuck? Only when nothing is, the heartbeat goes out.

What is judged by the time that has passed is judged from when auditing began, or began again
after a gap: a monitor that was just started has had no time to do anything yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import alerts
import feeds
from archive import Archive, cycles, endpoints, heartbeats
from archive.heartbeats import Beat
from archive.types import Cycle, Endpoint, FailureKind, FeedState
from classifiers import current as models
from flows import heartbeat, mailing, stuck
from flows.home import Home
from flows.room import room
from flows.settings import Settings
from flows.untried import untried

AUDIT, BEGAN, SINCE, HEARTBEAT = "audit", "audit began", "audit since", "heartbeat"
"""The signs of life that an audit leaves: its result, since when there are audits without a gap,
since when the result has been what it is, and how the last heartbeat went."""

GAP = timedelta(minutes=15)
"""Without an audit for so long, or three times the interval, the auditor has not been at work."""

DUMB_AFTER = timedelta(hours=1)
"""So long every channel must have failed before nobody can be told, and so long feeds that are
too few to be a fleet must have been out of reach, all of them."""

_MEGABYTE = 1_000_000
AHEAD = timedelta(minutes=1)
"""By so much two machines' clocks may differ."""
CYCLES = 20
"""So many cycles are looked at."""


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
    is_steady = -AHEAD <= now - last.at <= gap
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
        recent = cycles.last(connection, CYCLES, before=at.now + AHEAD)
        states = [one.state for one in feeds.watched(connection)]
        fares = endpoints.every(connection)
    email = mailing.mail_settings(archive, settings)
    ended = [one for one in recent if one.finished is not None]
    model, fault = models.standing_in(home.models)
    problems = [
        *(
            f"{said}: {remedy}"
            for said, remedy in untried(archive, settings, ended, at.start, at.now, is_up=at.is_up)
        ),
        *_dumb(alerts.recipients_of(email, settings.receivers), fares, at.now),
        *stuck.troubles(recent, settings.watch_interval, at.start, at.now),
        *stuck.daily_troubles(beats, stuck.daily(settings), at.start, at.now),
        *_fleet(states, ended, at),
        *_full(home, archive, settings),
        *((fault,) if fault and model is None else ()),
    ]
    lines = tuple(" ".join(one.split()) for one in problems)
    return Audit(at.now, lines, (fault,) if fault and model else (), at.now)


def _dumb(
    recipients: Iterable[alerts.Recipient], fares: Iterable[Endpoint], now: datetime
) -> Iterator[str]:
    """Yield a line when nobody can be reached: by no channel, at no address."""
    known = {(one.channel, one.recipient): one for one in fares}
    down: dict[str, str] = {}
    for one in recipients:
        channel, own = known.get((one.channel, "")), known.get((one.channel, one.address))
        if channel is not None and _is_down(channel, now - DUMB_AFTER):
            down[one.channel] = channel.reason or "disabled"
        elif own is not None and own.disabled is not None:
            down[f"{one.channel} to {one.address}"] = own.reason or "disabled"
        else:
            return
    if down:
        each = "; ".join(f"{name}: {reason}" for name, reason in down.items())
        yield (
            f"no channel works, nobody can be told of alerts: {each}; mend one, "
            "then run `pivotwatch alerts replay --channel NAME`"
        )


def _is_down(one: Endpoint, before: datetime) -> bool:
    failing = one.failing_since is not None and one.failing_since <= before
    return one.disabled is not None or failing


def _fleet(states: Sequence[FeedState], ended: Iterable[Cycle], at: _Moment) -> tuple[str, ...]:
    """Return the troubles of the feeds, once they have been looked at since the start."""
    if not states:
        return ("no feed is watched: `pivotwatch feeds import FILE` adds some",)
    if at.start is not None and not any(one.started >= at.start for one in ended):
        return ()
    return feeds.fleet_troubles(states, at.now) or _out_of_reach(states, at.now)


def _out_of_reach(states: Sequence[FeedState], now: datetime) -> tuple[str, ...]:
    """Return a line when feeds that are too few to be a fleet cannot be reached, all of them."""
    asked = [one for one in states if one.last_polled is not None]
    away = [one.failed_since for one in asked if one.failure == FailureKind.NETWORK]
    if not asked or len(away) < len(asked) or any(x is None or now - x < DUMB_AFTER for x in away):
        return ()
    return (f"none of {len(asked)} feeds could be reached: look at this machine's own network",)


def _full(home: Home, archive: Archive, settings: Settings) -> Iterator[str]:
    least = settings.audit.least_free_megabytes
    for folder, free in room(home, archive.path).items():
        if free < least * _MEGABYTE:
            yield (
                f"{folder}: {free / _MEGABYTE:.0f} MB free, less than [audit] "
                f"least_free_megabytes = {least}: free some disk space"
            )
