"""What a person may configure about email; rules and other receivers are in modules beside."""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from alerts.fields import Address, Host, StrictModel, one_of, read_secret
from alerts.receivers import EMAIL_CHANNEL, WebhookSettings
from alerts.rule_settings import (
    AWAY_SIGNALS,
    COUNTER_SIGNAL,
    DEFAULT_RULES,
    INDEX_RULE,
    AlertsSettings,
    IndexSettings,
    PersonSettings,
    QuietSettings,
    RuleSettings,
)

__all__ = [
    "AWAY_SIGNALS",
    "COUNTER_SIGNAL",
    "DEFAULT_RULES",
    "EMAIL_CHANNEL",
    "INDEX_RULE",
    "AlertsSettings",
    "EmailSettings",
    "IndexSettings",
    "PersonSettings",
    "QuietSettings",
    "RuleSettings",
    "Security",
    "WebhookSettings",
    "is_loopback",
]

Security = Literal["plain", "starttls", "implicit"]
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
