"""What a person may configure about alerts: email, webhooks, rules and the budget."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from alerts.signing import signing_key
from archive.types import Direction

Security = Literal["plain", "starttls", "implicit"]
EMAIL_CHANNEL = "email"
_PORTS: dict[str, int] = {"plain": 25, "starttls": 587, "implicit": 465}
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?|::1")
AWAY_SIGNALS = (
    "csto_snub",
    "western_drills",
    "arms_diversification",
    "trade_retaliation",
    "icc_accession",
    "western_alignment",
    "russian_presence",
    "public_rift",
    "ukraine_alignment",
    "regional_opening",
)
COUNTER_SIGNAL = "russia_reengagement"


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or ".." in value or len(value) > 254:
        raise ValueError(
            f"{value!r} is not one plain email address; write one address such as "
            "analyst@example.org, several as a list"
        )
    return value


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a name; use up to 40 lower-case letters, digits and hyphens"
        )
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is not a host name or address; write smtp.example.org")
    return value


Address = Annotated[str, AfterValidator(_address)]
Slug = Annotated[str, AfterValidator(_slug)]
Host = Annotated[str, AfterValidator(_host)]


class _Settings(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )


class EmailSettings(_Settings):
    """The mail server that takes the alerts, and who receives them.

    ``security`` is ``starttls`` (port 587), ``implicit`` TLS (465) or ``plain`` (25); a certificate
    is always checked, against ``ca_file`` when given. A password goes over ``plain`` only to this
    machine. ``password_file`` is a file with the password alone in it. Every address in ``to``
    gets a message of its own.
    """

    host: Host
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Security = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    sender: Address = Field(alias="from")
    to: tuple[Address, ...] = Field(min_length=1)
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self.password, self.password_file, "password")
        if (self.username is None) != (self.secret() is None):
            raise ValueError("username and password go together; give both or neither")
        if self.username is not None and self.security == "plain" and not is_loopback(self.host):
            raise ValueError(
                'security: "plain" would send the password in clear to another machine; '
                'use "starttls" or "implicit"'
            )
        if len(set(self.to)) != len(self.to):
            raise ValueError("to: an address is given twice; remove one")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise ValueError(f"ca_file: {self.ca_file} is not a file; give a PEM file")
        return self

    @property
    def effective_port(self) -> int:
        """The port in use: the given one, or the usual one of ``security``."""
        return self.port or _PORTS[self.security]

    @property
    def domain(self) -> str:
        """The sender's domain, which message ids end with."""
        return self.sender.rpartition("@")[2].lower()

    def secret(self) -> SecretStr | None:
        """Return the password, wherever it was given.

        Raises:
            ValueError: ``password_file`` cannot be read or is empty.
        """
        return self.password or _read(self.password_file, "password_file")


class WebhookSettings(_Settings):
    """A receiver of alerts as JSON (Standard Webhooks 1.0).

    ``url`` and ``secret`` may come from files; both are secrets and are never shown. A ``secret``
    is ``whsec_`` and 24 to 64 bytes in base64; without one the requests are not signed.
    """

    name: Slug
    url: SecretStr | None = None
    url_file: Path | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name == EMAIL_CHANNEL:
            raise ValueError('name: "email" is the mail channel\'s name; choose another')
        _one_of(self.url, self.url_file, "url")
        _one_of(self.secret, self.secret_file, "secret")
        parts = urlsplit(self.address().get_secret_value())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url: not an http or https address; write https://example.org/path")
        signing = self.signing_secret()
        if signing is not None:
            signing_key(signing)
        return self

    def address(self) -> SecretStr:
        """Return the URL, wherever it was given.

        Raises:
            ValueError: it was not given, or ``url_file`` cannot be read.
        """
        found = self.url or _read(self.url_file, "url_file")
        if found is None:
            raise ValueError("url: missing; give url or url_file")
        return found

    def signing_secret(self) -> SecretStr | None:
        """Return the signing secret, wherever it was given, or None.

        Raises:
            ValueError: ``secret_file`` cannot be read or is empty.
        """
        return self.secret or _read(self.secret_file, "secret_file")


class RuleSettings(_Settings):
    """Which stories become alerts.

    A story matches when an article in one of ``languages`` carries one of ``signals`` with one of
    ``directions`` at or above ``threshold`` (the model's own per signal when not given) and at
    least ``min_origins`` independent origins report it. ``channels`` are "email" and webhook
    names. An empty list means all.
    """

    name: Slug
    signals: tuple[str, ...] = Field(min_length=1)
    threshold: float | None = Field(default=None, gt=0, lt=1)
    directions: tuple[Direction, ...] = (Direction.AWAY, Direction.MIXED)
    min_origins: int = Field(default=1, ge=1, le=20)
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


DEFAULT_RULES = (
    RuleSettings(name="realignment", signals=AWAY_SIGNALS),
    RuleSettings(
        name="reengagement",
        signals=(COUNTER_SIGNAL,),
        directions=(Direction.TOWARD, Direction.MIXED),
    ),
)


class AlertsSettings(_Settings):
    """The rules, and how much a person is told.

    ``daily_budget`` is the most alert emails a person gets in a UTC day (0: no limit); what goes
    over it is listed in the digest. Webhooks are machines and get every alert. ``story_days`` is
    how far apart in days two articles on one event may be published. ``base_url`` is reserved for
    links back to the desk.
    """

    rules: tuple[RuleSettings, ...] = DEFAULT_RULES
    daily_budget: int = Field(default=6, ge=0)
    story_days: float = Field(default=3.0, gt=0, le=30)
    base_url: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("rules: two rules have the same name; rename one")
        return self


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _one_of(value: object, file: object, key: str) -> None:
    if value is not None and file is not None:
        raise ValueError(f"{key} and {key}_file are both given; keep one")


def _read(path: Path | None, key: str) -> SecretStr | None:
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{key}: {path} cannot be read ({type(error).__name__})") from error
    if not text:
        raise ValueError(f"{key}: {path} is empty; put the secret in it")
    return SecretStr(text)
