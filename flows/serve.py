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
from flows.schedule_settings import ScheduleSettings
from flows.settings import load
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
        _deployment(digest, Cron(plan.digest_cron, timezone=plan.timezone)),
        *_weekly(plan),
        _deployment(retrain, Cron(plan.retrain_cron, timezone=plan.timezone)),
        pause_on_shutdown=False,
        print_starting_message=False,
        limit=AT_ONCE,
    )


def _weekly(plan: ScheduleSettings) -> list[RunnerDeployment]:
    """Return the weekly digest's deployment; none when it is switched off."""
    if not plan.weekly_cron:
        return []
    schedule = Cron(plan.weekly_cron, timezone=plan.timezone)
    return [_deployment(digest, schedule, "weekly", {"request": {"weekly": True}})]


def _deployment(
    flow: Flow[Any, Any],
    schedule: Schedule,
    name: str | None = None,
    parameters: dict[str, Any] | None = None,
) -> RunnerDeployment:
    made = flow.to_deployment(
        name or flow.name, schedule=schedule, parameters=parameters, tags=[TAG, flow.name]
    )
    assert isinstance(made, RunnerDeployment)  # a coroutine only inside a running event loop
    return made


def _between(every: timedelta) -> Schedule:
    """Return a schedule that begins half an interval from now: not together with a cycle."""
    return Interval(every, anchor_date=datetime.now(UTC) + every / 2)


if __name__ == "__main__":
    main()
