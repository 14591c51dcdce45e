"""The Apprise channel: alerts to services that we have no renderer for, as best it can.

Apprise connects by itself, not through the guarded door, and does not say what a service answered.
So only services at addresses of their own are open, nothing may be set in the URL, redirects are
not followed, and nothing is attached.
"""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Self

from pydantic import SecretStr, model_validator

from alerts.brief import ROOMS, Brief, brief_of
from alerts.channels import Receipt, Recipient
from alerts.errors import ChannelError, Course
from alerts.letters import Letter
from alerts.payload import AlertPayload
from alerts.receivers import ReceiverSettings
from archive.types import Message

SCHEMES = frozenset({"gchat", "pagerduty", "pbul", "pover", "tgram", "threema", "wxteams"})
"""Google Chat, PagerDuty, Pushbullet, Pushover, Telegram, Threema, Webex: their hosts are fixed."""
SEND_LIMIT = 30.0
_OPTIONS = "?redirect=no&verify=yes&overflow=truncate&format=text&cto=5&rto=20"
_REMEDY = f"allowed are {', '.join(sorted(SCHEMES))}"


class AppriseSettings(ReceiverSettings):
    """A service that Apprise knows, by Apprise's own URL, which must stand in a file."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.url is not None:
            raise ValueError("url: write it into a file and name that as url_file")
        return self

    def check_url(self, url: str) -> None:
        """Check that a URL names an open service and nothing else.

        Raises:
            ValueError: it does not, or Apprise is missing; the URL is not in the message.
        """
        scheme, found, rest = url.partition("://")
        if not found or scheme.lower() not in SCHEMES:
            raise ValueError(f"url: not a service that is open here; {_REMEDY}")
        if "?" in rest or any(c.isspace() or c == "," for c in rest):
            raise ValueError("url: one address alone; take out what stands after it")
        if find_spec("apprise") is None:
            raise ValueError("url_file: this needs apprise; pip install 'pivotwatch[apprise]'")
        if _service(SecretStr(url)) is None:
            raise ValueError("url: apprise does not understand it; see its page on that service")


class AppriseChannel:
    """One service. Its URL is never shown, not even in an error or a log."""

    def __init__(self, name: str, url: SecretStr) -> None:
        self._name = name
        self._service = _service(url)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The service itself, by its name."""
        return (Recipient(self._name, self._name),)

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:  # noqa: ARG002
        """Hand over one message.

        Raises:
            ChannelError: Apprise says that it was not taken; it does not say why.
        """
        return await self._hand_over(brief_of(payload, ROOMS[0]))

    async def carry(self, message: Message, letter: Letter) -> Receipt:  # noqa: ARG002
        """Hand over one letter.

        Raises:
            ChannelError: Apprise says that it was not taken; it does not say why.
        """
        return await self._hand_over(brief_of(letter, ROOMS[0]))

    async def close(self) -> None:
        """Nothing to do: Apprise keeps no connection."""

    async def _hand_over(self, brief: Brief) -> Receipt:
        try:
            async with asyncio.timeout(SEND_LIMIT):
                taken = await asyncio.to_thread(self._notify, brief)
        except TimeoutError:
            said = f"apprise did not end within {SEND_LIMIT:.0f} s"
            raise ChannelError("timeout", said, Course.FULL, broken=True, uncertain=True) from None
        if not taken:
            said = "the service did not take it; apprise does not say why"
            raise ChannelError("apprise", said, Course.FULL, broken=True)
        return Receipt("apprise", "said to be taken")

    def _notify(self, brief: Brief) -> bool:
        said = self._service.notify(title=brief.head, body=in_words(brief), body_format="text")
        return bool(said)


def in_words(brief: Brief) -> str:
    """Return a message as plain text, the weightiest first, as its end may be cut off."""
    parts = [brief.news]
    parts += [f"“{one.text}”\n{one.source}\n{one.url}".rstrip() for one in brief.excerpts]
    parts += ["\n".join(f"{one.name}: {one.words}" for one in (*brief.facts, *brief.notes))]
    return "\n\n".join(part for part in (*parts, brief.foot) if part)


def _service(url: SecretStr) -> Any:
    """Return Apprise's own object for a URL, or None; what its libraries log might show the URL."""
    for name in ("apprise", "requests", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    apprise = import_module("apprise")
    return apprise.Apprise.instantiate(url.get_secret_value() + _OPTIONS)
