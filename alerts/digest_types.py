"""What a digest is made of, between those who collect it and those who show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts.payload import AlertPayload
from alerts.rule_settings import COUNTER_SIGNAL
from archive.digests import SignalCount
from archive.types import Direction, Endpoint, Mute

if TYPE_CHECKING:
    from alerts.index import Index


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story in a digest: what was decided on it, and its first article.

    ``over`` are the addresses whose budgets kept the story's alert from them alone; it is empty
    when nobody was told.
    """

    title: str
    lang: str
    url: str
    outlets: tuple[str, ...]
    signal: str
    score: float
    threshold: float
    detail: str
    code: str = ""
    article_id: str = ""
    over: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command that says the story was missed: it labels its article with the signal."""
        way = Direction.TOWARD if self.code == COUNTER_SIGNAL else Direction.AWAY
        signal = self.code or "SIGNAL"
        return f"pivotwatch labels add {self.article_id} --signal {signal} --direction {way}"

    def is_over(self, address: str) -> bool:
        """Whether the story, kept back by a budget, did not reach this address."""
        return not self.over or address.lower() in self.over


@dataclass(frozen=True, slots=True)
class Overrun:
    """How many stories a person was not told at once, as their ``budget`` a day was spent."""

    address: str
    budget: int
    stories: int

    @property
    def sentence(self) -> str:
        """The number with the budget, for the person to read."""
        return f"{self.stories} alert{'s' * (self.stories != 1)} over your budget of {self.budget}."


@dataclass(frozen=True, slots=True)
class MuteCount:
    """A mute, and how many stories it kept back."""

    mute: Mute
    stories: int


@dataclass(frozen=True, slots=True)
class TroubledFeed:
    """One thing wrong with a feed: what ``kind`` of trouble, a line on it, and since when."""

    outlet: str
    kind: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SignalLine:
    """What a time's evidence of one signal comes to, under its name."""

    name: str
    count: SignalCount


@dataclass(frozen=True, slots=True)
class Digest:
    """What happened from ``since`` to ``now``; lists are cut, ``totals`` are not.

    ``index`` is None when nobody asked for it; ``top`` and ``signals`` are empty but in a weekly
    digest. ``sampled`` are stories below every
    rule's threshold, drawn at random, for the reader to say whether one was missed.
    """

    since: datetime
    now: datetime
    alerts: tuple[AlertPayload, ...]
    budget: tuple[DigestStory, ...]
    held: tuple[DigestStory, ...]
    below: tuple[DigestStory, ...]
    totals: Mapping[str, int]
    troubled: tuple[TroubledFeed, ...]
    dead: int
    waiting: int
    alive: str
    coverage: str
    unheard: tuple[str, ...]
    overruns: tuple[Overrun, ...] = ()
    mutes: tuple[MuteCount, ...] = ()
    sampled: tuple[DigestStory, ...] = ()
    channels: tuple[Endpoint, ...] = ()
    signals: tuple[SignalLine, ...] = ()
    top: tuple[DigestStory, ...] = ()
    index: Index | None = None
    weekly: bool = False

    @property
    def kind(self) -> str:
        """``daily`` or ``weekly``."""
        return "weekly" if self.weekly else "daily"

    @property
    def day(self) -> str:
        """The UTC day the digest is of, which its message id is made from."""
        return f"{self.now.astimezone(UTC):%Y-%m-%d}"

    @property
    def title(self) -> str:
        """What the digest is called in its subject."""
        end = self.now.astimezone(UTC)
        if not self.weekly:
            return f"digest of {end:%-d %B %Y}"
        begin = self.since.astimezone(UTC) + timedelta(days=1)
        same = begin.month == end.month and begin.year == end.year
        return f"weekly digest of {begin:%-d}{'' if same else f' {begin:%B %Y}'} to {end:%-d %B %Y}"


@dataclass(frozen=True, slots=True)
class DigestDelivery:
    """How many people's mail was taken, and one line for each that was not."""

    sent: int
    failed: tuple[str, ...]
