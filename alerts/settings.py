"""What a person may configure about channels: email and webhooks; rules are in a module beside."""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from alerts.fields import Address, Host, Slug, StrictModel, one_of, read_secret
from alerts.rule_settings import (
    AWAY_SIGNALS,
    COUNTER_SIGNAL,
    DEFAULT_RULES,
    AlertsSettings,
    PersonSettings,
    QuietSettings,
    RuleSettings,
)
from alerts.signing import signing_key

__all__ = [
    "AWAY_SIGNALS",
    "COUNTER_SIGNAL",
    "DEFAULT_RULES",
    "EMAIL_CHANNEL",
    "AlertsSettings",
    "EmailSettings",
    "PersonSettings",
    "QuietSettings",
    "RuleSettings",
    "Security",
    "WebhookSettings",
    "is_loopback",
]

Security = Literal["plain", "starttls", "implicit"]
EMAIL_CHANNEL = "email"
_SELECTOR = r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$"
_PORTS: dict[str, int] = {"plain": 25, "starttls": 587, "implicit": 465}


class EmailSettings(StrictModel):
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
    picture: bool = False
    dkim_selector: str | None = Field(default=None, pattern=_SELECTOR)
    dkim_key_file: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        one_of(self.password, self.password_file, "password")
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
        _check_dkim(self.dkim_selector, self.dkim_key_file)
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
        return self.password or read_secret(self.password_file, "password_file")


class WebhookSettings(StrictModel):
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
        one_of(self.url, self.url_file, "url")
        one_of(self.secret, self.secret_file, "secret")
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
        found = self.url or read_secret(self.url_file, "url_file")
        if found is None:
            raise ValueError("url: missing; give url or url_file")
        return found

    def signing_secret(self) -> SecretStr | None:
        """Return the signing secret, wherever it was given, or None.

        Raises:
            ValueError: ``secret_file`` cannot be read or is empty.
        """
        return self.secret or read_secret(self.secret_file, "secret_file")


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_dkim(selector: str | None, key_file: Path | None) -> None:
    if (selector is None) != (key_file is None):
        raise ValueError("dkim_selector and dkim_key_file go together; give both or neither")
    if key_file is None:
        return
    if not key_file.is_file():
        raise ValueError(f"dkim_key_file: {key_file} is not a file; give an RSA key in PEM")
    if find_spec("dkim") is None:
        raise ValueError("dkim_key_file: signing needs dkimpy; pip install 'pivotwatch[dkim]'")
