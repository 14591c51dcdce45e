"""What an HTTP status means for a delivery: the one table that every channel over HTTP goes by."""

from __future__ import annotations

from alerts.errors import Course

PAYLOAD_FAULTS = frozenset({400, 413, 422})
"""The content is at fault: one more try with a shorter one; does not count against the channel."""
TEMPORARY = frozenset({408, 425, 429})
GONE = 410
REFUSED = "refused"
"""The code of a failure when ``net`` would not dial the address: tried no more, but shown."""


def course_of(status: int) -> Course:
    """Return how a delivery goes on that was answered with ``status``, which is not 2xx.

    Redirects are not followed (Standard Webhooks 1.0), so 3xx is a mistake in the configuration,
    as are 401, 403, 404, 405 and what else a receiver may answer below 500.
    """
    if status == GONE:
        return Course.GONE
    if status in PAYLOAD_FAULTS:
        return Course.ONCE
    if status in TEMPORARY or status >= 500:
        return Course.FULL
    return Course.SLOW


def is_broken(status: int) -> bool:
    """Whether an answer speaks against the channel as a whole, not against one message."""
    return status not in PAYLOAD_FAULTS
