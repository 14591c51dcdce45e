"""Taking our secrets out of what another side has said, in whatever form it repeats them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

LEAST = 8
"""Pieces of a URL shorter than this are words, not secrets."""
_MASK = "…"


def masked(said: str, secrets: tuple[str, ...]) -> str:
    """Return ``said`` without the secrets: plain, quoted as in a URL, or in base64 or hex.

    A server that refuses a login may repeat what it got, and what it says is stored, shown and
    mailed.
    """
    for secret in secrets:
        for form in sorted(set(_forms(secret)), key=len, reverse=True):
            said = re.sub(re.escape(form), _MASK, said, flags=re.IGNORECASE)
    return said


def pieces(url: str) -> tuple[str, ...]:
    """Return the parts of a URL that may be secret: those of path, query and user, if long."""
    parts = re.split(r"[/?&=#:@]", url.partition("://")[2])
    host = re.split(r"[/?#]", url.partition("://")[2])[0].rpartition("@")[2].partition(":")[0]
    return tuple(part for part in parts if len(part) >= LEAST and part != host)


def login(username: str, password: str) -> tuple[str, ...]:
    """Return what an SMTP login sends that is secret (RFC 4616: both in one base64 text)."""
    return (f"\0{username}\0{password}", password)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    raw = secret.encode()
    yield raw.hex()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):  # where in a longer text it begins decides how it is encoded
            text = encode(b"\0" * before + raw).decode().rstrip("=")
            first = -(-before * 8 // 6)  # letters that hold bits of what stands before …
            last = len(text) if (before + len(raw)) % 3 == 0 else -1  # … or after
            if len(text[first:last]) >= LEAST:
                yield text[first:last]
