"""One connection's bytes, of which only so many may come before the body of an answer begins."""

from __future__ import annotations

import math
import ssl
from typing import Any

import httpcore

# h11 stops one head at 100 kB, but not an endless row of 1xx answers; httpcore reads 64 kB at once.
MAX_HEAD = (100 + 64) * 1024


class GuardedStream(httpcore.AsyncNetworkStream):
    """A connection over ``inner`` whose answers must come to the point."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        """Count from the first byte; what is asked on every request is looked up once."""
        self._inner = inner
        self._room: float = MAX_HEAD
        self._known = {name: inner.get_extra_info(name) for name in ("ssl_object", "socket")}

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come.

        Raises:
            RemoteProtocolError: too much has come, and still no body.
        """
        piece = await self._inner.read(max_bytes, timeout)
        self._room -= len(piece)
        if self._room < 0:
            raise httpcore.RemoteProtocolError("the answer never gets to its body")
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send a part of a request, after which a new answer is expected."""
        self._room = MAX_HEAD
        await self._inner.write(buffer, timeout)

    def begin_body(self) -> None:
        """Count no longer: the body has its own limits."""
        self._room = math.inf

    async def aclose(self) -> None:
        """Hang up."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Go on over TLS."""
        return GuardedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Say what httpcore wants to know of the connection."""
        if info in self._known:
            return self._known[info]
        return self._inner.get_extra_info(info)
