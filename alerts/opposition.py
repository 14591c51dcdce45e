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
    """An article that opposes, with its strongest evidence."""

    member: StoryMember
    evidence: Evidence


def opponents(story: Story, direction: Direction) -> tuple[Opponent, ...]:
    """Return the articles of ``story`` that oppose an alert of ``direction``.

    Against ``away`` and ``mixed``: articles whose direction is ``toward`` (denials among them) and
    articles whose strongest evidence is of kept or growing ties. Against ``toward``: articles that
    say ``away``.
    """
    found = ((m, _strongest(m)) for m in story.members)
    return tuple(Opponent(m, e) for m, e in found if e is not None and _opposes(m, e, direction))


def opposing_stories(
    stories: Sequence[Story], direction: Direction, *, but: str
) -> tuple[tuple[Story, Evidence], ...]:
    """Return other stories whose strongest evidence opposes, newest first, with that evidence."""
    found: list[tuple[Story, Evidence]] = []
    for story in stories:
        pieces = [e for m in story.members if (e := _strongest(m)) is not None]
        against = [o.evidence for o in opponents(story, direction)]
        if story.id == but or not against:
            continue
        best = max(against, key=lambda e: e.probability)
        if best.probability >= max(e.probability for e in pieces):
            found.append((story, best))
    return tuple(sorted(found, key=lambda pair: pair[0].updated, reverse=True))


def _opposes(member: StoryMember, strongest: Evidence, direction: Direction) -> bool:
    said = member.score.direction
    if direction is Direction.TOWARD:
        return said is Direction.AWAY and strongest.direction is Direction.AWAY
    ties = strongest.signal == COUNTER_SIGNAL and strongest.direction in _TURNED
    return ties or Direction.TOWARD in (said, strongest.direction)


def _strongest(member: StoryMember) -> Evidence | None:
    return max(member.score.evidence, key=lambda e: e.probability, default=None)
