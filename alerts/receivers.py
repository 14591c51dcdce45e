"""What a person may configure about receivers that are posted to: webhooks of the JSON kind."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr, model_validator

from alerts.fields import Slug, StrictModel, is_web_address, one_of, read_secret
from alerts.signing import signing_key

EMAIL_CHANNEL = "email"

Format = Literal["standard", "cloudevents"]


class ReceiverSettings(StrictModel):
    """Somewhere alerts are posted to.

    ``url`` may come from a file. It is a secret, never shown: often it is all that a sender needs.
    """

    name: Slug
    url: SecretStr | None = None
    url_file: Path | None = None

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.name == EMAIL_CHANNEL:
            raise ValueError('name: "email" is the mail channel\'s name; choose another')
        one_of(self.url, self.url_file, "url")
        self.check_url(self.address().get_secret_value())
        return self

    def check_url(self, url: str) -> None:
        """Check that something can be posted to a URL.

        Raises:
            ValueError: it cannot; the URL is not in the message.
        """
        _check_url(url)

    def address(self) -> SecretStr:
        """Return the URL, wherever it was given.

        Raises:
            ValueError: it was not given, or ``url_file`` cannot be read.
        """
        found = self.url or read_secret(self.url_file, "url_file")
        if found is None:
            raise ValueError("url: missing; give url or url_file")
        return found


class WebhookSettings(ReceiverSettings):
    """A receiver of alerts as JSON (Standard Webhooks 1.0).

    ``secret`` and ``old_secret`` may come from files; both are secrets and are never shown. A
    secret is ``whsec_`` and 24 to 64 bytes in base64; without one the requests are not signed.
    While a secret is replaced, ``old_secret`` signs as well, so that the receiver may know either.
    ``format`` is the shape of the body: of Standard Webhooks, or a CloudEvents 1.0 envelope.
    """

    secret: SecretStr | None = None
    secret_file: Path | None = None
    old_secret: SecretStr | None = None
    old_secret_file: Path | None = None
    format: Format = "standard"

    @model_validator(mode="after")
    def _check(self) -> Self:
        one_of(self.secret, self.secret_file, "secret")
        one_of(self.old_secret, self.old_secret_file, "old_secret")
        found = self.signing_secrets()
        for secret in found:
            signing_key(secret)
        if len({secret.get_secret_value() for secret in found}) < len(found):
            raise ValueError("old_secret: the same as secret; remove one")
        return self

    def signing_secrets(self) -> tuple[SecretStr, ...]:
        """Return the signing secrets, wherever they were given, the newest first.

        Raises:
            ValueError: a file cannot be read or is empty, or there is an old secret alone.
        """
        secret = self.secret or read_secret(self.secret_file, "secret_file")
        old = self.old_secret or read_secret(self.old_secret_file, "old_secret_file")
        if secret is None and old is not None:
            raise ValueError("old_secret: there is no secret beside it; write it as secret")
        return tuple(one for one in (secret, old) if one is not None)


def _check_url(url: str) -> None:
    if not is_web_address(url):
        raise ValueError(
            "url: not an http or https address without a login; write https://example.org/path"
        )
