"""The flow ``digest``: once a day and once a week, what was not worth an alert of its own, and
that we live."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict, Field

import alerts
import feeds
from archive import Archive, digests, upgrade
from flows import cycle, digesting, mailing, stuck
from flows.home import Home
from flows.links import mail_links
from flows.settings import Settings, load


class DigestRequest(BaseModel):
    """What a run of ``digest`` may be told.

    With ``hours`` it looks back as far as that, whatever the last digest had; without, it begins
    where the last one ended.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(None, description="state directory; default: PIVOTWATCH_HOME")
    hours: float | None = Field(
        None,
        gt=0,
        le=digesting.MOST_HOURS,
        allow_inf_nan=False,
        description="how far back to look; default: to the last digest",
    )
    weekly: bool = Field(False, description="the digest of the week")


@task(
    name="send digest",
    retries=5,
    retry_delay_seconds=[60, 300, 900, 3600, 7200],
    timeout_seconds=300,
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def send(
    home: Home, settings: Settings, editions: tuple[digesting.Edition, ...], *, noted: bool
) -> int:
    """Mail the digests; return how many people took theirs in this try.

    What is ``noted`` is mailed to nobody who has it already, so that a try for the others can
    follow; otherwise a try follows only when nobody has it. Nobody disabled is mailed.
    """
    sent, failed = 0, list[str]()
    with closing(Archive(settings.database_url(home))) as archive:
        for one in editions:
            delivery = await _mail(home, settings, archive, one, noted=noted)
            sent += delivery.sent
            failed += delivery.failed
    for line in failed:
        get_run_logger().warning(line)
    if failed and (noted or not sent):
        raise alerts.AlertError("; ".join(failed))
    return sent


async def _mail(
    home: Home, settings: Settings, archive: Archive, one: digesting.Edition, *, noted: bool
) -> alerts.DigestDelivery:
    if settings.email is None or not one.to:
        return alerts.DigestDelivery(0, ())
    email = settings.email.model_copy(update={"to": one.to})
    if noted:
        have = digesting.not_mailed(archive, one.content, one.to)
    else:
        have = digesting.disabled(archive, one.to)
    return await alerts.send_digest(
        alerts.EmailChannel(email, mail_links(home, settings)),
        one.content,
        have=have,
        taken=lambda to: digesting.note_taken(archive, one.content, to) if noted else None,
    )


@flow(
    name="digest",
    description="Mail the digest of the day or week: held stories, index, troubles, proof of life.",
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
        email = mailing.mail_settings(archive, settings)
        settings = settings.model_copy(update={"email": email})
        due = digesting.editions(
            archive, settings, cycle.clock(), weekly=request.weekly, hours=request.hours
        )
        content = due[0].content
        feeds.forget_days(archive, content.now)
    rows = [{"what": what, "count": count} for what, count in content.totals.items()]
    key = "weekly-digest" if content.weekly else "digest"
    await acreate_table_artifact(key=key, table=rows, description=content.alive)
    name = "weekly" if content.weekly else "digest"
    try:
        sent = await send(home, settings, due, noted=request.hours is None)
    except (alerts.AlertError, TimeoutError):
        if _is_told(home, settings, content):  # what fails is an address, or one of the channels
            stuck.done(home, settings, name, cycle.clock())
        raise
    stuck.done(home, settings, name, cycle.clock())
    return sent


def _is_told(home: Home, settings: Settings, content: alerts.Digest) -> bool:
    """Whether anybody has the digest, or could at least be told of alerts by another channel."""
    addresses = () if settings.email is None else settings.email.to
    with closing(Archive(settings.database_url(home))) as archive, archive.read() as connection:
        ends = digests.ends(connection, content.kind, addresses)
    return bool(settings.receivers) or content.now in ends.values()
