"""The stages of a cycle as ordinary functions: poll, collect, look, weigh, deliver, settle.

Each stage takes what it needs from the workshop, does its work in transactions of its own and
can be repeated; none knows about Prefect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

import alerts
import feeds
from archive import Archive, articles, outbox
from archive.types import Article, Score
from flows import keeping, mailing
from flows.home import Home
from flows.links import mail_links
from flows.settings import Settings
from net import Door

if TYPE_CHECKING:
    from classifiers import Model

Progress = Callable[[str, int, int], None]
"""Called with what is being worked on, how many are done, and of how many."""

BATCH = 1000
AT_ONCE = 64  # articles scored in one go, four times as fast as one by one
COLLECT_SECONDS = 600.0
"""After this time what has been collected is weighed; the rest stays due for the next cycle."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the stages work with."""

    home: Home
    settings: Settings
    archive: Archive
    pace: feeds.Pace
    progress: Progress


def open_workshop(home: Home, settings: Settings, archive: Archive, progress: Progress) -> Workshop:
    """Return a workshop for one cycle; its stages share one pace, so hosts keep their distance."""
    pace = feeds.Pace(settings.feeds.parallel, Door(settings.net).is_open)
    return Workshop(home, settings, archive, pace, progress)


def clock() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


async def poll(shop: Workshop, *, everything: bool) -> feeds.PollReport:
    """Ask the due feeds, or all of them, for new entries, and look at the home pages of outlets
    whose feeds may have fallen silent, unless our own network is down."""
    async with Door(shop.settings.net) as door:
        report = await feeds.poll(
            shop.archive,
            door,
            shop.settings.feeds,
            clock(),
            everything=everything,
            on_progress=lambda done, total: shop.progress("feeds", done, total),
            pace=shop.pace,
        )
        if not report.offline:
            await feeds.look_at_homes(
                shop.archive, door, shop.settings.feeds, clock(), pace=shop.pace
            )
        return report


async def collect(shop: Workshop) -> feeds.CollectReport:
    """Turn due entries into articles."""
    async with Door(shop.settings.net) as door:
        return await feeds.collect(
            shop.archive,
            door,
            shop.settings.feeds,
            clock(),
            on_progress=lambda done, total: shop.progress("articles", done, total),
            pace=shop.pace,
            seconds=COLLECT_SECONDS,
            captures=keeping.captures_of(shop.home, shop.settings),
        )


def look(shop: Workshop) -> feeds.Health:
    """Judge the feeds by what polling and collecting have left, and note what is wrong."""
    return feeds.refresh_health(shop.archive, clock())


def settle(shop: Workshop) -> tuple[str, ...]:
    """Keep the raw pages of what became evidence; return a line for each that was not to be had."""
    captures = keeping.captures_of(shop.home, shop.settings)
    return keeping.settle(shop.archive, captures, shop.settings.captures, clock())


def weigh(shop: Workshop, model: Model, model_note: str = "") -> alerts.WeighReport:
    """Score unscored articles, group them to stories, decide and queue alerts.

    What only time has made due (waits, snoozes), and what the realignment index has come to, is
    decided at the end. ``model_note`` is what every alert has to say of the model, if anything.
    """
    total = alerts.WeighReport()
    while batch := _unscored(shop):
        scored: list[tuple[Article, Score]] = []
        for start in range(0, len(batch), AT_ONCE):
            part = batch[start : start + AT_ONCE]
            scored += zip(part, model.score(part), strict=True)
            shop.progress("scores", len(scored), len(batch))
        total += alerts.weigh(shop.archive, scored, _circumstances(shop, model, model_note))
    around = _circumstances(shop, model, model_note)
    late = alerts.rejudge(shop.archive, around)
    late += alerts.judge_index(shop.archive, around)
    return total + alerts.WeighReport(alerts_sent=late.sent, held=late.held)


def _circumstances(shop: Workshop, model: Model, model_note: str) -> alerts.Circumstances:
    return alerts.Circumstances(
        settings=shop.settings.alerts,
        thresholds=model.thresholds,
        now=clock(),
        coverage=coverage(shop.archive),
        recipients=alerts.recipients_of(shop.settings.email, shop.settings.receivers),
        names={signal.code: signal.name for signal in model.signals},
        model_note=model_note,
        corpus=model.corpus_hash[:12],
    )


def _unscored(shop: Workshop) -> list[Article]:
    with shop.archive.read() as connection:
        return articles.unscored(connection, BATCH)


async def deliver(shop: Workshop, *, patient: bool = False) -> alerts.DeliveryReport:
    """Send what the outbox holds and is due.

    A message that a sender has taken and not settled is leased for a minute: its sender is at
    work, or was killed. A ``patient`` call waits for that and sends what is left.
    """
    total = alerts.DeliveryReport()
    async with Door(shop.settings.net) as door:
        channels = alerts.build_channels(
            mailing.mail_settings(shop.archive, shop.settings),
            shop.settings.receivers,
            door,
            links=mail_links(shop.home, shop.settings),
        )
        while True:
            while (
                report := await alerts.deliver(
                    shop.archive, channels, clock, settings=shop.settings.alerts
                )
            ).tried:
                total += report
            if not patient or not await _leases_end(shop.archive):
                return total


async def _leases_end(archive: Archive) -> bool:
    """Wait until no due message is leased any more; return whether there was one."""
    waited = False
    while True:
        with archive.read() as connection:
            until = outbox.leased_until(connection, clock())
        if until is None:
            return waited
        waited = True
        await anyio.sleep(1)


def is_anything_due(archive: Archive) -> bool:
    """Whether the outbox holds a message that may be sent now."""
    with archive.read() as connection:
        due = outbox.next_due(connection)
    return due is not None and due <= clock()


def coverage(archive: Archive) -> str:
    """Return the sentence that says how many sources are healthy, and which voices are missing."""
    with archive.read() as connection:
        return feeds.coverage_of(feeds.watched(connection)).sentence


def unheard(archive: Archive, now: datetime) -> tuple[str, ...]:
    """Return a line for each trouble of the fleet as a whole, and for what nobody watches."""
    with archive.read() as connection:
        watched = feeds.watched(connection)
    troubles = feeds.fleet_troubles((one.state for one in watched), now)
    return (*troubles, *feeds.coverage_of(watched).unwatched)
