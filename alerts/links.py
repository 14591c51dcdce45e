"""Links that prove by a signature what they may do: verdicts, snooze, mute, misses, leaving."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from itsdangerous import BadData, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode
from pydantic import SecretStr

from alerts.buttons import Button
from alerts.errors import AlertError
from archive.types import VerdictKind

LIFETIME = timedelta(days=90)
"""How long a link may be used."""
LONGEST = 1_000
"""Characters of a token; ours have about 150."""
_FORM = re.compile(r"[\w.-]+\.[\w-]+\.([\w-]+)", re.ASCII)


class Purpose(StrEnum):
    """What a link is for; one that is signed for one purpose is worth nothing for another."""

    VERDICT = "verdict"
    SNOOZE = "snooze"
    MUTE = "mute"
    MISS = "miss"
    UNSUBSCRIBE = "unsubscribe"


class LinkError(AlertError):
    """A link is not ours, or too old; the message says what the reader can do."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a link says: who may do what with which revision of an alert.

    ``verdict`` is None but for verdicts. A link on what may have been missed names an article in
    place of an alert; an unsubscribing one names a person alone.
    """

    purpose: Purpose
    person: str
    alert_id: str = ""
    revision: int = 0
    verdict: VerdictKind | None = None
    article_id: str = ""


class Links:
    """Makes the links of alerts, and reads them back."""

    def __init__(self, base_url: str, keys: Sequence[SecretStr]) -> None:
        """Sign with the first of ``keys``; what the others have signed is still taken.

        Raises:
            ValueError: there is no key.
        """
        if not keys:
            raise ValueError("links need a key")
        self.base_url = base_url.rstrip("/")
        oldest_first = [key.get_secret_value() for key in reversed(keys)]
        self._signers = {purpose: _signer(oldest_first, purpose) for purpose in Purpose}

    def buttons(self, alert_id: str, revision: int, person: str) -> tuple[Button, ...]:
        """Return the buttons of one revision for one person, in the order they are shown."""
        verdicts = tuple(
            Button(kind.value, label, self._url(Purpose.VERDICT, alert_id, revision, person, kind))
            for kind, label in _LABELS.items()
        )
        others = tuple(
            Button(p.value, p.value.capitalize(), self._url(p, alert_id, revision, person))
            for p in (Purpose.SNOOZE, Purpose.MUTE)
        )
        return verdicts + others

    def miss(self, article_id: str, person: str) -> str:
        """Return the URL at which a person says whether an article was missed."""
        token = self.token(Pressed(Purpose.MISS, person, article_id=article_id))
        return f"{self.base_url}/m/{token}"

    def unsubscribe(self, address: str) -> str:
        """Return the URL at which an address ends its alerts (RFC 8058)."""
        return f"{self.base_url}/u/{self.token(Pressed(Purpose.UNSUBSCRIBE, address))}"

    def token(self, pressed: Pressed) -> str:
        """Return the signed form of what a link says."""
        about = pressed.article_id if pressed.purpose is Purpose.MISS else pressed.alert_id
        said = [pressed.person, about, pressed.revision, pressed.verdict or ""]
        made = self._signers[pressed.purpose].dumps(said)
        return made if isinstance(made, str) else made.decode("ascii")

    def read(self, purpose: Purpose, token: str, now: datetime) -> Pressed:
        """Return what a link says.

        Raises:
            LinkError: it was not signed by us for this purpose, or more than 90 days ago.
        """
        form = _FORM.fullmatch(token) if len(token) <= LONGEST else None
        if form is None or not _is_canonical(form[1]):
            raise LinkError(_FOREIGN)
        try:
            said, signed = self._signers[purpose].loads(token, return_timestamp=True)
        except BadData:
            raise LinkError(_FOREIGN) from None
        if now - signed > LIFETIME:
            raise LinkError(
                f"This link is older than {LIFETIME.days} days and no longer works; use a newer "
                "mail, or the command line."
            )
        person, about, revision, verdict = said
        if purpose is Purpose.MISS:
            return Pressed(purpose, person, article_id=about)
        return Pressed(purpose, person, about, revision, VerdictKind(verdict) if verdict else None)

    def _url(
        self,
        purpose: Purpose,
        alert_id: str,
        revision: int,
        person: str,
        verdict: VerdictKind | None = None,
    ) -> str:
        token = self.token(Pressed(purpose, person, alert_id, revision, verdict))
        return f"{self.base_url}/a/{purpose.value}/{token}"


def _signer(keys: Sequence[str], purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        list(keys),
        salt=f"pivotwatch.{purpose.value}.v1",
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )


def _is_canonical(signature: str) -> bool:
    """Whether a signature is written as we write it: base64's last letter has two spare bits, so
    that four spellings of a token would be good."""
    try:
        return base64_encode(base64_decode(signature)) == signature.encode("ascii")
    except BadData:
        return False


_FOREIGN = "This link is damaged or not from here; copy the whole link from the mail."
_LABELS = {
    VerdictKind.RELEVANT: "Relevant",
    VerdictKind.NOT_RELEVANT: "Not relevant",
    VerdictKind.WRONG_SIGNAL: "Wrong signal",
}
