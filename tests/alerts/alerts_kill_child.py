"""The process that the kill tests let die: weighs a batch and delivers what is due."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from multiprocessing.connection import Connection

from alerts_kit import NET, NOW, email_to, make, take, webhook_to

from alerts import AlertsSettings, build_channels, deliver
from alerts.faults import VARIABLE
from alerts.message import alert_html, plain_text
from alerts.trial import trial_payload
from archive import Archive
from net import Door

# Every story is told at once: what is killed here is delivery, not patience.
SETTINGS = AlertsSettings.model_validate({"group_wait": 0, "update_interval": 0, "daily_budget": 0})
APART = 240  # hours between two articles, so that each is a story of its own
# Templates are compiled here, once: this module is loaded into the server that forks children.
alert_html(trial_payload(NOW))
plain_text(trial_payload(NOW))


def work(
    url: str,
    mail: int,
    hook: int,
    now: datetime,
    number: int,
    new: int,
    fault: str,
    started: Connection,
) -> None:
    """Do one cycle with ``new`` articles, and die at ``fault`` on the way."""
    archive = Archive(url)
    os.environ[VARIABLE] = fault
    started.send_bytes(b".")
    if new:
        pairs = [make(f"n{number}x{n}", hours=-APART * (number * new + n)) for n in range(new)]
        take(archive, *pairs, settings=SETTINGS, now=now)
    asyncio.run(_send(archive, mail, hook, now))


async def _send(archive: Archive, mail: int, hook: int, now: datetime) -> None:
    async with Door(NET) as door:
        channels = build_channels(email_to(mail), (webhook_to(hook),), door)
        later = now
        for _ in range(3):  # what failed is due again within the minute
            await deliver(archive, channels, lambda: later)  # noqa: B023
            later += timedelta(seconds=10)
