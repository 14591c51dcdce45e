"""What can go wrong at the door, each error complete in one line."""

# ruff: noqa: N818 - the kinds read as what happened, and are always caught as NetError

from __future__ import annotations


class NetError(Exception):
    """A request failed. ``reason`` names no URL; the message does, when ``url`` was given.

    Errors of ``Door.post`` never carry the URL: a webhook's URL is its secret.
    """

    def __init__(self, reason: str, url: str = "") -> None:
        """Keep ``reason`` and ``url``; the message is both."""
        super().__init__(f"{url}: {reason}" if url else reason)
        self.reason = reason
        self.url = url


class Refused(NetError):
    """The URL, its port or the address behind it is not one that may be asked."""


class TooLarge(NetError):
    """The answer is larger than its limits, as sent or once decompressed."""


class TimedOut(NetError):
    """Nothing was answered in time, or the answer took longer than the deadline."""


class BadRedirect(NetError):
    """Redirects that loop, are too many, or lead from https to http."""


class Unreachable(NetError):
    """The name does not resolve, or the connection, TLS or the protocol failed."""
