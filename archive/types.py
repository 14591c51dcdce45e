"""The domain's types: what passes between the rooms, all frozen and typed.

Times are aware datetimes in UTC. Identifiers are short text keys derived from
content (see ``archive.ids``), so that every step can be repeated without harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archive.alert_types import (
    Alert,
    AlertAction,
    AlertRevision,
    Decision,
    Delivery,
    Endpoint,
    Message,
    Mute,
    Verdict,
)
from archive.enums import (
    AlertState,
    Direction,
    EntryState,
    FailureKind,
    MuteKind,
    NoticeKind,
    OutboxState,
    Outcome,
    Reason,
    Severity,
    VerdictKind,
)
from archive.feed_types import (
    Capture,
    DueEntry,
    Entry,
    Feed,
    FeedDay,
    FeedNotice,
    FeedState,
    HomeLook,
    Pause,
    Selectors,
    Site,
)

__all__ = [
    "Alert",
    "AlertAction",
    "AlertRevision",
    "AlertState",
    "Article",
    "Capture",
    "Contribution",
    "Cycle",
    "Decision",
    "Delivery",
    "Direction",
    "DueEntry",
    "Endpoint",
    "Entry",
    "EntryState",
    "Evidence",
    "FailureKind",
    "Feed",
    "FeedDay",
    "FeedNotice",
    "FeedState",
    "HomeLook",
    "Label",
    "Message",
    "Mute",
    "MuteKind",
    "NoticeKind",
    "OutboxState",
    "Outcome",
    "Passage",
    "Pause",
    "Reason",
    "Score",
    "Selectors",
    "Severity",
    "Site",
    "Story",
    "StoryMember",
    "Traits",
    "Verdict",
    "VerdictKind",
]


@dataclass(frozen=True, slots=True)
class Article:
    """What the page says. An edited page is a new ``version`` of the same article.

    ``copy_of`` names the earlier article whose text this one carries (a wire copy);
    ``origin`` is the article that the text came from first, itself when original.
    ``reservation`` is what the page's publisher reserves of its use (TDM, Content-Signal), as
    said; recorded, so that whoever passes texts on can keep to it.
    """

    id: str
    url: str
    title: str
    text: str
    lang: str
    outlet: str
    published: datetime | None
    first_seen: datetime
    version: int = 1
    final_url: str = ""
    author: str = ""
    feed_id: str | None = None
    family: str = ""
    kind: str = "independent"
    reliability: str = "F"
    date_flag: str = "missing"
    content_hash: str = ""
    copy_of: str | None = None
    origin: str = ""
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One reason for a score: a concept, the words that showed it, its weight in log-odds."""

    concept: str
    surface: str
    weight: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A verbatim stretch of an article: ``text == article.text[start:end]``."""

    text: str
    start: int
    end: int
    reasons: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one article version says for one signal, according to one model."""

    article_id: str
    version: int
    signal: str
    model_id: str
    probability: float
    direction: Direction
    passages: tuple[Passage, ...]
    counter: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """What an article can be recognised by: lexicon concepts, names and numbers, word stems."""

    concepts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Score:
    """A model's whole verdict on one article version.

    ``lang`` is ``en``, ``ru`` or ``hy``, or ``other`` for a language that the model does not know.
    ``signals`` maps every signal's code to its calibrated probability (relevance included);
    ``evidence`` holds only the signals at or above their threshold.
    """

    article_id: str
    version: int
    model_id: str
    lang: str
    relevance: float
    direction: Direction
    signals: Mapping[str, float]
    evidence: tuple[Evidence, ...] = ()
    traits: Traits = field(default_factory=Traits)


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One article of a story with its score."""

    article: Article
    score: Score


@dataclass(frozen=True, slots=True)
class Story:
    """Evidence on one event. ``members`` are in order of publication.

    ``aliases`` are the ids of stories that were merged into it, which name it too; ``split_from``
    is the story that it was a part of before, or empty.
    """

    id: str
    title: str
    members: tuple[StoryMember, ...]
    created: datetime
    updated: datetime
    aliases: tuple[str, ...] = ()
    split_from: str = ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Independent origins: owner families after wire copies are collapsed."""
        families: dict[str, str] = {}
        for member in self.members:
            article = member.article
            families.setdefault(article.origin or article.id, article.family or article.outlet)
        return tuple(dict.fromkeys(families.values()))

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that carry the story, first to publish first."""
        return tuple(dict.fromkeys(m.article.outlet for m in self.members))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages the story is told in."""
        return tuple(dict.fromkeys(m.article.lang for m in self.members))


@dataclass(frozen=True, slots=True)
class Label:
    """An analyst's judgement of an article or passage."""

    id: str
    article_id: str | None
    text: str
    lang: str
    labels: tuple[str, ...]
    direction: Direction
    annotator: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cycle:
    """One run of the watch flow and the figures it reported."""

    id: str
    started: datetime
    finished: datetime | None
    report: Mapping[str, object]
