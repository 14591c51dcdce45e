"""What looks at a home page say of a silent feed: two of them are compared."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from archive import ids
from archive.types import HomeLook
from feeds.identity import spellings

LEAST_WAIT = timedelta(minutes=15)
"""No home page is looked at again sooner."""

BACK_OFF = 8
"""Nor sooner than after such a part of the time since the first look: a feed that is silent for
weeks would have its page asked 96 times a day."""

LONGEST_WAIT = timedelta(hours=6)
REST = timedelta(days=1)
"""After the end of a pause that a look has brought on: it holds up the domain's feeds as well."""

_CLOCK_SET = timedelta(days=3)  # longer than the longest pause and ``REST``

STANDS = timedelta(minutes=30)
"""An article counts when it was on the page so long ago: pages are often ahead of feeds."""

TELLING = 3
"""New articles that the feed lacks and that tell of its silence; one may be a link to something
old that the archive does not know."""

USUAL = 8
"""One more for each so many articles that the first look has shown and the feed does not name."""

SHARE = 0.5
"""They are at least this share of the entries that should have come meanwhile: what feeds never
name, and links to what is old, are fewer. But half of ``MOST_FRESH`` is always enough: no more are
remembered, whatever is missing."""

STRAY = timedelta(hours=8)
"""One more for each such time since the first look: links to something old come up for ever, and
on the pages of outlets that publish little they are soon more than what is new."""

LEAST_QUIET = 3  # looks of which the first is the baseline
MOST_LINKS = 500
"""Articles of the first look that are remembered; a page with more is of no use."""

MOST_FRESH = 30


def is_due(look: HomeLook | None, polled: datetime, now: datetime) -> bool:
    """Whether a suspected feed's home page may be looked at: not before the feed itself has been
    asked once more, and later and later after the last try."""
    if look is None or look.tried > now + _CLOCK_SET:
        return True
    wait = min(max(LEAST_WAIT, (now - look.first) / BACK_OFF), LONGEST_WAIT)
    return polled > look.tried and now - look.tried >= wait


def is_just_tried(look: HomeLook | None, now: datetime) -> bool:
    """Whether the home page was asked for this feed less than ``LEAST_WAIT`` ago, or rests."""
    return look is not None and -_CLOCK_SET <= now - look.tried < LEAST_WAIT


def failed(
    before: HomeLook | None, feed_id: str, now: datetime, paused: datetime | None = None
) -> HomeLook:
    """Return what is known after a look that was of no use; it costs nothing but the look, unless
    the server has asked for a pause, until ``paused``: then the page rests for a day more."""
    tried = now if paused is None else paused + REST
    return HomeLook(feed_id, now, tried) if before is None else replace(before, tried=tried)


def seen(
    before: HomeLook | None,
    feed_id: str,
    articles: Sequence[str],
    known: Container[str],
    now: datetime,
) -> HomeLook:
    """Return what is known after a look.

    ``articles`` are the canonical URLs of the article links on the page; ``known`` are those of
    them, and of the ones that ``before`` holds as fresh, that the archive knows.
    """
    shown = {_key(url): url for url in articles}
    if len(shown) > MOST_LINKS or not shown:
        return failed(before, feed_id, now)
    if before is None or not before.looks:
        lacked = sum(url not in known for url in shown.values())
        return HomeLook(feed_id, now, now, now, 1, tuple(sorted(shown)), lacked)
    baseline = frozenset(before.baseline)
    new = {key: (url, now) for key, url in shown.items() if key not in baseline}
    there = {_key(url): (url, at) for url, at in before.fresh}
    fresh = [one for one in (new | there).values() if one[0] not in known]
    fresh.sort(key=lambda one: one[1])
    return replace(
        before,
        tried=now,
        last=now,
        looks=before.looks + 1,
        fresh=tuple(fresh)[:MOST_FRESH],
        standing=sum(now - at >= STANDS for _, at in fresh),
        named=sum(url in known for url, _ in new.values()),
    )


def is_telling(look: HomeLook, missed: float) -> bool:
    """Whether the outlet publishes what the feed does not bring, of which ``missed`` entries should
    have come since the first look.

    Only articles count that the feed has not named for ``STANDS`` since they were first seen.
    """
    stray = ((look.last or look.first) - look.first) / STRAY
    share = min(SHARE * missed, MOST_FRESH / 2)
    return look.standing >= max(TELLING + look.lacked // USUAL + stray, share)


def is_quiet(look: HomeLook) -> bool:
    """Whether the page has shown nothing new since the first look, of the feed's or other."""
    return look.looks >= LEAST_QUIET and not (look.fresh or look.named)


def _key(url: str) -> str:
    return ids.digest(min(spellings(url)), length=13)
