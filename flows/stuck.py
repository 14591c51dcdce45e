"""Whether a flow is stuck: ``watch`` by the cycles it has stored, the daily ones by their beats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import takewhile

from archive import Archive, heartbeats
from archive.heartbeats import Beat
from archive.types import Cycle
from feeds.together import stamp
from flows.home import Home
from flows.settings import Settings

MISSED = 3
"""So many cycles in a row must be missing, cut off or failed."""
LEAST = timedelta(minutes=15)
MOST = timedelta(hours=1)
LONGEST = timedelta(hours=1)
"""So long one cycle may take. Collecting ends after 10 minutes; what else takes long is a first
cycle on hundreds of feeds."""
DAILY = timedelta(hours=30)
"""A daily flow may be so far from its last good end: the day on which the clocks go back has 25
hours, and the digest is tried for 3 hours and 21 minutes, six times for 5 minutes at most."""
WEEKLY = timedelta(days=8)
"""The same of a weekly one."""
FAILED = "failed"
"""The key in the report of a cycle that ended in an error."""
_FLOW = "flow "


def patience(interval: timedelta) -> timedelta:
    """Return how long after the end of a cycle the next one has to have begun.

    Three intervals, at least a quarter of an hour; of long intervals one, and an hour.
    """
    return max(LEAST, min(MISSED * interval, interval + MOST))


def troubles(
    recent: Sequence[Cycle], interval: timedelta, start: datetime | None, now: datetime
) -> Iterator[str]:
    """Yield a line for each thing that is wrong with the cycles.

    Args:
        recent: the last cycles, newest first; none that began in the future.
        interval: the time between two cycles, by the configuration.
        start: from when time counts; what was before has no part in it.
        now: the time.
    """
    ours = [one for one in recent if start is None or one.started >= start]
    newest = ours[0] if ours else None
    if newest is None or newest.finished is not None:
        yield from _idle(max(_ends(recent, start), default=None), interval, now)
    elif now - newest.started > LONGEST:
        yield (
            f"a cycle has been at work since {stamp(newest.started)}: if it hangs, end its "
            "process; the next one goes on where it stopped"
        )
    cut = len(list(takewhile(lambda one: one.finished is None, ours)))
    if cut > MISSED:  # one of them may be at work
        yield (
            f"the last {cut - 1} cycles were cut off: are they killed for want of memory? See the "
            "runs of `watch` in the Prefect UI, or what cron says"
        )
    yield from _failed([one for one in ours if one.finished is not None][:MISSED])


def daily(settings: Settings) -> dict[str, timedelta]:
    """Return how far each daily or weekly flow may be from its last good end, by its deployment."""
    weekly = {"weekly": WEEKLY} if settings.schedule.weekly_cron else {}
    return {"digest": DAILY, "retrain": DAILY} | weekly


def done(home: Home, settings: Settings, flow: str, now: datetime) -> None:
    """Note that a daily or weekly flow has come to a good end.

    Raises:
        ArchiveError: the database does not answer.
    """
    with closing(Archive(settings.database_url(home))) as archive, archive.write() as connection:
        heartbeats.put(connection, [Beat(_FLOW + flow, now)])


def daily_troubles(
    beats: Mapping[str, Beat],
    expected: Mapping[str, timedelta],
    start: datetime | None,
    now: datetime,
) -> Iterator[str]:
    """Yield a line for each daily flow that has not come to a good end for too long.

    Args:
        beats: the signs of life.
        expected: how far each may be from its last good end, as ``daily`` says it.
        start: from when time counts; None: no schedule asks, so that none is expected.
        now: the time.
    """
    if start is None:
        return
    for name, most in expected.items():
        last = beats.get(_FLOW + name)
        if now - max(start, last.at if last else start) > most:
            when = (
                f"since {stamp(last.at)}" if last else f"yet, and audits go on since {stamp(start)}"
            )
            yield (
                f"the flow {name} has not come to a good end {when}: look at the runs of its "
                "deployment in the Prefect UI, and start one there"
            )


def _ends(recent: Sequence[Cycle], start: datetime | None) -> Iterator[datetime]:
    if start is not None:
        yield start
    for one in recent[:1]:
        yield one.finished or one.started


def _idle(last: datetime | None, interval: timedelta, now: datetime) -> Iterator[str]:
    if last is not None and now - last <= patience(interval):
        return
    when = "has ever begun" if last is None else f"has begun since {stamp(last)}"
    yield (
        f"no cycle {when}, though one is due every {interval / timedelta(minutes=1):g} minutes: "
        "is what starts them at work (`pivotwatch up`, cron, a worker)?"
    )


def _failed(ended: Sequence[Cycle]) -> Iterator[str]:
    if len(ended) == MISSED and all(one.report.get(FAILED) for one in ended):
        lines = ended[0].report.get("errors")
        line = str(lines[0]) if isinstance(lines, list) and lines else "no reason given"
        yield f"the last {MISSED} cycles have failed: {line}"
