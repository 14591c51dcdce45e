"""Until when the certificate of the server that answered is valid."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import httpx


def ends_at(answer: httpx.Response) -> datetime | None:
    """Return the end of the certificate behind ``answer``; none over plain http."""
    stream = answer.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    if tls is None:
        return None
    text = (tls.getpeercert() or {}).get("notAfter", "")
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
