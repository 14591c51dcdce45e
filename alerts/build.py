"""Making the channels that the configuration names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from alerts.channels import Channel, Clock
from alerts.settings import EMAIL_CHANNEL, EmailSettings, WebhookSettings
from alerts.smtp import EmailChannel
from alerts.webhook import WebhookChannel
from net import Door


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def build_channels(
    email: EmailSettings | None,
    webhooks: Sequence[WebhookSettings],
    door: Door,
    *,
    clock: Clock = utc_now,
) -> Mapping[str, Channel]:
    """Return the configured channels by name; connections are opened when something is sent.

    Args:
        email: the mail server, or None.
        webhooks: the receivers of JSON.
        door: the open door that webhooks are posted through.
        clock: what signatures are dated by.
    """
    channels: dict[str, Channel] = {}
    if email is not None:
        channels[EMAIL_CHANNEL] = EmailChannel(email)
    for one in webhooks:
        channels[one.name] = WebhookChannel(one, door, clock)
    return channels
