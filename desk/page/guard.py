"""What stands before the page: the headers of every answer, and how often anyone may ask."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.page.views import style_hash

A_MINUTE = 120
"""Requests that one address may make; a scanner that opens every link of a mail makes six."""
_KEPT = 10_000


@dataclass(slots=True)
class Limiter:
    """Counts requests by address: ``a_minute`` at once, and as many again in each minute."""

    a_minute: int = A_MINUTE
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allows(self, address: str) -> bool:
        """Whether an address may ask now; if so, it is counted."""
        key, now = _network(address), self.clock()
        left, then = self._left.pop(key, (float(self.a_minute), now))
        left = min(float(self.a_minute), left + (now - then) * self.a_minute / 60)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left), now
        if len(self._left) > _KEPT:
            self._left.popitem(last=False)
        return allowed


@dataclass(frozen=True, slots=True)
class Guard:
    """An application with our headers on every answer, even those on errors, and a limit."""

    app: ASGIApp
    limiter: Limiter
    headers: Mapping[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        client = scope.get("client")
        allowed = self.limiter.allows(client[0] if client else "")
        app = self.app if allowed else PlainTextResponse(_TOO_OFTEN, 429, {"Retry-After": "60"})
        await app(scope, receive, send_guarded)


def guarded(app: ASGIApp, limiter: Limiter) -> Guard:
    """Return an application that answers as this page must."""
    policy = (
        f"default-src 'none'; style-src {style_hash()}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return Guard(app, limiter, {"Content-Security-Policy": policy} | _HEADERS)


def _network(address: str) -> str:
    """Return what is counted as one: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))


_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_TOO_OFTEN = "Too many requests; wait a minute.\n"
