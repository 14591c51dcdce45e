"""What a cycle reports: the figures that the command line, the UI and ``status`` show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MOST_ERRORS = 200  # lines kept of a cycle: an outage names every feed


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """Feeds asked, feeds that had nothing new to say, feeds that could not be read, and, of all,
    those with something wrong."""

    polled: int = 0
    unchanged: int = 0
    failed: int = 0
    troubled: int = 0


@dataclass(frozen=True, slots=True)
class ArticleFigures:
    """Articles stored for the first time, edited, copying another's text, not obtained.

    A copy (``duplicate``) is kept as an article of its own, so it is counted in ``new`` too.
    """

    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """Stories opened, and stories that gained or changed a member."""

    new: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """Alerts delivered, held back by a rule or the budget, and not accepted by a channel yet."""

    sent: int = 0
    held: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CycleReport:
    """The figures of one cycle; ``errors`` has one line for each thing that went wrong."""

    feeds: FeedFigures = field(default_factory=FeedFigures)
    articles: ArticleFigures = field(default_factory=ArticleFigures)
    evidence: int = 0
    stories: StoryFigures = field(default_factory=StoryFigures)
    alerts: AlertFigures = field(default_factory=AlertFigures)
    errors: tuple[str, ...] = ()
    seconds: float = 0.0
    skipped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON."""
        return asdict(self) | {
            "errors": list(self.errors[:MOST_ERRORS]),
            "seconds": round(self.seconds, 1),
        }
