"""What a channel is: somewhere a message can be handed over, to one of its recipients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from alerts.payload import AlertPayload
from alerts.receivers import ReceiverSettings
from alerts.settings import EMAIL_CHANNEL, AlertsSettings, EmailSettings
from archive.types import Message

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told: a channel and, within it, an address (never a secret)."""

    channel: str
    address: str

    @property
    def is_person(self) -> bool:
        """Whether the daily budget applies; webhooks and chats have none."""
        return self.channel == EMAIL_CHANNEL


@dataclass(frozen=True, slots=True)
class Receipt:
    """The other side took the message: its code and what it said."""

    code: str
    detail: str


class Channel(Protocol):
    """Somewhere messages can be handed over."""

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Those who can be reached through the channel."""
        ...

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        """Hand over one message; return once the other side has taken it.

        Raises:
            ChannelError: it was not taken, or nobody knows whether it was.
        """
        ...

    async def close(self) -> None:
        """End the batch: close whatever connection is open."""
        ...


def recipients_of(
    email: EmailSettings | None, receivers: Sequence[ReceiverSettings]
) -> tuple[Recipient, ...]:
    """Return everybody the configuration names: each address, each webhook, each chat."""
    people = () if email is None else tuple(Recipient(EMAIL_CHANNEL, to) for to in email.to)
    return people + tuple(Recipient(one.name, one.name) for one in receivers)


def unknown_channels(settings: AlertsSettings, recipients: Sequence[Recipient]) -> tuple[str, ...]:
    """Return the channels that a rule names and the configuration does not have."""
    known = {r.channel for r in recipients}
    named = (name for rule in settings.every_rule for name in rule.channels)
    return tuple(dict.fromkeys(name for name in named if name not in known))
