"""The scheduler's process: serves the three flows to the Prefect server until it is told to end.

Run as ``python -m flows.serve`` by ``flows.up``, with Prefect's environment set.
"""

from __future__ import annotations

from prefect import serve
from prefect.schedules import Cron, Interval

from flows.digest import digest
from flows.home import Home
from flows.retrain import retrain
from flows.settings import ScheduleSettings, load
from flows.watch import watch

TAG = "pivotwatch"


def main() -> None:
    """Serve the flows on their schedules."""
    settings = load(Home.find())
    plan = settings.schedule
    serve(
        watch.to_deployment(
            "watch", schedule=Interval(settings.watch_interval), tags=[TAG, "watch"]
        ),
        digest.to_deployment("digest", schedule=_daily(plan, plan.digest_at), tags=[TAG, "digest"]),
        retrain.to_deployment(
            "retrain", schedule=_daily(plan, plan.retrain_at), tags=[TAG, "retrain"]
        ),
        pause_on_shutdown=False,
        print_starting_message=False,
        limit=3,
    )


def _daily(plan: ScheduleSettings, at: str) -> Cron:
    hour, minute = at.split(":")
    return Cron(f"{int(minute)} {int(hour)} * * *", timezone=plan.timezone)


if __name__ == "__main__":
    main()
