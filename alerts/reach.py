"""Whether alerts could be delivered: mail server, webhooks and chats are greeted, nothing is sent.

A receiver's host is asked for the headers of its front page: that shows name, address, TLS and the
time there. The path of its URL, which is the secret, is neither asked nor shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from alerts.apprise_channel import AppriseSettings
from alerts.channels import Clock
from alerts.check import Check, CheckState, note, ok, problem, skipped
from alerts.errors import ChannelError
from alerts.receivers import ReceiverSettings, WebhookSettings
from alerts.settings import EMAIL_CHANNEL, EmailSettings, is_loopback
from alerts.smtp import EmailChannel
from net import Door, NetError, Refused
from net.certificate import Certificate

_LOGIN = frozenset({"454", "530", "534", "535", "538"})  # RFC 4954, 6


@dataclass(frozen=True, slots=True)
class Reached:
    """What greeting a host has shown, and how many seconds its clock is ahead of ours, if known."""

    check: Check
    ahead: float | None = None


async def reach_mail(settings: EmailSettings, now: datetime) -> Check:
    """Connect to the mail server and log in as for a mail, without sending one."""
    server = f"{settings.host}:{settings.effective_port}"
    try:
        found = await EmailChannel(settings).greet()
    except ChannelError as error:
        return problem(EMAIL_CHANNEL, f"{server}: {error}", _mail_remedy(error, settings))
    if found.certificate is not None and found.certificate.is_near_end(now):
        return _ends_soon(EMAIL_CHANNEL, server, found.certificate)
    if not found.tls and not is_loopback(settings.host):
        return note(
            EMAIL_CHANNEL,
            f"{server} answers, without TLS: whoever is on the way can read the alerts",
            '[email] security: "starttls" or "implicit", if the server has it',
        )
    login = "takes the login" if found.logged_in else "answers (no login is configured)"
    return ok(EMAIL_CHANNEL, f"{server} {login}" + (f" over {found.tls}" if found.tls else ""))


async def reach_receiver(settings: ReceiverSettings, door: Door, clock: Clock) -> Reached:
    """Greet the host of a webhook or a chat; nothing is posted."""
    name = settings.name
    if isinstance(settings, AppriseSettings):
        said = "Apprise connects by itself; `pivotwatch alerts test` shows whether it works"
        return Reached(skipped(name, said))
    reached = await reach_host(name, settings.address(), door, clock)
    unsigned = isinstance(settings, WebhookSettings) and not settings.signing_secrets()
    if unsigned and reached.check.state is CheckState.OK:
        said = f"{reached.check.detail}; what it gets is not signed"
        mended = note(name, said, "give it a secret (docs/receivers.md), or it believes anybody")
        return Reached(mended, reached.ahead)
    return reached


async def reach_host(name: str, url: SecretStr, door: Door, clock: Clock) -> Reached:
    """Greet the host of a URL, of which only the host is shown."""
    host = shown_host(url)
    before = clock()
    try:
        answer = await door.greet(url.get_secret_value())
    except NetError as error:
        return Reached(problem(name, f"{host}: {error.reason}", _net_remedy(error)))
    after = clock()
    ahead = _ahead(answer.headers.get("date", ""), answer.headers.get("age", ""), before, after)
    shown = answer.certificate
    if shown is not None and shown.is_near_end(after):
        return Reached(_ends_soon(name, host, shown), ahead)
    if shown is None and not door.is_open(_host_of(url)):
        said = f"its host, {host}, answers, without TLS: whoever is on the way can read the alerts"
        return Reached(note(name, said, "write its url with https"), ahead)
    until = f", certificate until {shown.ends:%Y-%m-%d}" if shown is not None else ""
    return Reached(ok(name, f"its host, {host}, answers{until}"), ahead)


def shown_host(url: SecretStr) -> str:
    """Return the host of a URL, with its port if it has one; empty when it has no host."""
    host = _host_of(url)
    try:
        port = urlsplit(url.get_secret_value()).port
    except ValueError:
        return host
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def _host_of(url: SecretStr) -> str:
    try:
        return urlsplit(url.get_secret_value()).hostname or ""
    except ValueError:
        return ""


def _ahead(date: str, age: str, before: datetime, after: datetime) -> float | None:
    """Return how far the server's clock is ahead; a cache says how old its Date is (RFC 9111)."""
    try:
        said = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    cached = int(age) if age.isascii() and age.isdigit() and len(age) < 9 else 0
    middle = before + (after - before) / 2
    # A Date is cut to the second, so on average it was half a second later.
    return (said - middle).total_seconds() + cached + 0.5


def _ends_soon(name: str, server: str, shown: Certificate) -> Check:
    said = (
        f"{server}: its certificate ends on {shown.ends:%Y-%m-%d}; after that nothing is delivered"
    )
    return problem(name, said, "have the certificate renewed there")


def _net_remedy(error: NetError) -> str:
    if isinstance(error, Refused):
        return "correct its url, or open the range with [net] allow if it is your own"
    if "certificate" in error.reason:
        return "have the certificate put right there, or correct the host in the url"
    if "resolve" in error.reason:
        return "correct the host in the url; if that is right, look at this machine's DNS"
    return "is it up, and may this machine reach it? Then correct host and port in the url"


def _mail_remedy(error: ChannelError, settings: EmailSettings) -> str:
    if error.code in _LOGIN:
        return (
            "correct [email] username and password; some servers want a password made for programs"
        )
    if "certificate" in error.detail.lower():
        return "write [email] host as the certificate names it, or give its authority as ca_file"
    if error.code in {"unreachable", "timeout"}:
        return (
            "correct [email] host, port and security; if they are right, have port "
            f"{settings.effective_port} opened for this machine"
        )
    return "correct [email] security and port: what answers there speaks otherwise"
