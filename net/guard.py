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
from net.pool import Pool
from net.resolver import DNS_THREADS, Resolver, addresses_of
from net.settings import NetSettings

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


class GuardedTransport(httpx.AsyncBaseTransport):
    """The transport of httpx over connections that the guard has made, and over no others.

    What goes wrong is raised as httpcore's exception, or as one of ours.
    """

    def __init__(self, settings: NetSettings, resolver: Resolver, tls: ssl.SSLContext) -> None:
        """Open nothing yet; no proxy and no environment variable is involved."""
        self._pool = Pool(GuardedBackend(settings, resolver), tls)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``; the answer's body is still to be read, and closed."""
        url = request.url
        answer, body = await self._pool.send(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=body, extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close the connections that were kept."""
        await self._pool.aclose()
