"""Coverage: how much of what is watched can be heard, and on whose side or in which language
nothing is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from archive import feeds as feed_store
from archive import notices
from archive.enums import NoticeKind
from archive.types import Feed, FeedNotice, FeedState

HARMLESS = frozenset(
    {NoticeKind.MOVED, NoticeKind.CERTIFICATE, NoticeKind.POSSIBLE_GAP, NoticeKind.BAD_DATES}
)
"""Notices that ask for a look while the feed still tells its news."""

_LANGUAGES = {
    **{"hy": "Armenian", "ru": "Russian", "en": "English", "az": "Azerbaijani"},
    **{"ka": "Georgian", "fa": "Persian", "tr": "Turkish", "uk": "Ukrainian"},
    **{"fr": "French", "de": "German"},
}
_OWN = {"AM": "Armenian", "RU": "Russian", "AZ": "Azerbaijani"}
_WESTERN = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "EU"),
        *("CH", "GB", "IS", "NO", "UK", "AU", "CA", "NZ", "US"),
    }
)
_WANTED_LANGUAGES = ("hy", "ru", "en")
_WANTED_SIDES = ("Armenian", "Russian", "Azerbaijani", "Western", "official")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the watched sources are ``healthy``, and what is not heard.

    ``gaps`` name the languages and sides of which no source or less than half is healthy,
    ``unwatched`` those that a picture of the subject needs and that no feed is of.
    """

    healthy: int
    total: int
    gaps: tuple[str, ...]
    unwatched: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The line that every alert carries."""
        return "; ".join((f"{self.healthy} of {self.total} sources healthy", *self.gaps))


@dataclass(frozen=True, slots=True)
class Watched:
    """A feed, what polling knows of it, and what is wrong with it."""

    feed: Feed
    state: FeedState
    notices: tuple[FeedNotice, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether it has been read and no notice says that its news does not reach us."""
        harmful = any(one.kind not in HARMLESS for one in self.notices)
        return self.state.last_polled is not None and not harmful


def watched(connection: Connection) -> list[Watched]:
    """Return all feeds with their notices, by outlet; the oldest notice of a feed first."""
    noticed: defaultdict[str, list[FeedNotice]] = defaultdict(list)
    for notice in sorted(notices.every(connection), key=lambda one: one.since):
        noticed[notice.feed_id].append(notice)
    return [
        Watched(feed, state, tuple(noticed[feed.id]))
        for feed, state in feed_store.every(connection)
    ]


def coverage_of(fleet: Iterable[Watched]) -> Coverage:
    """Sum up the health of feeds."""
    feeds = list(fleet)
    every: Counter[str] = Counter()
    healthy: Counter[str] = Counter()
    for one in feeds:
        every.update(_groups(one.feed))
        healthy.update(_groups(one.feed) if one.healthy else ())
    gaps = (_gap(group, healthy[group], every[group]) for group in every)
    wanted = (*(_language(code) for code in _WANTED_LANGUAGES), *_WANTED_SIDES)
    return Coverage(
        healthy=sum(one.healthy for one in feeds),
        total=len(feeds),
        gaps=tuple(gap for gap in gaps if gap),
        unwatched=tuple(f"no {group} source is watched" for group in wanted if group not in every),
    )


def side(feed: Feed) -> str:
    """Return whose voice a feed is: ``official`` for authorities of any country, else
    ``Armenian``, ``Russian``, ``Azerbaijani`` or ``Western`` by country; empty for others."""
    if feed.kind == "official":
        return "official"
    return _OWN.get(feed.country, "Western" if feed.country in _WESTERN else "")


def _groups(feed: Feed) -> tuple[str, ...]:
    return tuple(group for group in (_language(feed.lang), side(feed)) if group)


def _language(code: str) -> str:
    return f"{_LANGUAGES[code]}-language" if code in _LANGUAGES else f"{code}-language"


def _gap(group: str, healthy: int, of: int) -> str:
    if healthy == 0:
        return f"no healthy {group} source"
    return f"only {healthy} of {of} {group} sources" if 2 * healthy < of else ""
