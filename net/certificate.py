"""How long the certificate of the server that answered is valid."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

SOON = timedelta(days=14)
"""Certificates of months are renewed weeks before their end; what is nearer was forgotten."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """From when until when a certificate is valid."""

    begins: datetime
    ends: datetime

    def is_near_end(self, now: datetime) -> bool:
        """Whether it should have been renewed: 14 days before its end, or in the last third of
        its life if that is later, as it is with those of days."""
        return self.ends - now < min(SOON, (self.ends - self.begins) / 3)


def certificate_behind(answer: httpx.Response) -> Certificate | None:
    """Return the certificate behind ``answer``; none over plain http."""
    stream = answer.extensions.get("network_stream")
    return certificate_of(stream.get_extra_info("ssl_object") if stream is not None else None)


def certificate_of(tls: Any) -> Certificate | None:
    """Return the certificate that was shown on a TLS connection; none without TLS."""
    if tls is None:
        return None
    shown = tls.getpeercert() or {}
    try:
        begins, ends = (
            datetime.fromtimestamp(ssl.cert_time_to_seconds(shown.get(name, "")), UTC)
            for name in ("notBefore", "notAfter")
        )
    except (ValueError, OverflowError, OSError):
        return None
    return Certificate(begins, ends)
