"""What points the other way: opposing articles of a story and of the last thirty days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.settings import COUNTER_SIGNAL
from archive.types import Direction, Evidence, Story, StoryMember

WINDOW = timedelta(days=30)
_TURNED = frozenset({Direction.TOWARD, Direction.MIXED})


@dataclass(frozen=True, slots=True)
class Opponent:
    """An article that opposes, with its strongest opposing evidence when it has any."""

    member: StoryMember
    evidence: Evidence | None


def opponents(story: Story, direction: Direction) -> tuple[Opponent, ...]:
    """Return the articles of ``story`` that oppose an alert of ``direction``.

    Against ``away`` and ``mixed``: articles whose direction is ``toward`` (denials among them) and
    articles with evidence of kept or growing ties. Against ``toward``: articles that say ``away``.
    """
    found = ((m, _against(m, direction)) for m in story.members)
    return tuple(Opponent(m, e) for m, (opposes, e) in found if opposes)


def opposing_stories(
    stories: Sequence[Story], direction: Direction, *, but: str
) -> tuple[tuple[Story, Evidence], ...]:
    """Return other stories that oppose, newest first, each with its strongest such evidence."""
    found: list[tuple[Story, Evidence]] = []
    for story in stories:
        pieces = [o.evidence for o in opponents(story, direction) if o.evidence is not None]
        if story.id != but and pieces:
            found.append((story, max(pieces, key=lambda e: e.probability)))
    return tuple(sorted(found, key=lambda pair: pair[0].updated, reverse=True))


def _against(member: StoryMember, direction: Direction) -> tuple[bool, Evidence | None]:
    score = member.score
    if direction is Direction.TOWARD:
        pieces = [e for e in score.evidence if e.direction is Direction.AWAY]
        return score.direction is Direction.AWAY and bool(pieces), _strongest(pieces)
    ties = [e for e in score.evidence if e.signal == COUNTER_SIGNAL and e.direction in _TURNED]
    turned = [e for e in score.evidence if e.direction is Direction.TOWARD]
    whole = score.direction is Direction.TOWARD and bool(score.evidence)
    return whole or bool(ties) or bool(turned), _strongest([*ties, *turned])


def _strongest(pieces: Sequence[Evidence]) -> Evidence | None:
    return max(pieces, key=lambda e: e.probability, default=None)
