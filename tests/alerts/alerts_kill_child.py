"""The process that the kill tests let die: weighs a batch and delivers what is due."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

from alerts_kit import NET, NOW, email_to, make, take, webhook_to

from alerts import build_channels, deliver
from alerts.faults import VARIABLE
from archive import Archive
from net import Door


def cycle(url: str, mail: int, hook: int, minutes: int, fault: str) -> None:
    """Do one cycle at a time after the start, and die at ``fault`` on the way."""
    os.environ[VARIABLE] = fault
    archive, now = Archive(url), NOW + timedelta(minutes=minutes)
    take(archive, make("a"), make("b", outlet="Review", hours=1), make("c", hours=90), now=now)
    asyncio.run(_send(archive, mail, hook, minutes))


async def _send(archive: Archive, mail: int, hook: int, minutes: int) -> None:
    async with Door(NET) as door:
        channels = build_channels(email_to(mail), (webhook_to(hook),), door)
        await deliver(archive, channels, lambda: NOW + timedelta(minutes=minutes))
