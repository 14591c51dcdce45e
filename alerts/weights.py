"""What each story's evidence weighs in the realignment index: by origin, never by copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from math import log2

from archive.leanings import Leaning
from archive.types import Direction

MOST_ORIGINS = 8
"""Independent origins of a story from which on a further one adds nothing."""
_SIDES = (Direction.AWAY, Direction.TOWARD)
_SHARES = {Direction.AWAY: 1.0, Direction.TOWARD: 1.0, Direction.MIXED: 0.5}


@dataclass(frozen=True, slots=True)
class Weight:
    """What one independent origin adds to a story for one direction, on a UTC day.

    ``family`` is the owner; ``weight`` is its probability times what an origin in its place adds.
    """

    story_id: str
    family: str
    direction: Direction
    day: date
    weight: float


def weights(found: Iterable[Leaning]) -> tuple[Weight, ...]:
    """Return the weights of leanings that come in order of publication.

    Of several copies of a text only one counts: the text they came from, if it has the evidence,
    else the first published. All texts of an owner in a story are one origin, on the day of the
    first and as sure as the surest. Evidence of both directions counts half for either.
    """
    stories: dict[str, list[Leaning]] = {}
    for one in found:
        stories.setdefault(one.story_id, []).append(one)
    return tuple(
        weight for own in stories.values() for side in _SIDES for weight in _side(own, side)
    )


def added(place: int) -> float:
    """Return what a story's origin in this place (1 is the first) adds to 1 + log2(origins)."""
    if place == 1:
        return 1.0
    return log2(place / (place - 1)) if place <= MOST_ORIGINS else 0.0


def _side(own: list[Leaning], side: Direction) -> Iterator[Weight]:
    texts: dict[str, Leaning] = {}
    for one in own:
        if one.direction in {side, Direction.MIXED}:
            known = texts.setdefault(one.origin, one)
            if one.article_id == one.origin and known.article_id != one.origin:
                texts[one.origin] = one
    owners: dict[str, list[Leaning]] = {}
    for one in sorted(texts.values(), key=lambda t: (t.published, t.article_id)):
        owners.setdefault(one.family, []).append(one)
    for place, (family, texts_of) in enumerate(owners.items(), 1):
        if place <= MOST_ORIGINS:
            sure = max(t.probability * _SHARES[t.direction] for t in texts_of)
            day = texts_of[0].published.astimezone(UTC).date()
            yield Weight(texts_of[0].story_id, family, side, day, sure * added(place))
