"""The email channel: one mail server, one connection a batch, TLS as configured and checked."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from alerts.buttons import AlertLinks
from alerts.channels import Receipt, Recipient
from alerts.clean import clean, seal
from alerts.dkim import signed
from alerts.errors import ChannelError, Course
from alerts.letters import Letter, letter_mail
from alerts.masking import login, masked
from alerts.message import alert_mail
from alerts.payload import AlertPayload
from alerts.settings import EMAIL_CHANNEL, EmailSettings
from archive.types import Message
from net.certificate import Certificate, certificate_of

SEND_LIMIT = 30.0
GREET_LIMIT = 10.0
"""Seconds for connecting and logging in when nothing is to be sent."""
_IDLE = 5.0  # seconds after which a session is asked whether it still stands
_NOOP_LIMIT = 5.0
_CONNECTION_LIMIT = 100  # many servers end a session after this many messages
_NO_SUCH_MAILBOX = frozenset({501, 550, 551, 553})


@dataclass(frozen=True, slots=True)
class Greeting:
    """How a mail server has received us: over which TLS, if any, with which certificate, and
    whether it has taken the login."""

    tls: str
    certificate: Certificate | None
    logged_in: bool


class EmailChannel:
    """Alerts as email. Nothing is sent before the whole message is rendered and checked."""

    def __init__(self, settings: EmailSettings, links: AlertLinks | None = None) -> None:
        self._settings = settings
        self._links = links
        self._client: aiosmtplib.SMTP | None = None
        self._taken = 0
        self._used = 0.0
        self._secrets: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Every configured address."""
        return tuple(Recipient(EMAIL_CHANNEL, to) for to in self._settings.to)

    @property
    def links(self) -> AlertLinks | None:
        """Whoever signs the links in what is mailed."""
        return self._links

    @property
    def settings(self) -> EmailSettings:
        """What the channel was made from."""
        return self._settings

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        """Mail one alert to one person.

        Raises:
            ChannelError: the server did not take it, or nobody knows whether it did.
        """
        mail = alert_mail(payload, message, self._settings, self._links)
        return await self.submit(mail, message.recipient)

    async def carry(self, message: Message, letter: Letter) -> Receipt:
        """Mail one letter to one person.

        Raises:
            ChannelError: the server did not take it, or nobody knows whether it did.
        """
        mail = letter_mail(letter, message, self._settings, self._links)
        return await self.submit(mail, message.recipient)

    async def submit(self, mail: EmailMessage, recipient: str) -> Receipt:
        """Hand a finished message to the server.

        Raises:
            ChannelError: the server did not take it, or nobody knows whether it did.
        """
        raw = signed(_sealed(mail), self._settings)
        begun = False
        try:
            async with asyncio.timeout(SEND_LIMIT):
                client = await self._connected()
                begun = True
                _, answer = await client.sendmail(self._settings.sender, [recipient], raw)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            raise _recipient_refused(refused.code, self._heard(refused.message)) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._drop()
            raise _failure(error, begun, self._heard, SEND_LIMIT) from None
        self._taken += 1
        self._used = time.monotonic()
        return Receipt("250", self._heard(answer))

    async def greet(self) -> Greeting:
        """Connect and log in as for a mail, and take leave without sending one.

        Raises:
            ChannelError: the server cannot be reached, its certificate is not right, or it does
                not take the login.
        """
        try:
            async with asyncio.timeout(GREET_LIMIT):
                client = await self._connected()
                await client.noop()
            tls = client.get_transport_info("ssl_object")
            version = "" if tls is None else str(tls.version())
            return Greeting(version, certificate_of(tls), self._settings.username is not None)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._drop()
            raise _failure(error, False, self._heard, GREET_LIMIT) from None
        finally:
            await self.close()

    async def close(self) -> None:
        """Take leave of the server, if it is still there."""
        client, self._client = self._client, None
        if client is None or not client.is_connected:
            return
        try:
            async with asyncio.timeout(5):
                await client.quit()
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._taken >= _CONNECTION_LIMIT or not await self._alive():
            await self.close()
        if self._client is None or not self._client.is_connected:
            self._client = _client(self._settings)
            self._secrets = _secrets(self._settings)
            self._taken = 0
            await self._client.connect()
            self._used = time.monotonic()
        return self._client

    async def _alive(self) -> bool:
        """Whether a session that has been idle still answers; servers end such without a word."""
        client = self._client
        if client is None or time.monotonic() - self._used < _IDLE:
            return True
        try:
            await client.noop(timeout=_NOOP_LIMIT)
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    def _heard(self, said: str) -> str:
        """Return what the server said, fit to be shown: some repeat the login that they refuse."""
        return clean(masked(said, self._secrets), 200)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _client(settings: EmailSettings) -> aiosmtplib.SMTP:
    secret = settings.secret()
    encrypted = settings.security != "plain"
    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.effective_port,
        username=settings.username,
        password=None if secret is None else secret.get_secret_value(),
        local_hostname=settings.domain,  # asking the resolver for our own name can take seconds
        timeout=SEND_LIMIT,
        use_tls=settings.security == "implicit",
        start_tls=settings.security == "starttls",
        tls_context=_context(settings) if encrypted else None,
    )


def _secrets(settings: EmailSettings) -> tuple[str, ...]:
    secret = settings.secret()
    if secret is None:
        return ()
    return login(settings.username or "", secret.get_secret_value())


def _context(settings: EmailSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _sealed(mail: EmailMessage) -> bytes:
    try:
        return seal(mail)
    except ValueError as error:
        raise ChannelError("headers", str(error), Course.ONCE) from None


def _recipient_refused(code: int, said: str) -> ChannelError:
    policy = re.search(r"\b5\.7\.\d", said) is not None  # RFC 3463: refused, but the mailbox exists
    if code in _NO_SUCH_MAILBOX and not policy:
        return ChannelError(str(code), said, Course.NEVER, strike=True)
    course = Course.SLOW if code >= 500 else Course.FULL
    return ChannelError(str(code), said, course)


def _failure(
    error: Exception, begun: bool, heard: Callable[[str], str], limit: float
) -> ChannelError:
    """Say what went wrong; once sending has begun, silence may hide that the mail was taken."""
    if isinstance(error, aiosmtplib.SMTPDataError):
        course = Course.ONCE if error.code >= 500 else Course.FULL
        said = heard(error.message)
        leaving = error.code == 421  # some servers have taken the mail and close all the same
        return ChannelError(str(error.code), said, course, broken=leaving, uncertain=leaving)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        course = Course.SLOW if error.code >= 500 else Course.FULL
        return ChannelError(str(error.code), heard(error.message), course, broken=True)
    if isinstance(error, TimeoutError):
        said = f"the mail server did not answer within {limit:.0f} s"
        return ChannelError("timeout", said, broken=True, uncertain=begun)
    if isinstance(error, ConnectionError | OSError):
        said = heard(str(error))
        return ChannelError("unreachable", said, broken=True, uncertain=begun)
    return ChannelError("smtp", heard(str(error)), Course.SLOW, broken=True)
