"""Grouping in the archive: a batch's articles go to their stories, which are merged and split."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.rule_settings import INDEX_RULE
from alerts.stories import group, parts
from archive import sketches, stories, story_aliases
from archive.sketches import Sketch, sketch_of
from archive.types import Article, Score


@dataclass(frozen=True, slots=True)
class Touched:
    """The stories that a batch concerns: all, those it has changed, those it has opened."""

    all: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)

    def change(self, story_id: str) -> None:
        """Note that a story has changed."""
        self.all.add(story_id)
        self.changed.add(story_id)


def regroup(
    connection: Connection,
    scored: Sequence[tuple[Article, Score]],
    fresh: Collection[str],
    story_days: float,
    now: datetime,
) -> Touched:
    """Put a batch's articles into stories, inside the open transaction.

    An article that has a story stays in it; if it is one of the ``fresh``, scored anew, its story
    is looked at and split when it tells two events. Others with evidence join a story or open
    one, and stories that they show to be one are merged.
    """
    touched = Touched()
    known = sketches.stories_of(connection, [article.id for article, _ in scored])
    changed: set[str] = set()
    arrivals: dict[str, tuple[Article, Score]] = {}
    for article, score in scored:
        story_id = known.get(article.id)
        if story_id is None:
            if score.evidence:
                arrivals[article.id] = (article, score)
            continue
        touched.all.add(story_id)
        if article.id in fresh:
            touched.change(story_id)
            changed.add(story_id)
            stories.join(connection, story_id, article, now)
    _split(connection, changed, now, touched)
    if arrivals:
        _place(connection, arrivals, story_days, now, touched)
    return touched


def _split(connection: Connection, changed: Iterable[str], now: datetime, to: Touched) -> None:
    """Take apart the changed stories that tell several events; the largest part stays."""
    for story_id, members in sorted(sketches.of(connection, sorted(changed)).items()):
        found = parts(members)
        stays = max(found, key=len)
        for part in found:
            if part is not stays:
                origins = {one.origin for one in part}
                new_id = story_aliases.split(connection, story_id, part[0].article_id, origins, now)
                to.change(new_id)
                to.opened.add(new_id)


def _place(
    connection: Connection,
    arrivals: dict[str, tuple[Article, Score]],
    story_days: float,
    now: datetime,
    to: Touched,
) -> None:
    new = [sketch_of(article, score) for article, score in arrivals.values()]
    candidates = _candidates(connection, new, story_days)
    told = story_aliases.told(connection, candidates)
    found = group(candidates, new, story_days=story_days, told=told)
    for one in found.merges:
        story_aliases.merge(connection, one.old, one.into, now, moved=INDEX_RULE)
        to.all.discard(one.old)
        to.changed.discard(one.old)
        to.change(one.into)
    for placed in found.placements:
        article = arrivals[placed.article_id][0]
        to.change(placed.story_id)
        if placed.opens:
            to.opened.add(placed.story_id)
            stories.open_story(connection, placed.story_id, article, now)
        else:
            stories.join(connection, placed.story_id, article, now)


def _candidates(
    connection: Connection, new: Sequence[Sketch], story_days: float
) -> dict[str, list[Sketch]]:
    """Return the stories near in time, and those of the texts that arrivals are copies of."""
    found: dict[str, list[Sketch]] = {}
    for start, end in _spans([s.when for s in new], timedelta(days=story_days)):
        found |= sketches.between(connection, start, end)
    originals = {s.origin for s in new} - {s.article_id for s in new}
    others = set(sketches.stories_of(connection, originals).values()) - found.keys()
    return found | sketches.of(connection, sorted(others))


def _spans(times: Sequence[datetime], days: timedelta) -> list[tuple[datetime, datetime]]:
    """Return the spans within ``days`` of one of ``times``; those that overlap are one."""
    found: list[tuple[datetime, datetime]] = []
    for time in sorted(times):
        start, end = time - days, time + days
        if found and start <= found[-1][1]:
            start = found.pop()[0]
        found.append((start, end))
    return found
