"""The chat channel: alerts as messages in Slack, Microsoft Teams or Discord."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from alerts import discord, slack, teams
from alerts.brief import Body, Brief, as_bytes, in_room, reduced
from alerts.channels import Clock, Receipt, Recipient
from alerts.letters import Letter
from alerts.payload import AlertPayload
from alerts.posting import Slot, was_too_much
from alerts.receivers import ReceiverSettings
from archive.types import Message
from net import Door

Kind = Literal["slack", "teams", "discord"]
_JSON = {"content-type": "application/json"}


class ChatSettings(ReceiverSettings):
    """A chat's incoming webhook: of Slack or Discord, or a Workflows URL of Microsoft Teams.

    The URL alone lets one write there: it is a secret, and may come from a file.
    """

    kind: Kind


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one chat is written to: its renderer, how it counts, and the most it takes."""

    render: Callable[[Brief], Body]
    size: Callable[[Body], int]
    most: int


class ChatChannel:
    """One chat. Its URL is never shown, not even in an error."""

    def __init__(self, settings: ChatSettings, door: Door, clock: Clock) -> None:
        self._name = settings.name
        self._kind: Kind = settings.kind
        self._slot = Slot(settings.address(), door, clock)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The chat itself, by its name."""
        return (Recipient(self._name, self._name),)

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        """Post one message; after an answer that blamed the content, only what identifies it.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        body = short_message(self._kind, payload)
        if not was_too_much(message):
            body = chat_message(self._kind, payload)
        return await self._slot.post(as_bytes(body), _JSON)

    async def carry(self, message: Message, letter: Letter) -> Receipt:  # noqa: ARG002
        """Post one letter.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        return await self._slot.post(as_bytes(chat_message(self._kind, letter)), _JSON)

    async def close(self) -> None:
        """Nothing to do: the door keeps the connections."""


def chat_message(kind: Kind, subject: AlertPayload | Letter) -> Body:
    """Return an alert or a letter as a chat takes it, within its limits."""
    how = _dialect(kind)
    return in_room(subject, how.render, how.size, how.most)


def short_message(kind: Kind, payload: AlertPayload) -> Body:
    """Return what only identifies an alert, as a chat takes it."""
    return _dialect(kind).render(reduced(payload))


def _dialect(kind: Kind) -> _Dialect:
    if kind == "slack":
        return _Dialect(slack.render, slack.size, slack.MOST)
    if kind == "teams":
        return _Dialect(teams.render, teams.size, teams.MOST)
    return _Dialect(discord.render, discord.size, discord.MOST)
