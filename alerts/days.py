"""How much evidence each of the last days brought: the story's, and every story's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from alerts.payload import DayCount
from archive.types import Direction, Story, StoryMember

DAYS = 14


def last_days(
    story: Story, recent: Sequence[Story], direction: Direction, now: datetime
) -> tuple[DayCount, ...]:
    """Return the last fourteen UTC days, oldest first; the last one is still going on.

    Counted are original texts with evidence of ``direction`` on the day they were published (seen,
    when undated): a copy adds nothing.
    """
    others = [one for one in recent if one.id != story.id]
    own = Counter(_days([story], direction))
    every = own + Counter(_days(others, direction))
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return tuple(DayCount(day=d, story=own[d], every=every[d]) for d in days)


def finding(days: Sequence[DayCount]) -> str:
    """Return what the days show as a sentence; empty when there are none."""
    if not days:
        return ""
    peak = max(days, key=lambda one: one.story)
    own, every = sum(one.story for one in days), sum(one.every for one in days)
    said = f"{own} text{'s' * (own != 1)} on this story in {len(days)} days"
    if own > 1 and peak.story > 1:
        said += f", most on {peak.day:%-d %B} ({peak.story})"
    return f"{said}; {every} on all stories that point the same way."


def _days(stories: Iterable[Story], direction: Direction) -> Iterable[date]:
    for story in stories:
        seen: set[str] = set()
        for member in story.members:
            text = member.article.origin or member.article.id
            if text in seen or not _carries(member, direction):
                continue
            seen.add(text)
            yield (member.article.published or member.article.first_seen).astimezone(UTC).date()


def _carries(member: StoryMember, direction: Direction) -> bool:
    return any(e.direction is direction for e in member.score.evidence)
