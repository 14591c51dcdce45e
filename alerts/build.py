"""Making the channels that the configuration names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from alerts.apprise_channel import AppriseChannel, AppriseSettings
from alerts.buttons import AlertLinks
from alerts.channels import Channel, Clock
from alerts.chat import ChatChannel, ChatSettings
from alerts.receivers import ReceiverSettings, WebhookSettings
from alerts.settings import EMAIL_CHANNEL, EmailSettings
from alerts.smtp import EmailChannel
from alerts.webhook import WebhookChannel
from net import Door


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def build_channels(
    email: EmailSettings | None,
    receivers: Sequence[ReceiverSettings],
    door: Door,
    *,
    clock: Clock = utc_now,
    links: AlertLinks | None = None,
) -> Mapping[str, Channel]:
    """Return the configured channels by name; connections are opened when something is sent.

    Args:
        email: the mail server, or None.
        receivers: the webhooks, chats and services of Apprise.
        door: the open door that all but the last are posted to through.
        clock: what signatures are dated by.
        links: whoever signs the links in mails; without one they have no buttons.
    """
    channels: dict[str, Channel] = {}
    if email is not None:
        channels[EMAIL_CHANNEL] = EmailChannel(email, links)
    for one in receivers:
        channels[one.name] = _receiver(one, door, clock)
    return channels


def _receiver(one: ReceiverSettings, door: Door, clock: Clock) -> Channel:
    if isinstance(one, WebhookSettings):
        return WebhookChannel(one, door, clock)
    if isinstance(one, ChatSettings):
        return ChatChannel(one, door, clock)
    if isinstance(one, AppriseSettings):
        return AppriseChannel(one.name, one.address())
    raise TypeError(f"{type(one).__name__}: no channel is made from such settings")
