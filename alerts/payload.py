"""What an alert says: the complete content of a revision, stored, mailed and posted as it is.

The models are the JSON contract with receivers (``docs/alerts.md`` shows an example). Emails are
rendered from this and nothing else, so that a retry a week later says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from alerts import likelihood
from archive.types import Direction, Reason


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Why(_Part):
    """One reason for a score: concept, the words that showed it, weight in log-odds."""

    concept: str
    surface: str
    weight: float


class Source(_Part):
    """An article: who published it, when, and when it was first seen."""

    article_id: str
    version: int
    origin: str
    outlet: str
    family: str
    kind: str
    reliability: str
    title: str
    url: str
    lang: str
    published: datetime | None
    first_seen: datetime


class Quote(_Part):
    """Words that stand verbatim in an article: ``text == article.text[start:end]``.

    ``cut`` says that only a long passage's beginning is given.
    """

    source: Source
    text: str
    start: int
    end: int
    cut: bool = False
    reasons: tuple[Why, ...] = ()

    def overlaps(self, other: Quote) -> bool:
        """Whether two quotes share words of one article version."""
        same = (self.source.article_id, self.source.version) == (
            other.source.article_id,
            other.source.version,
        )
        return same and self.start < other.end and other.start < self.end

    @property
    def reasons_for(self) -> tuple[Why, ...]:
        """The reasons that raised the score, strongest first."""
        return tuple(sorted((r for r in self.reasons if r.weight > 0), key=lambda r: -r.weight))

    @property
    def reason_against(self) -> Why | None:
        """The strongest reason that lowered the score."""
        return min((r for r in self.reasons if r.weight < 0), key=lambda r: r.weight, default=None)


class Origin(_Part):
    """One independent origin: the articles of one owner, and the copies of their texts."""

    family: str
    articles: tuple[Source, ...]
    copies: tuple[Source, ...] = ()


class OpposingStory(_Part):
    """Another story of the last 30 days that points the other way."""

    story_id: str
    title: str
    lang: str
    outlets: tuple[str, ...]
    signal: str
    probability: float
    url: str
    published: datetime


class Counter(_Part):
    """What speaks against the alert, or how much was searched without finding anything."""

    passages: tuple[Quote, ...] = ()
    articles: tuple[Source, ...] = ()
    stories: tuple[OpposingStory, ...] = ()
    searched: int = 0
    summary: str = ""


class Signal(_Part):
    """A signal of the codebook."""

    code: str
    name: str


class StoryPart(_Part):
    """The story an alert is on; ``lang`` is the title's language."""

    id: str
    title: str
    lang: str
    languages: tuple[str, ...]


class Credibility(_Part):
    """The Admiralty number of what is reported, 1 to 6; the outlets' letters stand apart."""

    number: int
    words: str
    why: str


NOT_GRADED = Credibility(number=6, words="truth cannot be judged", why="nothing to judge it by")


class DayCount(_Part):
    """One UTC day's texts with evidence, copies not counted: the story's, and every story's."""

    day: date
    story: int
    every: int


class Earlier(_Part):
    """An earlier revision of the alert."""

    revision: int
    reason: Reason
    probability: float
    news: str
    at: datetime


class AlertPayload(_Part):
    """One revision of an alert.

    ``subject`` is the email's and stays as it was at the first revision, so that mail programs
    keep a story in one thread. ``superseded`` are passages of an earlier revision that their
    outlet has edited away since. ``model_note`` is empty, or says that the model is not the one
    that should have scored, and why. ``days`` are the two weeks before, oldest first; ``outlook``
    says what would change the assessment.
    """

    alert_id: str
    rule: str
    revision: int
    reason: Reason
    created: datetime
    subject: str
    signal: Signal
    direction: Direction
    probability: float
    likelihood: str
    likelihood_span: str
    confidence: Literal["low", "moderate", "high"]
    confidence_why: str
    story: StoryPart
    news: str
    passages: tuple[Quote, ...]
    superseded: tuple[Quote, ...] = ()
    outlets: tuple[str, ...]
    origins: tuple[Origin, ...]
    counter: Counter
    earlier: tuple[Earlier, ...] = ()
    coverage: str
    model_id: str
    threshold: float
    model_note: str = ""
    severity: str = "notable"
    credibility: Credibility = NOT_GRADED
    outlook: tuple[str, ...] = ()
    days: tuple[DayCount, ...] = ()

    @property
    def rank(self) -> int:
        """The ICD 203 row of the probability, 0 to 6."""
        return likelihood.rank(self.probability)

    @property
    def articles(self) -> tuple[Source, ...]:
        """All articles behind the alert, copies too."""
        return tuple(s for o in self.origins for s in (*o.articles, *o.copies))

    @property
    def letters(self) -> tuple[str, ...]:
        """The reliability letter of every outlet whose article or copy is behind the alert."""
        return tuple({s.outlet: s.reliability for s in self.articles}.values())

    def as_json(self) -> dict[str, object]:
        """Return the payload as plain JSON values."""
        return self.model_dump(mode="json")


def read_payload(stored: Mapping[str, object]) -> AlertPayload:
    """Return a stored payload as typed content."""
    return AlertPayload.model_validate(stored)
