"""Looking everything over at once: what ``pivotwatch doctor`` shows.

Nothing is sent and nothing is changed. The database is looked at first, all else side by side, and
it ends within half a minute: what has not ended by then is said so and left behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from statistics import median

from pydantic import SecretStr

from alerts.apprise_channel import AppriseSettings
from alerts.check import Check, CheckState, note, ok, problem, skipped
from alerts.reach import Reached, reach_host, reach_mail, reach_receiver, shown_host
from alerts.receivers import ReceiverSettings
from alerts.records import Lookup, check_records, system_lookup
from archive import Archive, ArchiveError
from archive.soundness import hasty
from flows import doctor_archive, doctor_place
from flows.cycle import Progress, clock
from flows.home import Home
from flows.settings import Settings
from net import Door, NetSettings

FIRST_SECONDS = 16.0
"""How long the database may take, which is looked at before all else …"""
REST_SECONDS = 13.0
"""… and all else, side by side."""
WAIT_SECONDS = 10.0
"""How long one host is waited for."""
SKEW_NOTED = 5.0
SKEW_WRONG = 60.0
"""Seconds; receivers of Standard Webhooks refuse what is dated more than 300 s off."""
_FEEDS_ASKED = 3

Work = Callable[[], Awaitable[list[Check]]]


@dataclass(slots=True)
class _Clocks:
    """How far the clock of each host that was greeted is ahead of ours, in seconds."""

    ahead: dict[str, float] = field(default_factory=dict)

    def heard(self, url: SecretStr, reached: Reached) -> Check:
        """Note what greeting a URL's host has shown of its clock; return the rest of it."""
        if reached.ahead is not None:
            self.ahead[shown_host(url)] = reached.ahead
        return reached.check


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    work: Work


async def examine(
    home: Home,
    progress: Progress,
    *,
    offline: bool = False,
    lookup: Lookup | None = None,
) -> list[Check]:
    """Look everything over and return what was found, the local things first.

    Args:
        home: where the state is.
        progress: told how many checks are done.
        offline: ask nobody outside this machine.
        lookup: asks the DNS in place of the system's resolver.
    """
    settings, found = doctor_place.read_settings(home)
    jobs = _place_jobs(home, settings)
    clocks = _Clocks()
    if settings is None:
        found.append(skipped("the rest", "needs a configuration without mistakes"))
        return found + await _done(jobs, progress, REST_SECONDS)
    try:
        archive = hasty(settings.database_url(home))
    except ArchiveError as error:
        found.append(problem("database", str(error), "correct [database] url"))
        return found + await _done(jobs, progress, REST_SECONDS)
    with closing(archive):
        base = await _done(
            [_Job("database", _in_thread(doctor_archive.check_database, archive))],
            progress,
            FIRST_SECONDS,
        )
        readable = not any(one.state is CheckState.PROBLEM for one in base)
        if readable:
            jobs += _archive_jobs(home, settings, archive)
        if offline:
            local = await _done(jobs, progress, REST_SECONDS)
            return [*found, *base, *local, skipped("network", "not asked: --offline")]
        async with Door(_brief(settings.net)) as door:
            addresses = _hosts(archive) if readable else []
            jobs += _network_jobs(settings, door, clocks, addresses, lookup or system_lookup())
            rest = await _done(jobs, progress, REST_SECONDS)
    return [*found, *base, *rest, _skew(list(clocks.ahead.values()))]


def _hosts(archive: Archive) -> list[str]:
    try:
        return doctor_archive.hosts(archive, _FEEDS_ASKED)
    except (ArchiveError, ValueError):  # the clock goes without; the check of the feeds tells why
        return []


def _place_jobs(home: Home, settings: Settings | None) -> list[_Job]:
    return [
        _Job("secrets", _in_thread(doctor_place.check_secrets, home, settings)),
        _Job("disk", _in_thread(doctor_place.check_disk, home, settings)),
        _Job("model", _in_thread(doctor_place.check_model, home, clock())),
        _Job("Prefect", _in_thread(doctor_place.check_prefect, home, settings)),
    ]


def _archive_jobs(home: Home, settings: Settings, archive: Archive) -> list[_Job]:
    up = doctor_place.up_since(home)
    return [
        _Job("cycle", _in_thread(doctor_archive.check_cycle, archive, settings, clock(), up=up)),
        _Job("feeds", _in_thread(doctor_archive.check_feeds, archive, clock())),
        _Job(
            "delivery", _in_thread(doctor_archive.check_delivery, archive, settings, clock(), up=up)
        ),
    ]


