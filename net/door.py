"""The door itself: one GET or POST at a time goes out, a bounded answer comes back."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType, TracebackType
from typing import Self

import anyio
import httpcore
import httpx

from net.addresses import LOOPBACK, is_opened, parse
from net.body import read, read_some
from net.certificate import certificate_behind
from net.errors import BadRedirect, NetError
from net.explain import explain
from net.guard import GuardedTransport
from net.resolver import Resolver, system_resolver
from net.settings import ANSWER_LIMITS, FEED_LIMITS, Limits, NetSettings
from net.target import onward_of, target_of
from net.types import Hop, Response

MAX_REDIRECTS = 5
_SHOWN_URL = 200  # characters of a redirect's target in a message
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_FAILURES = (
    NetError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    OSError,
    UnicodeError,
)


class Door:
    """A guarded, bounded HTTP client; open it once a process, with ``async with``.

    It speaks to httpx's transport directly rather than through ``httpx.AsyncClient``, which would
    log every URL (a webhook's URL is its secret), keep cookies, and parse redirects unasked.
    """

    def __init__(
        self,
        settings: NetSettings | None = None,
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare a door; ``tls`` replaces the trusted certificate authorities (certifi's)."""
        self._settings = settings or NetSettings()
        self._resolver = resolver
        self._tls = tls
        self._stack = AsyncExitStack()
        self._transport: GuardedTransport | None = None
        self._timeouts = {
            "connect": self._settings.connect_timeout,
            "read": self._settings.read_timeout,
            "write": self._settings.read_timeout,
        }

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        tls = self._tls or httpx.create_ssl_context(trust_env=False)
        transport = GuardedTransport(self._settings, self._resolver, tls)
        self._transport = await self._stack.enter_async_context(transport)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self._transport = None
        await self._stack.aclose()

    @property
    def product(self) -> str:
        """The name by which a robots.txt knows us."""
        return self._settings.product

    def is_open(self, host: str) -> bool:
        """Whether ``host`` is an address, or localhost, that ``[net] allow`` opens."""
        if host == "localhost":
            return any(is_opened(address, self._settings.allow) for address in LOOPBACK)
        address = parse(host.strip("[]"))
        return address is not None and is_opened(address, self._settings.allow)

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        limits: Limits = FEED_LIMITS,
        before_hop: Callable[[str], Awaitable[None]] | None = None,
    ) -> Response:
        """Fetch ``url``, following at most five redirects; every status is returned, 304 too.

        ``headers`` go to every hop, so they must hold no secret. The bodies of redirects are
        never read. ``before_hop`` is awaited with the next URL before a redirect is followed:
        it may wait for that host's turn, which the deadline does not count, and what it raises
        ends the request unchanged.

        Raises:
            NetError: in one of its kinds, its message beginning with ``url``.
        """
        hops: list[Hop] = []
        left, here = self._settings.deadline, url
        while True:
            started = anyio.current_time()
            try:
                with anyio.fail_after(left):
                    answer = await self._step(here, headers, limits, hops)
            except _FAILURES as error:
                raise _told(error, url, hops) from error
            if answer is not None:
                return answer
            left -= anyio.current_time() - started
            here = hops[-1].to_url
            if before_hop is not None:
                await before_hop(here)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send ``body`` to ``url``; every status is returned, and no redirect is followed.

        Of the answer at most 64 kB are kept; a longer one is cut, one in a coding that was not
        asked for is left empty.

        Raises:
            NetError: in one of its kinds; neither its message nor its causes name the URL.
        """
        try:
            with anyio.fail_after(self._settings.deadline):
                answer = await self._send("POST", target_of(url), headers, body)
                try:
                    content = await read_some(answer, ANSWER_LIMITS)
                finally:
                    await answer.aclose()
        except _FAILURES as error:
            plain = explain(error)
            failure = type(plain)(plain.reason)
        else:
            return Response(url, answer.status_code, _headers(answer), content)
        raise failure

    async def greet(self, url: str) -> Response:
        """Ask the host of ``url`` for the headers of its front page (HEAD) and return them.

        Path, query and fragment are not sent: they may be a secret. Every status is returned, and
        no redirect is followed.

        Raises:
            NetError: in one of its kinds; neither its message nor its causes name the URL.
        """
        try:
            with anyio.fail_after(self._settings.deadline):
                front = target_of(url).copy_with(raw_path=b"/", fragment=None)
                answer = await self._send("HEAD", front, _NO_HEADERS)
                certificate = certificate_behind(answer)
                await answer.aclose()
        except _FAILURES as error:
            plain = explain(error)
            failure = type(plain)(plain.reason)
        else:
            return Response(
                str(front), answer.status_code, _headers(answer), b"", certificate=certificate
            )
        raise failure

    async def _step(
        self, url: str, headers: Mapping[str, str], limits: Limits, hops: list[Hop]
    ) -> Response | None:
        """Ask ``url`` and return what it answers; a redirect is added to ``hops`` instead."""
        target = target_of(url)
        answer = await self._send("GET", target, headers)
        try:
            onward = onward_of(answer, target)
            if onward is None:
                certificate = certificate_behind(answer)
                body = await read(answer, limits)
                return Response(
                    str(target),
                    answer.status_code,
                    _headers(answer),
                    body,
                    tuple(hops),
                    certificate,
                )
        finally:
            await answer.aclose()
        _add(hops, Hop(answer.status_code, str(target), onward), url)
        return None

    async def _send(
        self, method: str, target: httpx.URL, headers: Mapping[str, str], body: bytes | None = None
    ) -> httpx.Response:
        if self._transport is None:
            raise RuntimeError("the door is not open: use it in 'async with Door(…)'")
        lines = {name.lower(): value for name, value in headers.items()}
        lines.setdefault("accept", "*/*")
        lines |= {"user-agent": self._settings.agent, "accept-encoding": "gzip"}
        request = httpx.Request(
            method,
            target,
            headers=[
                (name.encode("latin-1"), text.encode("latin-1")) for name, text in lines.items()
            ],
            content=body,
            extensions={"timeout": self._timeouts},
        )
        return await self._transport.handle_async_request(request)


def _add(hops: list[Hop], hop: Hop, asked: str) -> None:
    """Add ``hop``, the answer to ``asked``, if it may be followed."""
    if len(hops) == MAX_REDIRECTS:
        raise BadRedirect(f"more than {MAX_REDIRECTS} redirects")
    seen = {asked, hop.from_url, *(earlier.from_url for earlier in hops)}
    hops.append(hop)
    if hop.to_url in seen:
        raise BadRedirect("the redirects go round in a circle")
    target = target_of(hop.to_url)
    if hop.from_url.startswith("https:") and target.scheme == "http":
        raise BadRedirect("this redirect gives up https; use the http URL if that is meant")


def _told(error: Exception, url: str, hops: list[Hop]) -> NetError:
    """Return ``error`` explained, naming ``url`` and where it had been redirected to."""
    plain = explain(error)
    where = f"redirected to {hops[-1].to_url[:_SHOWN_URL]}: " if hops else ""
    return type(plain)(where + plain.reason, url)


def _headers(answer: httpx.Response) -> Mapping[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in answer.headers.raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}
