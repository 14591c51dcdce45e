"""The guard at the socket: every connection is checked where it is made, so nothing goes around it.

A check of the URL before the request would be undone by a name that resolves anew (rebinding).
Here the name is resolved once, all its addresses are judged, and one of these very addresses is
dialled. TLS is unchanged: the certificate is verified against the name in the URL.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import anyio
import httpcore
import httpx

from net.addresses import check
from net.errors import Refused
from net.resolver import DNS_THREADS, Resolver, addresses_of
from net.settings import NetSettings

MAX_CONNECTIONS = 64
MAX_IDLE = 16  # httpcore looks at every idle connection on every request: 64 cost 3 × the CPU
KEEPALIVE = 4.0  # seconds; below the 5 s after which common servers hang up on an idle connection
TRIED_ADDRESSES = 4


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials checked addresses only."""

    def __init__(self, settings: NetSettings, resolver: Resolver) -> None:
        """Check by ``settings.allow`` what ``resolver`` says."""
        self._allow = settings.allow
        self._resolver = resolver
        self._threads = anyio.CapacityLimiter(DNS_THREADS)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that answers; ``timeout`` is for all together.

        Raises:
            Refused: an address or the port is not allowed; nothing was dialled.
            Unreachable, TimedOut: the name does not resolve.
        """
        addresses = await addresses_of(host, self._allow, self._resolver, self._threads)
        check(addresses, port, self._allow)
        tried = addresses[:TRIED_ADDRESSES]
        share = None if timeout is None else timeout / len(tried)
        for address in tried[:-1]:
            try:
                return await self._dial(str(address), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._dial(str(tried[-1]), port, share, local_address, socket_options)

    async def _dial(
        self,
        address: str,
        port: int,
        limit: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        return await self._inner.connect_tcp(address, port, limit, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no URL leads to a socket file."""
        raise Refused("a socket file is not asked")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore does between tries."""
        await anyio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool whose every connection the guard has made.

    httpx has no public way to give it a network backend; ``_pool`` is the one private name used,
    which is why pyproject.toml pins httpx and a test watches that the pool is ours.
    """

    def __init__(self, settings: NetSettings, resolver: Resolver, tls: ssl.SSLContext) -> None:
        """Open nothing yet; no proxy, no environment variable and no second pool is involved."""
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_IDLE,
            keepalive_expiry=KEEPALIVE,
            network_backend=GuardedBackend(settings, resolver),
        )
