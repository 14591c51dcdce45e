"""When something is asked again: feeds after a poll, pages after a failure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from archive.types import FailureKind, Feed
from feeds.rhythm import Rhythm, flat, wait_for
from feeds.settings import FeedsSettings

JITTER = 0.1  # of the interval, either way, so that feeds of one host drift apart
FAILURE_JITTER = 0.25  # the same of a back-off
EXPECTED = 0.5  # entries: a feed is asked when as many can be expected
SLOW_KINDS = frozenset({"official", "think-tank"})
SLOW_LEAST = timedelta(minutes=30)
SLOW_MOST = timedelta(minutes=60)
MANY_NEW = 3
SOON = timedelta(minutes=10)  # the longest interval after many new entries at once
LEAST_WINDOW = 3  # entries; of a shorter document it says nothing that all of it is new
LONGEST_WISH = timedelta(minutes=60)  # an outlet's `ttl` beyond that would hide news from us
LONGEST_RETRY_AFTER = timedelta(hours=24)
FIRST_PAUSE = timedelta(minutes=10)  # after a 429 that does not say how long
FIRST_PAGE_RETRY = timedelta(minutes=5)
OWN_NETWORK = timedelta(minutes=5)  # feeds are asked again that soon when nothing was reached

LONGEST_BACK_OFF = timedelta(hours=6)  # a feed that fails is never given up
SHUT_OUT_BACK_OFF = timedelta(hours=24)  # 403, 404, a web page: it will not mend by the hour
GONE_BACK_OFF = timedelta(days=7)  # 410: a person is asked meanwhile
_SHUT_OUT = {FailureKind.BLOCKED, FailureKind.HTML, FailureKind.REFUSED}
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}

_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NOT_CACHED = re.compile(r"(?:^|,)\s*no-(?:cache|store)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What a poll found: entries in the document, how many of them are new, and whether the feed
    had been read before (else all are new by nature)."""

    items: int = 0
    new: int = 0
    known: bool = True

    @property
    def whole_window(self) -> bool:
        """Whether all the document is new: entries may have come and gone between two polls."""
        return self.known and self.new == self.items >= LEAST_WINDOW


def interval(
    feed: Feed, rhythm: Rhythm, now: datetime, settings: FeedsSettings, found: Found | None = None
) -> timedelta:
    """Return how long to leave ``feed`` alone: until half an entry can be expected of its rhythm.

    Within the least and the most interval, which are longer for think-tanks and officials; after
    three new entries ten minutes at most, and half of it when the whole document was new.
    """
    least = timedelta(minutes=settings.least_interval)
    most = timedelta(minutes=settings.most_interval)
    if feed.kind in SLOW_KINDS:
        least, most = max(least, SLOW_LEAST), max(most, SLOW_MOST)
    wait = wait_for(rhythm or unknown(settings), EXPECTED, now, most)
    found = found or Found()
    if found.known and found.new >= MANY_NEW:
        wait = min(wait, SOON)
    if found.whole_window:
        wait /= 2
    return max(wait, least)


def unknown(settings: FeedsSettings) -> Rhythm:
    """Return the rhythm taken for a feed that has none: it leads to ``settings.interval``."""
    return flat(EXPECTED * 60 / settings.interval)


def after_success(
    feed_id: str, now: datetime, interval: timedelta, wish: timedelta = timedelta()
) -> datetime:
    """Return the next poll: after ``interval`` ± 10 %, or what the server wishes if longer."""
    return now + max(interval * _jitter(feed_id, now, JITTER), wish)


def after_failure(
    feed_id: str,
    now: datetime,
    interval: timedelta,
    failures: int,
    retry_after: str = "",
    *,
    longest: timedelta = LONGEST_BACK_OFF,
) -> datetime:
    """Return the next poll after the ``failures``-th failure in a row: ever later, never never.

    The interval doubles with each failure up to ``longest``, all of it ± 25 %. ``retry_after`` is
    the header of that name (RFC 9110 §10.2.3), honoured up to a day.
    """
    back_off = min(interval * (1 << min(failures, 16)), longest)
    return now + max(back_off * _jitter(feed_id, now, FAILURE_JITTER), wait_asked(retry_after, now))


