"""The feeds that a home page declares or links to. Runs in a worker."""

from __future__ import annotations


def discover(body: bytes, content_type: str, url: str) -> tuple[str, ...]:
    """Return the addresses of the feeds of the home page ``body``, found at ``url``."""
    del body, content_type, url
    return ()
