"""Until when the certificate of the server that answered is valid."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

import httpx


def ends_at(answer: httpx.Response) -> datetime | None:
    """Return the end of the certificate behind ``answer``; none over plain http."""
    stream = answer.extensions.get("network_stream")
    return end_of(stream.get_extra_info("ssl_object") if stream is not None else None)


def end_of(tls: Any) -> datetime | None:
    """Return the end of the certificate that was shown on a TLS connection; none without TLS."""
    if tls is None:
        return None
    text = (tls.getpeercert() or {}).get("notAfter", "")
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
