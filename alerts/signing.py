"""Signing of webhook requests by Standard Webhooks 1.0 (symmetric scheme ``v1``)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

from pydantic import SecretStr

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_LEAST_PLAIN = 8
_REMEDY = (
    "write whsec_ and 24 to 64 random bytes in base64, "
    "for example: echo whsec_$(openssl rand -base64 32)"
)


def signing_key(secret: SecretStr) -> bytes:
    """Return the key in a secret: ``whsec_`` and 24 to 64 bytes in base64, or any other text.

    Receivers that do not know the ``whsec_`` form share a plain text; its UTF-8 bytes are the key.

    Raises:
        ValueError: the secret has another form; the message does not contain it.
    """
    text = secret.get_secret_value()
    if not text.startswith(_PREFIX):
        if len(text) < _LEAST_PLAIN:
            raise ValueError(f"secret: shorter than {_LEAST_PLAIN} characters; {_REMEDY}")
        return text.encode("utf-8")
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _KEY_BYTES:
        raise ValueError(f"secret: not a Standard Webhooks secret; {_REMEDY}")
    return key


def signed_headers(
    message_id: str, body: bytes, when: datetime, *secrets: SecretStr
) -> dict[str, str]:
    """Return the headers of one attempt; without a secret there is no signature among them.

    Each secret gives a signature, so that a receiver may change from one to the next.

    Source: Standard Webhooks specification 1.0.0, "Signature scheme": HMAC-SHA256 over
    ``{id}.{timestamp}.{body}``; the timestamp is that of the attempt, in seconds; several
    signatures are set apart by a space.
    """
    stamp = str(int(when.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": stamp}
    if secrets:
        signed = f"{message_id}.{stamp}.".encode() + body
        headers["webhook-signature"] = " ".join(_signature(signed, one) for one in secrets)
    return headers


def _signature(signed: bytes, secret: SecretStr) -> str:
    mac = hmac.new(signing_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode('ascii')}"
