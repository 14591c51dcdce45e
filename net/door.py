"""The door itself: one GET or POST at a time goes out, a bounded answer comes back."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType, TracebackType
from typing import Self

import anyio
import httpx

from net.addresses import LOOPBACK, is_opened, parse
from net.body import read, read_some
from net.errors import BadRedirect, NetError, Refused
from net.explain import explain
from net.guard import GuardedTransport
from net.resolver import Resolver, system_resolver
from net.settings import ANSWER_LIMITS, FEED_LIMITS, Limits, NetSettings
from net.types import Hop, Response

MAX_REDIRECTS = 5
POOL_TIMEOUT = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_FAILURES = (NetError, httpx.HTTPError, httpx.StreamError, OSError, UnicodeError)


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
        self._timeouts = httpx.Timeout(
            connect=self._settings.connect_timeout,
            read=self._settings.read_timeout,
            write=self._settings.read_timeout,
            pool=POOL_TIMEOUT,
        ).as_dict()

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
    ) -> Response:
        """Fetch ``url``, following at most five redirects; every status is returned, 304 too.

        ``headers`` go to every hop, so they must hold no secret. The bodies of redirects are
        never read.

        Raises:
            NetError: in one of its kinds, its message beginning with ``url``.
        """
        hops: list[Hop] = []
        try:
            with anyio.fail_after(self._settings.deadline):
                return await self._follow(url, headers, limits, hops)
        except _FAILURES as error:
            plain = explain(error)
            where = f"redirected to {hops[-1].to_url}: " if hops else ""
            raise type(plain)(where + plain.reason, url) from error

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send ``body`` to ``url``; every status is returned, and no redirect is followed.

        Of the answer at most 64 kB are kept; a longer one is cut, one in a coding that was not
        asked for is left empty.

        Raises:
            NetError: in one of its kinds; neither its message nor its causes name the URL.
        """
        try:
            with anyio.fail_after(self._settings.deadline):
                answer = await self._send("POST", _target(url), headers, body)
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

    async def _follow(
        self, url: str, headers: Mapping[str, str], limits: Limits, hops: list[Hop]
    ) -> Response:
        target, seen = _target(url), {url}
        while True:
            answer = await self._send("GET", target, headers)
            try:
                onward = _redirect(answer, target)
                if onward is None:
                    body = await read(answer, limits)
                    return Response(
                        str(target), answer.status_code, _headers(answer), body, tuple(hops)
                    )
            finally:
                await answer.aclose()
            if len(hops) == MAX_REDIRECTS:
                raise BadRedirect(f"more than {MAX_REDIRECTS} redirects")
            hops.append(Hop(answer.status_code, str(target), onward))
            if onward in seen:
                raise BadRedirect("the redirects go round in a circle")
            seen.add(onward)
            before, target = target, _target(onward)
            if before.scheme == "https" and target.scheme == "http":
                raise BadRedirect("this redirect gives up https; use the http URL if that is meant")

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


def _target(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
        host, port = target.host, target.port
    except (httpx.InvalidURL, TypeError, ValueError):
        raise Refused("this is not a URL") from None
    if target.scheme not in {"http", "https"}:
        raise Refused("only http and https URLs are asked")
    if not host:
        raise Refused("this URL names no host")
    if port is not None and not 0 < port < 65536:
        raise Refused("this URL names a port that does not exist")
    if target.userinfo:
        raise Refused("a URL with a user name or password in it is not asked")
    return target


def _redirect(answer: httpx.Response, target: httpx.URL) -> str | None:
    raw = next((v for n, v in answer.headers.raw if n.lower() == b"location"), b"").strip()
    if answer.status_code not in _REDIRECTS or not raw:
        return None
    try:
        location = raw.decode("utf-8")
    except UnicodeDecodeError:
        location = raw.decode("latin-1")
    try:
        return str(target.join(location).copy_with(fragment=None))
    except (httpx.InvalidURL, TypeError, ValueError):
        raise BadRedirect("it redirects to something that is not a URL") from None


def _headers(answer: httpx.Response) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in answer.headers.raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
