"""Taking our secrets out of what another side has said, in whatever form it repeats them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

LEAST = 8
"""Pieces of a URL's path shorter than this are words, not secrets."""
LEAST_LAST = 6
"""The same for the last one and for a query's values, where tokens stand."""
_IN_BASE64 = 4  # letters: three bytes of a secret
_MASK = "…"


def masked(said: str, secrets: tuple[str, ...]) -> str:
    """Return ``said`` without the secrets: plain, quoted as in a URL, or in base64 or hex.

    A server that refuses a login may repeat what it got, and what it says is stored, shown and
    mailed.
    """
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    if not forms:
        return said
    # The longest first: a short secret may be a part of a longer one.
    wanted = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    return re.sub(wanted, _MASK, said, flags=re.IGNORECASE)


def pieces(url: str) -> tuple[str, ...]:
    """Return the parts of a URL that may be secret, as they stand and decoded.

    They are those of path, query, fragment and user, if long.
    """
    parts = urlsplit(url)
    path = [part for part in re.split(r"[/=:@]", parts.path) if part]
    user = re.split(r"[:@]", parts.netloc.rpartition("@")[0])
    short = [*path[-1:], *re.split(r"[&=]", parts.query), *re.split(r"[&=/]", parts.fragment)]
    found = [one for one in (*path, *user) if len(one) >= LEAST]
    found += [one for one in short if len(one) >= LEAST_LAST]
    every = (form for one in found for form in (one, unquote(one), unquote_plus(one)))
    return tuple(dict.fromkeys(every))


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
            if len(text[first:last]) >= (LEAST if before else _IN_BASE64):
                yield text[first:last]
        yield encode(raw).decode().rstrip("=")
