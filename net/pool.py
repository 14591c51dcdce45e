"""Connections that are kept for a moment, so that the next request to the same server is cheap.

httpcore's own pool looks at every connection on every request, which cost more than the request
itself, and it keeps a connection although more bytes than the answer have come; these would be
read as the beginning of the next answer. The connections themselves are httpcore's.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator

import anyio
import httpcore
import httpx

from net.errors import TooLarge
from net.stream import GuardedStream

MAX_CONNECTIONS = 64
MAX_IDLE = 16
KEEPALIVE = 4.0  # seconds; below the 5 s after which common servers hang up on an idle connection

# A million chunks of one byte would cost a minute of our time, and hold up all other requests.
MAX_PIECES = 20_000
_TURN = 500  # pieces, after which others have their turn


class Connection(httpcore.AsyncHTTP11Connection):
    """One HTTP/1.1 connection that knows whether it can serve another request."""

    def __init__(self, origin: httpcore.Origin, stream: GuardedStream) -> None:
        """Speak over ``stream`` to ``origin``."""
        super().__init__(origin, stream, KEEPALIVE)
        self.line = stream
        self.until = 0.0

    def is_clean(self) -> bool:
        """Whether the answer is over and nothing has come after it.

        httpcore does not tell, so its h11 state is asked; without one, a connection is not kept.
        """
        state = getattr(self, "_h11_state", None)
        return self.is_idle() and state is not None and state.trailing_data == (b"", False)


class Pool:
    """At most 64 connections at once, of which 16 wait a few seconds for another request."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        """Connect with ``backend``; ``tls`` verifies the servers."""
        tls.set_alpn_protocols(["http/1.1"])
        # At DEBUG it logs the headers of answers, in which a receiver may repeat a secret URL.
        logging.getLogger("httpcore.http11").setLevel(logging.INFO)
        self._backend = backend
        self._tls = tls
        self._room = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._idle: list[Connection] = []  # the one that has waited longest comes first

    async def send(self, request: httpcore.Request) -> tuple[httpcore.Response, Body]:
        """Send ``request`` and return the answer and its body, which must be closed.

        Raises:
            Exception: httpcore's, or what the backend refuses with.
        """
        await self._room.acquire()
        connection: Connection | None = None
        try:
            connection = await self._take(request.url.origin) or await self._connect(request)
            answer = await connection.handle_async_request(request)
        except BaseException:
            if connection is not None:
                await self.put(connection)
            else:
                self._room.release()
            raise
        connection.line.begin_body()
        return answer, Body(self, connection, answer)

    async def put(self, connection: Connection) -> None:
        """Take back ``connection``: keep it, or close it when it cannot serve again."""
        self._room.release()
        over = [] if connection.is_clean() else [connection]
        now = anyio.current_time()
        if not over:
            connection.until = now + KEEPALIVE
            self._idle.append(connection)
        while self._idle and (len(self._idle) > MAX_IDLE or self._idle[0].until < now):
            over.append(self._idle.pop(0))
        await _close(over)

    async def aclose(self) -> None:
        """Close the connections that wait."""
        over, self._idle = self._idle, []
        await _close(over)

    async def _take(self, origin: httpcore.Origin) -> Connection | None:
        over: list[Connection] = []
        found: Connection | None = None
        for place in range(len(self._idle) - 1, -1, -1):
            if self._idle[place].can_handle_request(origin):
                connection = self._idle.pop(place)
                if not connection.has_expired():
                    found = connection
                    break
                over.append(connection)
        await _close(over)
        return found

    async def _connect(self, request: httpcore.Request) -> Connection:
        origin = request.url.origin
        host = origin.host.decode("ascii")
        limit = request.extensions["timeout"]["connect"]
        stream = await self._backend.connect_tcp(host, origin.port, timeout=limit)
        if origin.scheme == b"https":
            try:
                stream = await stream.start_tls(self._tls, server_hostname=host, timeout=limit)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await stream.aclose()
                raise
        return Connection(origin, GuardedStream(stream))


class Body(httpx.AsyncByteStream):
    """The body of an answer as it comes; closing it gives the connection back."""

    def __init__(self, pool: Pool, connection: Connection, answer: httpcore.Response) -> None:
        """Read the body of ``answer`` from ``connection``, which belongs to ``pool``."""
        self._pool = pool
        self._connection: Connection | None = connection
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the body piece by piece, as it comes.

        Raises:
            TooLarge: it comes in too many pieces.
        """
        count = 0
        async for piece in self._answer.aiter_stream():
            count += 1
            if count > MAX_PIECES:
                raise TooLarge(f"the answer comes in more than {MAX_PIECES:,} pieces")
            if count % _TURN == 0:
                await anyio.sleep(0)
            yield piece

    async def aclose(self) -> None:
        """Give the connection back; one that is in the middle of the body is closed."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            with anyio.CancelScope(shield=True):
                await self._answer.aclose()
        finally:
            await self._pool.put(connection)


async def _close(connections: list[Connection]) -> None:
    with anyio.CancelScope(shield=True):
        for connection in connections:
            await connection.aclose()
