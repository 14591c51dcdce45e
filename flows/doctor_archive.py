"""Looking over what the database holds: itself, the feeds, the cycles, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import feeds
from alerts.channels import recipients_of
from alerts.check import Check, note, ok, problem
from archive import Archive, ArchiveError, cycles, endpoints, heartbeats, outbox, replays
from archive import feeds as feed_store
from archive.engine import shown
from archive.soundness import look
from archive.types import Cycle, Endpoint
from feeds.together import stamp
from flows import auditing, mailing, stuck
from flows.settings import Settings
from flows.untried import untried

CHECK_SECONDS = 12.0
"""How long SQLite may check its file: about 2 GB."""
PATIENCE = 3.0
LATELY = timedelta(days=7)
"""So long messages that were given up are a problem; then they are only mentioned."""


def check_database(archive: Archive) -> list[Check]:
    """Say whether the database answers, is whole, of the present schema, and can be written."""
    name = "database"
    where = shown(archive.url)
    try:
        found = look(archive, seconds=CHECK_SECONDS, patience=PATIENCE)
    except ArchiveError as error:
        said, _, remedy = str(error).rpartition("; ")
        return [problem(name, said or str(error), remedy)]
    if not found.ready:
        said = f"{where} is not there, or not of this version's schema"
        return [problem(name, said, "run `pivotwatch init`: it makes or upgrades it")]
    if found.faults:
        said = f"{where} is damaged: {'; '.join(found.faults)}"
        return [problem(name, said, "stop pivotwatch and restore it from a backup")]
    size = "" if found.size is None else f", {found.size / 1e6:.1f} MB"
    if found.locked:
        said = f"{where}: another process has kept it from being written for {PATIENCE:.0f} s"
        return [note(name, said, "look again; if it stays so, end what holds it (`fuser FILE`)")]
    if found.whole is None:
        said = f"{where}{size}: too large to be checked in {CHECK_SECONDS:.0f} s"
        return [note(name, said, 'check it in quiet: sqlite3 FILE "PRAGMA quick_check"')]
    return [ok(name, f"{where}{size}: whole, of the present schema, free to be written")]


def check_delivery(
    archive: Archive, settings: Settings, now: datetime, *, up: datetime | None
) -> list[Check]:
    """Say which channels are disabled or fail, what was given up, and what nobody tries.

    ``up`` is when the ``up`` that runs began, None when it does not run.
    """
    recent, start = _past(archive, settings, now, up)
    email = mailing.mail_settings(archive, settings)
    known = {(x.channel, x.address) for x in recipients_of(email, settings.receivers)}
    known |= {(channel, "") for channel, _ in known}
    with archive.read() as connection:
        fares = [x for x in endpoints.every(connection) if (x.channel, x.recipient) in known]
        counts = outbox.counts(connection)
        lately, before = replays.given_up(connection, now - LATELY)
    found = [check for fare in fares for check in _fare(fare)]
    remedy = "`pivotwatch alerts dead` says why, `pivotwatch alerts replay ID` sends again"
    if lately:
        said = f"messages given up within the last {LATELY.days} days: {lately}"
        found.append(problem("delivery", said, remedy))
    elif before:
        said = f"messages given up more than {LATELY.days} days ago: {before}"
        found.append(note("delivery", said, remedy))
    ended = [one for one in recent if one.finished is not None]
    lying = untried(archive, settings, ended, start, now, is_up=up is not None)
    found += [problem("delivery", said, remedy) for said, remedy in lying]
    sent = f"{counts['sent']} messages sent, {counts['due']} wait for their time"
    return found or [ok("delivery", sent)]


def check_feeds(archive: Archive, now: datetime) -> list[Check]:
    """Say how many sources can be heard, and what is wrong with the fleet as a whole."""
    with archive.read() as connection:
        fleet = feeds.watched(connection)
    if not fleet:
        remedy = "`pivotwatch feeds import seeds/feeds.toml` adds the shipped catalogue"
        return [problem("feeds", "no feed is watched", remedy)]
    coverage = feeds.coverage_of(fleet)
    never = sum(one.state.last_polled is None for one in fleet)
    said = coverage.sentence + (f"; {never} never asked" if never else "")
    remedy = "`pivotwatch feeds list --troubled` says what is wrong with each"
    found = [
        problem("feeds", line, "see docs/feeds.md")
        for line in feeds.fleet_troubles((one.state for one in fleet), now)
    ]
    if never == len(fleet):
        found.append(note("feeds", said, "`pivotwatch run --once` asks them"))
    elif 2 * coverage.healthy < coverage.total:
        found.append(problem("feeds", said, remedy))
    elif coverage.healthy < coverage.total or coverage.gaps:
        found.append(note("feeds", said, remedy))
    else:
        found.append(ok("feeds", said))
    return found


def check_cycle(
    archive: Archive, settings: Settings, now: datetime, *, up: datetime | None
) -> list[Check]:
    """Say when the last cycle was, and what the audit would say of the last ones.

    ``up`` is when the ``up`` that runs began, None when it does not run.
    """
    recent, start = _past(archive, settings, now, up)
    if recent or up:
        remedy = "`pivotwatch run --once` runs one and shows what comes of it"
        lines = stuck.troubles(recent, settings.watch_interval, start, now)
        if found := [problem("cycle", line, remedy) for line in lines]:
            return found
    if not recent:
        return [note("cycle", "none has run yet", "`pivotwatch run --once` runs one")]
    said = f"the last one began {stamp(recent[0].started)}"
    if errors := recent[0].report.get("errors"):
        count = len(errors) if isinstance(errors, list | tuple) else 1
        said = f"{said} and noted {count} error{'s' * (count > 1)}"
        return [note("cycle", said, "`pivotwatch status` lists them")]
    return [ok("cycle", said)]


def hosts(archive: Archive, limit: int) -> list[str]:
    """Return the address of a feed on each of a few hosts."""
    with archive.read() as connection:
        urls = [feed.url for feed, _ in feed_store.every(connection)]
    by_host = {feeds.host_of(url): url for url in reversed(urls)}
    return [by_host[host] for host in sorted(by_host)[:limit]]


def _fare(fare: Endpoint) -> Iterator[Check]:
    name = fare.channel
    who = f"the address {fare.recipient}" if fare.recipient else "the channel"
    if fare.disabled is not None:
        said = f"{who} is disabled since {fare.disabled:%Y-%m-%d %H:%M} UTC: {fare.reason}"
        remedy = f"put it right, then `pivotwatch alerts replay --channel {name}`"
        yield problem(name, said, remedy)
    elif fare.failing_since is not None and not fare.recipient:
        said = f"fails since {fare.failing_since:%Y-%m-%d %H:%M} UTC: {fare.reason}"
        yield problem(name, said, f"`pivotwatch alerts test {name}` shows its answer now")


def _past(
    archive: Archive, settings: Settings, now: datetime, up: datetime | None
) -> tuple[list[Cycle], datetime | None]:
    """Return the last cycles, newest first, and from when time counts (None: from ever).

    While ``up`` runs that is as the audits have it; where it makes none, since ``up`` began.
    """
    with archive.read() as connection:
        recent = cycles.last(connection, auditing.CYCLES, before=now + auditing.AHEAD)
        beats = heartbeats.every(connection)
    began = auditing.beginning(beats, now, auditing.gap_of(settings))
    return recent, None if up is None else up if began == now else began
