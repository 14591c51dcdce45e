"""The webhook channel: alerts as JSON by Standard Webhooks 1.0, through the guarded door."""

from __future__ import annotations

import json

from alerts.channels import Clock, Receipt, Recipient
from alerts.cloudevents import CONTENT_TYPE, enveloped
from alerts.letters import Letter
from alerts.payload import AlertPayload
from alerts.posting import Slot, was_too_much
from alerts.receivers import Format, WebhookSettings
from alerts.signing import signed_headers
from archive.types import Message
from net import Door

_SHORT = ("alert_id", "rule", "revision", "reason", "signal", "probability", "likelihood")


class WebhookChannel:
    """One receiver. Its URL and secrets are never shown, not even in an error."""

    def __init__(self, settings: WebhookSettings, door: Door, clock: Clock) -> None:
        self._name = settings.name
        self._secrets = settings.signing_secrets()
        self._format: Format = settings.format
        self._slot = Slot(settings.address(), door, clock, self._secrets)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The webhook itself, by its name."""
        return (Recipient(self._name, self._name),)

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        """Post one message; after an answer that blamed the content, a shorter one.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        body = body_of(payload, message.id, self._format, reduced=was_too_much(message))
        return await self._post(message, body)

    async def carry(self, message: Message, letter: Letter) -> Receipt:
        """Post one letter.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        return await self._post(message, letter_of(letter, message.id, self._format))

    async def _post(self, message: Message, body: bytes) -> Receipt:
        headers = signed_headers(message.id, body, self._slot.clock(), *self._secrets)
        plain = self._format == "standard"
        headers["content-type"] = "application/json" if plain else CONTENT_TYPE
        return await self._slot.post(body, headers)

    async def close(self) -> None:
        """Nothing to do: the door keeps the connections."""


def body_of(
    payload: AlertPayload, message_id: str, shape: Format, *, reduced: bool = False
) -> bytes:
    """Return the request's body, the same bytes on every attempt.

    A ``reduced`` one holds only what identifies the alert, for a receiver that took offence at
    the whole.
    """
    data = payload.as_json()
    if reduced:
        links = [s.url for s in payload.articles]
        data = {key: data[key] for key in _SHORT} | {"links": links, "reduced": True}
    kind = "alert.opened" if payload.revision == 1 else "alert.updated"
    if shape == "cloudevents":
        return _json(enveloped(message_id, kind, payload.alert_id, payload.created, data))
    return _json({"type": kind, "timestamp": payload.created.isoformat(), "data": data})


def letter_of(letter: Letter, message_id: str, shape: Format) -> bytes:
    """Return a letter as the body that a webhook gets."""
    data = {"subject": letter.subject, "text": letter.text}
    if shape == "cloudevents":
        return _json(enveloped(message_id, letter.kind, letter.kind, letter.created, data))
    kind = f"pivotwatch.{letter.kind}"
    return _json({"type": kind, "timestamp": letter.created.isoformat(), "data": data})


def _json(event: dict[str, object]) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