def _network_jobs(
    settings: Settings, door: Door, clocks: _Clocks, feeds: Sequence[str], lookup: Lookup | None
) -> list[_Job]:
    jobs: list[_Job] = []
    email = settings.email
    if email is not None:

        async def mail() -> list[Check]:
            return [await reach_mail(email, clock())]

        jobs.append(_Job("email", mail))
        jobs.append(_Job("sender", _in_thread(check_records, email, lookup)))
    jobs += [_receiver_job(one, door, clocks) for one in settings.receivers]

    async def heartbeat() -> list[Check]:
        beat = settings.audit.address()  # its file may have gone since the settings were read
        if beat is None:
            return []
        return [clocks.heard(beat, await reach_host("heartbeat", beat, door, clock))]

    jobs.append(_Job("heartbeat", heartbeat))
    jobs += [_feed_job(url, door, clocks) for url in feeds]
    return jobs


def _receiver_job(settings: ReceiverSettings, door: Door, clocks: _Clocks) -> _Job:
    async def work() -> list[Check]:
        reached = await reach_receiver(settings, door, clock)
        if isinstance(settings, AppriseSettings):
            return [reached.check]
        return [clocks.heard(settings.address(), reached)]

    return _Job(settings.name, work)


def _feed_job(url: str, door: Door, clocks: _Clocks) -> _Job:
    async def work() -> list[Check]:
        # Only for the time there: whether feeds can be read, polling knows better.
        address = SecretStr(url)
        clocks.heard(address, await reach_host("clock", address, door, clock))
        return []

    return _Job("clock", work)


async def _done(jobs: Sequence[_Job], progress: Progress, seconds: float) -> list[Check]:
    """Do all jobs side by side; return what they found within a time, in the jobs' order."""
    count = 0

    async def one(job: _Job) -> list[Check]:
        nonlocal count
        found = await _in_time(job, seconds)
        count += 1
        progress("checks", count, len(jobs))
        return found

    results = await asyncio.gather(*(one(job) for job in jobs))
    return [check for found in results for check in found]


async def _in_time(job: _Job, seconds: float) -> list[Check]:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            try:
                return await job.work()
            except (ArchiveError, OSError) as error:
                return [problem(job.name, str(error), "put that right and look again")]
            except Exception as error:  # no fault of one check may hide what the others found
                return [_broken(job.name, error)]
    said = f"did not end within {seconds:.0f} s"
    return [problem(job.name, said, "look at the load of this machine and its network")]


def _broken(name: str, error: Exception) -> Check:
    """Tell a check's own fault by its kind alone: its words may hold a secret."""
    said = f"could not be looked at: {type(error).__name__}"
    return problem(name, said, "look at the settings and files it is about; the rest stands")


def _in_thread(work: Callable[..., list[Check]], *given: object, **named: object) -> Work:
    """Return ``work`` as done in a thread that nobody waits for once its time is over.

    A dead network disk holds a thread for good, and those of ``asyncio.to_thread`` are waited for
    when the loop ends; a daemon ends with the process.
    """

    async def run() -> list[Check]:
        done: Future[list[Check]] = Future()
        done.set_running_or_notify_cancel()  # so that its end is taken, even if nobody waits

        def target() -> None:
            try:
                done.set_result(work(*given, **named))
            except BaseException as error:  # handed to whoever waits
                done.set_exception(error)

        threading.Thread(target=target, name="doctor", daemon=True).start()
        return await asyncio.wrap_future(done)

    return run


def _brief(settings: NetSettings) -> NetSettings:
    """Return how the door is opened for a greeting: as configured, but with less patience."""
    limits = ("connect_timeout", "read_timeout", "deadline")
    return settings.model_copy(
        update={name: min(getattr(settings, name), WAIT_SECONDS) for name in limits}
    )


def _skew(ahead: Sequence[float]) -> Check:
    """Judge our clock by the others': the median, as one of them may be wrong itself."""
    if not ahead:
        return skipped("clock", "no host told its time")
    off = -median(ahead)
    hosts = "host" if len(ahead) == 1 else "hosts"
    said = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} {len(ahead)} {hosts}"
    remedy = "let the system keep its time by NTP: `timedatectl set-ntp true`"
    if abs(off) > SKEW_WRONG:
        return problem("clock", f"{said}; receivers refuse what is dated 5 minutes off", remedy)
    if abs(off) > SKEW_NOTED:
        return note("clock", said, remedy)
    return ok("clock", f"within {SKEW_NOTED:.0f} s of {len(ahead)} {hosts}")
