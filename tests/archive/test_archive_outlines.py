"""Outlines of stories: what is left out, and that nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archive import Archive, articles, outlines, scores, stories
from archive.types import (
    Article,
    Direction,
    Evidence,
    Passage,
    Score,
    Story,
    StoryMember,
    Traits,
)

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def put(archive: Archive, key: str, story: str, when: datetime) -> None:
    """An article with evidence of two models in a story."""
    one = Article(key, f"https://{key}.example", f"Title {key}", "A text.", "en", key, when, when)
    pieces = tuple(
        Evidence(key, 1, signal, "m", p, Direction.AWAY, (Passage("A text.", 0, 7),))
        for signal, p in (("csto_snub", 0.6), ("public_rift", 0.9))
    )
    traits = Traits(frozenset({"csto"}))
    late = Score(key, 1, "m", "en", 0.9, Direction.AWAY, {"csto_snub": 0.6}, pieces, traits)
    early = replace(late, model_id="m_old", direction=Direction.TOWARD, evidence=())
    with archive.write() as connection:
        articles.put(connection, one)
        scores.save(connection, [early], NOW - DAY)
        scores.save(connection, [late], NOW)
        if stories.get(connection, story) is None:
            stories.open_story(connection, story, one, NOW)
        else:
            stories.join(connection, story, one, NOW)


def bare(story: Story) -> Story:
    """A story as its outline is."""

    def strip(member: StoryMember) -> StoryMember:
        pieces = tuple(replace(e, passages=()) for e in member.score.evidence)
        return StoryMember(
            replace(member.article, text="", author="", content_hash=""),
            replace(member.score, evidence=pieces, traits=Traits()),
        )

    return replace(story, members=tuple(map(strip, story.members)))


def test_an_outline_is_the_story_without_its_words(any_archive: Archive) -> None:
    put(any_archive, "a", "s_1", NOW - 2 * DAY)
    put(any_archive, "b", "s_1", NOW - DAY)
    put(any_archive, "c", "s_2", NOW - 3 * DAY)
    put(any_archive, "d", "s_3", NOW - 60 * DAY)
    with any_archive.read() as connection:
        found = outlines.between(connection, NOW - 30 * DAY, NOW)
        whole = stories.between(connection, NOW - 30 * DAY, NOW)
    assert [s.id for s in found] == ["s_2", "s_1"]
    assert found == [bare(s) for s in whole]
    assert found[1].members[0].score.evidence[0].signal == "public_rift"