def longest_back_off(kind: FailureKind, status: int = 0) -> timedelta:
    """Return the longest wait after failures of a kind and an HTTP status (0: there was none)."""
    if kind == FailureKind.GONE:
        return GONE_BACK_OFF
    final = 400 <= status < 500 and status not in _PASSING
    shut_out = kind in _SHUT_OUT and status not in _PASSING
    return SHUT_OUT_BACK_OFF if final or shut_out else LONGEST_BACK_OFF


def after_outage(feed_id: str, now: datetime) -> datetime:
    """Return the next poll of a feed that could not be reached for want of a network of ours."""
    return now + OWN_NETWORK * _jitter(feed_id, now, JITTER)


def asked_in_outage(next_poll: datetime) -> datetime:
    """Return about when a feed was asked whose next poll is one after an outage."""
    return next_poll - OWN_NETWORK


def after_pause(feed_id: str, until: datetime) -> datetime:
    """Return the first poll after a pause of the feed's domain: its feeds come back apart."""
    return until + SOON * _jitter(feed_id, until, 1.0) / 2


def wish(headers: Mapping[str, str], now: datetime, ttl: int | None = None) -> timedelta:
    """Return how long a server wishes not to be asked for this document again.

    The longest of ``max-age`` (less ``Age``), ``Expires`` and the feed's own ``ttl`` (minutes),
    an hour at most, or ``Retry-After`` up to a day if longer. A date is measured by the server's
    own ``Date``. ``no-cache`` and an ``Expires`` in the past wish nothing.
    """
    cached, caching = timedelta(), headers.get("cache-control", "")
    if not _NOT_CACHED.search(caching):
        if found := _MAX_AGE.search(caching):
            cached = timedelta(seconds=int(found[1])) - _seconds(headers.get("age", ""))
        there = _date(headers.get("date", "")) or now
        if expires := _date(headers.get("expires", "")):
            cached = max(cached, expires - there)
    cached = max(cached, timedelta(minutes=min(ttl or 0, 10**6)))
    asked = wait_asked(headers.get("retry-after", ""), now)
    return max(min(cached, LONGEST_WISH), asked)


def pause_asked(status: int, headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long a server wants nobody of ours to come; nothing when it does not say so.

    A 429 always does, ten minutes when it names no time; a 503 only with ``Retry-After``.
    """
    if status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return timedelta()
    asked = wait_asked(headers.get("retry-after", ""), now)
    return max(asked, FIRST_PAUSE) if status == HTTPStatus.TOO_MANY_REQUESTS else asked


def page_retry(now: datetime, attempts: int) -> datetime:
    """Return when a page is tried again that has failed after ``attempts`` earlier failures."""
    return now + min(FIRST_PAGE_RETRY * (1 << min(attempts, 16)), LONGEST_BACK_OFF)


def wait_asked(retry_after: str, now: datetime) -> timedelta:
    """Return what a ``Retry-After`` header asks for, a day at most; nothing when it is none."""
    text = retry_after.strip()
    if text.isdecimal():
        wait = _seconds(text)
    elif at := _date(text):
        wait = at - now
    else:
        return timedelta()
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


def _seconds(text: str) -> timedelta:
    text = text.strip()
    if not text.isdecimal() or not text.isascii():
        return timedelta()
    return timedelta(seconds=int(text[:9]))


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _jitter(feed_id: str, now: datetime, share: float) -> float:
    """Return a factor from 1 - ``share`` to 1 + ``share`` that differs by feed and by poll."""
    seed = hashlib.blake2b(f"{feed_id} {now.isoformat()}".encode(), digest_size=4).digest()
    return 1 + share * (int.from_bytes(seed) / 2**31 - 1)
