"""When something is asked again: feeds after a poll, pages after a failure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

JITTER = 0.1  # of the interval, either way, so that feeds of one host drift apart
LONGEST_TTL = timedelta(minutes=60)  # an outlet's `ttl` beyond that would hide news from us
LONGEST_BACK_OFF = timedelta(hours=6)  # a feed that fails is never given up
LONGEST_RETRY_AFTER = timedelta(hours=24)
FIRST_PAGE_RETRY = timedelta(minutes=5)


def after_success(
    feed_id: str, now: datetime, interval: timedelta, ttl: int | None = None
) -> datetime:
    """Return the next poll: after ``interval``, or the feed's ``ttl`` (minutes) if longer."""
    wished = min(timedelta(minutes=ttl or 0), LONGEST_TTL)
    return now + max(interval * _jitter(feed_id, now), wished)


def after_failure(
    feed_id: str, now: datetime, interval: timedelta, failures: int, retry_after: str = ""
) -> datetime:
    """Return the next poll after the ``failures``-th failure in a row: ever later, never never.

    ``retry_after`` is the header of that name (RFC 9110 §10.2.3), honoured up to a day.
    """
    back_off = min(interval * (1 << min(failures, 16)), LONGEST_BACK_OFF)
    return now + max(back_off * _jitter(feed_id, now), _wish(retry_after, now))


def page_retry(now: datetime, attempts: int) -> datetime:
    """Return when a page is tried again that has failed after ``attempts`` earlier failures."""
    return now + min(FIRST_PAGE_RETRY * (1 << min(attempts, 16)), LONGEST_BACK_OFF)


def _wish(retry_after: str, now: datetime) -> timedelta:
    text = retry_after.strip()
    if text.isdecimal():
        wait = timedelta(seconds=min(int(text[:9]), 10**8))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return timedelta()
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


def _jitter(feed_id: str, now: datetime) -> float:
    """Return a factor from 1 - JITTER to 1 + JITTER that differs by feed and by poll."""
    seed = hashlib.blake2b(f"{feed_id} {now.isoformat()}".encode(), digest_size=4).digest()
    return 1 + JITTER * (int.from_bytes(seed) / 2**31 - 1)
