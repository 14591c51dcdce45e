"""The webhook channel: alerts as JSON by Standard Webhooks 1.0, through the guarded door."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import SecretStr

from alerts.answers import GONE, PAYLOAD_FAULTS, REFUSED, course_of, is_broken
from alerts.channels import Clock, Receipt, Recipient
from alerts.clean import clean
from alerts.errors import ChannelError, Course
from alerts.letters import Letter, letter_body
from alerts.payload import AlertPayload
from alerts.settings import WebhookSettings
from alerts.signing import signed_headers
from archive.types import Message
from net import BadRedirect, Door, NetError, Refused, Response, TimedOut

SEND_LIMIT = 30.0
_SECRET_PIECE = 8


class WebhookChannel:
    """One receiver. Its URL and secret are never shown, not even in an error."""

    def __init__(self, settings: WebhookSettings, door: Door, clock: Clock) -> None:
        self._name = settings.name
        self._url = settings.address()
        self._secret = settings.signing_secret()
        self._door = door
        self._clock = clock

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The webhook itself, by its name."""
        return (Recipient(self._name, self._name),)

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        """Post one message; after an answer that blamed the content, a shorter one.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        reduced = (message.error or "")[:3] in {str(code) for code in PAYLOAD_FAULTS}
        return await self._post(message, body_of(payload, reduced=reduced))

    async def carry(self, message: Message, letter: Letter) -> Receipt:
        """Post one letter.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        return await self._post(message, letter_body(letter))

    async def _post(self, message: Message, body: bytes) -> Receipt:
        headers = signed_headers(message.id, body, self._clock(), self._secret)
        headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(SEND_LIMIT):
                answer = await self._door.post(self._url.get_secret_value(), body, headers)
        except NetError as error:
            raise _unanswered(error) from None
        except TimeoutError:
            raise _unanswered(TimedOut(f"no answer within {SEND_LIMIT:.0f} s")) from None
        said = _masked(clean(answer.body.decode("utf-8", "replace"), 200), self._url)
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status), said if answer.body else "")
        raise _refused(answer, said if answer.body else "no explanation", self._clock())

    async def close(self) -> None:
        """Nothing to do: the door keeps the connections."""


def body_of(payload: AlertPayload, *, reduced: bool = False) -> bytes:
    """Return the request's body, the same bytes on every attempt.

    A ``reduced`` one holds only what identifies the alert, for a receiver that took offence at
    the whole.
    """
    data = payload.as_json()
    if reduced:
        keep = ("alert_id", "rule", "revision", "reason", "signal", "probability", "likelihood")
        links = [s.url for s in payload.articles]
        data = {key: data[key] for key in keep} | {"links": links, "reduced": True}
    event = {
        "type": "alert.opened" if payload.revision == 1 else "alert.updated",
        "timestamp": payload.created.isoformat(),
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _unanswered(error: NetError) -> ChannelError:
    if isinstance(error, Refused | BadRedirect):
        return ChannelError(REFUSED, error.reason, Course.GONE, broken=True)
    code = "timeout" if isinstance(error, TimedOut) else "unreachable"
    return ChannelError(code, error.reason, Course.FULL, broken=True)


def _refused(answer: Response, said: str, now: datetime) -> ChannelError:
    status = answer.status
    if status == GONE:
        said = f"the receiver is gone for good; remove it ({said})"
    if 300 <= status < 400:
        said = "the receiver answers with a redirect, which is not followed; correct its url"
    return ChannelError(
        str(status),
        said,
        course_of(status),
        retry_after=_retry_after(answer.headers.get("retry-after", ""), now),
        broken=is_broken(status),
    )


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return timedelta(seconds=int(value))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(timedelta(0), when - now)


def _masked(said: str, url: SecretStr) -> str:
    """Take out of an answer whatever pieces of the URL it repeats."""
    for piece in re.split(r"[/?&=#]", url.get_secret_value()):
        if len(piece) >= _SECRET_PIECE:
            said = said.replace(piece, "…")
    return said
