"""From a host name to addresses, asked once, in a thread, and never for longer than 5 seconds."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import anyio
import anyio.to_thread

from net.addresses import LOOPBACK, Address, Network, is_opened, parse
from net.errors import TimedOut, Unreachable

Resolver = Callable[[str], Sequence[str]]
"""Takes a host name, returns its addresses as text, may block; raises OSError when unknown."""

DNS_TIMEOUT = 5.0
DNS_THREADS = 16


def system_resolver(host: str) -> Sequence[str]:
    """Return what the operating system says the addresses of ``host`` are, best first."""
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in rows]


async def addresses_of(
    host: str, allow: Sequence[Network], resolver: Resolver, threads: anyio.CapacityLimiter
) -> tuple[Address, ...]:
    """Return the addresses of ``host``, at least one.

    ``localhost`` is the loopback without asking anyone (RFC 6761 §6.3), by the family that
    ``allow`` opens.

    Raises:
        Unreachable: the name does not resolve.
        TimedOut: the resolver did not answer.
    """
    literal = parse(host)
    if literal is not None:
        return (literal,)
    if host == "localhost":
        return tuple(a for a in LOOPBACK if is_opened(a, allow)) or LOOPBACK
    try:
        with anyio.fail_after(DNS_TIMEOUT):
            texts = await anyio.to_thread.run_sync(
                resolver, host, abandon_on_cancel=True, limiter=threads
            )
    except TimeoutError:
        raise TimedOut(f"its name was not resolved within {DNS_TIMEOUT:g} s") from None
    except (OSError, ValueError):
        raise Unreachable("its name does not resolve") from None
    found = dict.fromkeys(parse(text) for text in texts)
    if not found or None in found:
        raise Unreachable("its name does not resolve")
    return tuple(address for address in found if address is not None)
