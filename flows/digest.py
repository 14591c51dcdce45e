"""The flow ``digest``: once a day, what was not worth an alert of its own, and that we live."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict, Field

import alerts
import feeds
from archive import Archive, upgrade
from flows import cycle, mailing, model, stuck
from flows.home import Home
from flows.links import mail_links
from flows.settings import Settings, load


class DigestRequest(BaseModel):
    """What a run of ``digest`` may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(None, description="state directory; default: PIVOTWATCH_HOME")
    hours: float = Field(24.0, gt=0, le=24 * 31, description="how far back to look")


@task(
    name="send digest",
    retries=5,
    retry_delay_seconds=[60, 300, 900, 3600, 7200],
    timeout_seconds=300,
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def send(home: Home, settings: Settings, content: alerts.Digest) -> int:
    """Mail the digest; it has one Message-ID a day and person, so a repeat is the same mail."""
    if settings.email is None:
        return 0
    delivery = await alerts.send_digest(
        alerts.EmailChannel(settings.email, mail_links(home, settings)), content
    )
    for line in delivery.failed:
        get_run_logger().warning(line)
    if delivery.failed and not delivery.sent:  # a retry must not mail those again who have it
        raise alerts.AlertError("; ".join(delivery.failed))
    return delivery.sent


@flow(
    name="digest",
    description="Mail the day's digest: held stories, troubled feeds, proof of life.",
    timeout_seconds=24000,
    persist_result=False,
)
async def digest(request: DigestRequest = DigestRequest()) -> int:  # noqa: B008
    """Return how many people the digest was mailed to.

    Raises:
        ConfigError: the configuration has mistakes.
    """
    home = Home(request.home) if request.home else Home.find()
    settings = load(home)
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        now = cycle.clock()
        since = now - timedelta(hours=request.hours)
        names = model.signal_names(settings)
        unheard = cycle.unheard(archive, now)
        content = alerts.build_digest(archive, since, now, cycle.coverage(archive), names, unheard)
        feeds.forget_days(archive, now)
        email = mailing.mail_settings(archive, settings)
    rows = [{"what": what, "count": count} for what, count in content.totals.items()]
    await acreate_table_artifact(key="digest", table=rows, description=content.alive)
    sent = await send(home, settings.model_copy(update={"email": email}), content)
    stuck.done(home, settings, "digest", now)
    return sent
