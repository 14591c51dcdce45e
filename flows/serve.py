"""The scheduler's process: serves the flows to the Prefect server until it is told to end.

Run as ``python -m flows.serve`` by ``flows.up``, with Prefect's environment set.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import Flow, serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule

from flows.audit import audit
from flows.digest import digest
from flows.home import Home
from flows.retrain import retrain
from flows.settings import ScheduleSettings, load
from flows.watch import watch

TAG = "pivotwatch"
AT_ONCE = 6
"""Runs at a time: one of each flow, the next `watch` (which ends at once while one works), and one
to spare, so that no audit waits for a long cycle or for a digest that is tried for hours."""


def main() -> None:
    """Serve the flows on their schedules."""
    settings = load(Home.find())
    plan = settings.schedule
    serve(
        _deployment(watch, Interval(settings.watch_interval)),
        _deployment(audit, _between(timedelta(minutes=settings.audit.every))),
        _deployment(digest, _daily(plan, plan.digest_at)),
        _deployment(retrain, _daily(plan, plan.retrain_at)),
        pause_on_shutdown=False,
        print_starting_message=False,
        limit=AT_ONCE,
    )


def _deployment(flow: Flow[Any, Any], schedule: Schedule) -> RunnerDeployment:
    made = flow.to_deployment(flow.name, schedule=schedule, tags=[TAG, flow.name])
    assert isinstance(made, RunnerDeployment)  # a coroutine only inside a running event loop
    return made


def _between(every: timedelta) -> Schedule:
    """Return a schedule that begins half an interval from now: not together with a cycle."""
    return Interval(every, anchor_date=datetime.now(UTC) + every / 2)


def _daily(plan: ScheduleSettings, at: str) -> Schedule:
    hour, minute = at.split(":")
    return Cron(f"{int(minute)} {int(hour)} * * *", timezone=plan.timezone)


if __name__ == "__main__":
    main()
