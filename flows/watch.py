"""The flow ``watch``: one cycle from feeds to delivered alerts."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import BaseModel, ConfigDict, Field

import alerts
import feeds
from archive import Archive, BusyError, cycles, only_one, upgrade
from archive import alerts as alert_store
from archive.types import Cycle
from classifiers import InUse
from flows import cycle, model, stuck
from flows.cycle import Workshop
from flows.home import Home
from flows.progress import watcher
from flows.reports import AlertFigures, ArticleFigures, CycleReport, FeedFigures, StoryFigures
from flows.settings import load

LOCK = "watch"
STAGE: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [5, 30],
    "cache_policy": NO_CACHE,
    "persist_result": False,
}


class WatchRequest(BaseModel):
    """What a run of ``watch`` may be told. No secrets: parameters are shown in the UI."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(None, description="state directory; default: PIVOTWATCH_HOME")
    everything: bool = Field(False, description="poll all feeds, not only the due ones")
    patience: float = Field(0.0, ge=0, description="seconds to wait for another run to end")


@task(name="poll feeds", tags=["collect"], timeout_seconds=1800, **STAGE)
async def poll_feeds(shop: Workshop, everything: bool) -> feeds.PollReport:
    """Ask feeds for new entries."""
    return await cycle.poll(shop, everything=everything)


@task(name="collect articles", tags=["collect"], timeout_seconds=3600, **STAGE)
async def collect_articles(shop: Workshop) -> feeds.CollectReport:
    """Fetch pages and extract articles."""
    return await cycle.collect(shop)


@task(name="weigh evidence", tags=["weigh"], timeout_seconds=1800, **STAGE)
def weigh_evidence(shop: Workshop, current: InUse) -> alerts.WeighReport:
    """Score articles, group stories, decide."""
    return cycle.weigh(shop, current.model, current.told)


@task(name="deliver alerts", tags=["deliver"], timeout_seconds=900, **STAGE)
async def deliver_alerts(shop: Workshop) -> alerts.DeliveryReport:
    """Send what the outbox holds."""
    return await cycle.deliver(shop, patient=True)


def _run_name() -> str:
    return f"watch {cycle.clock():%Y-%m-%d %H:%M:%S} UTC"


@flow(
    name="watch",
    description="Poll feeds, collect articles, weigh the evidence, deliver alerts.",
    flow_run_name=_run_name,
    timeout_seconds=7200,
    persist_result=False,
)
async def watch(request: WatchRequest = WatchRequest()) -> CycleReport | State[CycleReport]:  # noqa: B008
    """Run one cycle; at most one runs at a time, on all machines that share the database.

    Raises:
        ConfigError: the configuration has mistakes.
        ArchiveError: the database does not answer.
        CorpusError, ModelError: there is no usable model and none could be trained.
    """
    home = Home(request.home) if request.home else Home.find()
    settings = load(home)
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        shop = cycle.open_workshop(home, settings, archive, watcher.get())
        try:
            return await _patiently(shop, request)
        except BusyError:
            skipped = CycleReport(skipped=True)
            return Completed(message="another watch is running", name="Skipped", data=skipped)


async def _patiently(shop: Workshop, request: WatchRequest) -> CycleReport:
    end = time.monotonic() + request.patience
    while True:
        try:
            with only_one(shop.archive, LOCK):
                return await _cycle(shop, request)
        except BusyError:
            if time.monotonic() >= end:
                raise
            await anyio.sleep(1)


async def _cycle(shop: Workshop, request: WatchRequest) -> CycleReport:
    began = time.monotonic()
    entry = Cycle(uuid.uuid4().hex, cycle.clock(), None, {})
    _save(shop, entry)
    try:
        return await _work(shop, request, entry, began)
    except Exception as error:
        failed = CycleReport(errors=(_line(error),), seconds=time.monotonic() - began)
        figures = failed.as_dict() | {stuck.FAILED: True}
        _save(shop, replace(entry, finished=cycle.clock(), report=figures))
        raise


async def _work(shop: Workshop, request: WatchRequest, entry: Cycle, began: float) -> CycleReport:
    try:
        polled = await poll_feeds(shop, request.everything)
        collected = await collect_articles(shop)
        health = await anyio.to_thread.run_sync(cycle.look, shop)
        current = await anyio.to_thread.run_sync(model.in_use, shop.home, shop.settings)
        weighed = weigh_evidence(shop, current)
    except Exception:
        # What was decided earlier must not wait for what is broken now.
        await deliver_alerts(shop)
        raise
    delivered = await deliver_alerts(shop)
    settled = await anyio.to_thread.run_sync(cycle.settle, shop)
    report = _report(
        polled, collected, health, weighed, delivered, current, time.monotonic() - began
    )
    report = replace(report, errors=(*report.errors, *settled))
    _save(shop, replace(entry, finished=cycle.clock(), report=report.as_dict()))
    await _show(shop, report, entry.started)
    return report


def _line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _save(shop: Workshop, entry: Cycle) -> None:
    with shop.archive.write() as connection:
        cycles.save(connection, entry)


def _report(
    polled: feeds.PollReport,
    collected: feeds.CollectReport,
    health: feeds.Health,
    weighed: alerts.WeighReport,
    delivered: alerts.DeliveryReport,
    current: InUse,
    seconds: float,
) -> CycleReport:
    return CycleReport(
        feeds=FeedFigures(polled.polled, polled.unchanged, polled.failed, health.noticed),
        articles=ArticleFigures(
            collected.new, collected.updated, collected.duplicate, collected.failed
        ),
        evidence=weighed.evidence,
        stories=StoryFigures(weighed.stories_new, weighed.stories_updated),
        alerts=AlertFigures(
            sent=len(delivered.accepted), held=weighed.held, failed=len(delivered.refused)
        ),
        errors=(
            *polled.errors,
            *collected.errors,
            *(() if polled.offline else health.fleet),  # polling has said it
            *current.lines,
            *delivered.errors,
        ),
        seconds=seconds,
    )


async def _show(shop: Workshop, report: CycleReport, started: datetime) -> None:
    """Leave the figures, the alerts and the errors where the Prefect UI shows them."""
    logger = get_run_logger()
    for line in report.errors:
        logger.warning(line)
    figures = report.as_dict()
    rows = [
        {"what": group, "figure": name, "count": count}
        for group in ("feeds", "articles", "stories", "alerts")
        for name, count in figures[group].items()
    ]
    rows.append({"what": "evidence", "figure": "pieces", "count": report.evidence})
    await acreate_table_artifact(
        key="cycle", table=rows, description=f"The cycle's figures, {report.seconds:.1f} s."
    )
    with shop.archive.read() as connection:
        recent = [a for a in alert_store.recent(connection, 50) if a.updated >= started]
    table = [{"alert": a.title, "rule": a.rule, "revision": a.revision, "id": a.id} for a in recent]
    await acreate_table_artifact(
        key="alerts",
        table=table or [{"alert": "none"}],
        description="Alerts opened or revised in this cycle.",
    )
