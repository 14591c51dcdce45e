"""What a digest is made of, between those who collect it and those who show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from alerts.index import Index
from alerts.payload import AlertPayload
from alerts.rule_settings import side_of
from archive.digests import SignalCount
from archive.types import Endpoint, Mute

_DAY = timedelta(days=1)


def day_of(now: datetime, zone: tzinfo) -> str:
    """Return the day of a digest that ends at ``now``, by a zone."""
    return f"{now.astimezone(zone):%Y-%m-%d}"


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
        signal = self.code or "SIGNAL"
        said = f"--signal {signal} --direction {side_of(self.code)}"
        return f"pivotwatch labels add {self.article_id} {said}"

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
    digest. ``sampled`` are stories below every rule's threshold, drawn at random, for the reader
    to say whether one was missed. ``zone`` is whose days it is named by.
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
    zone: tzinfo = UTC

    @property
    def kind(self) -> str:
        """``daily`` or ``weekly``."""
        return "weekly" if self.weekly else "daily"

    @property
    def day(self) -> str:
        """The day the digest is of, which its message id is made from."""
        return day_of(self.now, self.zone)

    @property
    def title(self) -> str:
        """What the digest is called in its subject.

        A week has seven days: that in the midst of which it begins is left to the week before.
        """
        end = self.now.astimezone(self.zone)
        skipped = _DAY if self.now - self.since >= 2 * _DAY else timedelta(0)
        begin = self.since.astimezone(self.zone) + skipped
        if not self.weekly:
            return f"digest of {end:%-d %B %Y}"
        if begin.date() == end.date():
            return f"weekly digest of {end:%-d %B %Y}"
        same = begin.month == end.month and begin.year == end.year
        return f"weekly digest of {begin:%-d}{'' if same else f' {begin:%B %Y}'} to {end:%-d %B %Y}"


@dataclass(frozen=True, slots=True)
class DigestDelivery:
    """How many people's mail was taken, and one line for each that was not."""

    sent: int
    failed: tuple[str, ...]
