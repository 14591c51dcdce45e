"""What a digest counts, what it leaves out, and the days it is named by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from alerts_kit import NAMES, NOW, PERSON, take
from decisions_kit import ruled
from digest_kit import DAY, HOUR, build, event, mail_of, words

from alerts import build_digest
from alerts import mutes as muting
from alerts.digest_stories import likeliest, untold
from alerts.rule_settings import INDEX_RULE
from archive import Archive, endpoints, scores, stories, story_aliases
from archive.types import Decision, Endpoint, MuteKind, Outcome

WEEK = 7 * DAY


def a_decision(story: str, **values: object) -> Decision:
    first = Decision(
        story_id=story, rule="csto-snub", outcome=Outcome.BELOW, signal="csto_snub", score=0.2,
        threshold=0.5, model_id="m_test", detail="", decided=NOW, severity="notice",
    )  # fmt: skip
    return replace(first, **values)  # type: ignore[arg-type]


def story_ids(archive: Archive) -> dict[str, str]:
    """The stories' ids by title."""
    with archive.read() as connection:
        return {one.title: one.id for one in stories.recent(connection, 50)}


def test_the_week_counts_what_the_newest_model_found(archive: Archive) -> None:
    pairs = [event(n, probability=0.6) for n in range(3)]
    take(archive, *pairs, settings=ruled(threshold=0.9), recipients=(PERSON,))
    (_, first), (_, second) = pairs[:2]
    with archive.write() as connection:
        found_none = replace(first, model_id="m_newer", evidence=())
        newer = replace(second.evidence[0], model_id="m_newer", signal="trade_retaliation")
        found_other = replace(second, model_id="m_newer", evidence=(newer,))
        scores.save(connection, [found_none, found_other], NOW + HOUR)
    counted = [
        (s.count.signal, s.count.stories) for s in build(archive, back=WEEK, weekly=True).signals
    ]
    assert counted == [("csto_snub", 1), ("trade_retaliation", 1)]


def test_the_likeliest_stories_leave_out_the_index_and_what_is_muted() -> None:
    index = a_decision("a", rule=INDEX_RULE, outcome=Outcome.SENT, score=0.62)
    muted = a_decision("b", outcome=Outcome.MUTED, score=0.9)
    also = a_decision("b", rule="other", score=0.1)
    told = a_decision("c", rule="told", outcome=Outcome.SENT, score=0.7)
    part = a_decision("c", outcome=Outcome.MUTED, score=0.8)
    low = a_decision("a")
    assert likeliest((muted, part, told, index, low, also)) == (told, low)


def test_what_the_index_decided_hides_no_story_and_is_hidden_by_none() -> None:
    told = a_decision("a", rule=INDEX_RULE, outcome=Outcome.SENT, score=0.6)
    over = a_decision("b", rule=INDEX_RULE, outcome=Outcome.BUDGET, score=0.6)
    lost = a_decision("c", rule=INDEX_RULE, score=0.6)
    stories = [a_decision(name) for name in "abc"]
    found = untold((told, over, lost, *stories))
    assert found.budget == (over,)
    assert found.below == tuple(stories)


def test_a_muted_story_that_was_merged_is_counted_once_under_its_new_name(archive: Archive) -> None:
    take(archive, event(1), event(2), settings=ruled(threshold=0.99), recipients=(PERSON,))
    ids = story_ids(archive)
    into, old = ids["Event 1."], ids["Event 2."]
    with archive.write() as connection:
        for story, author in ((into, "davit"), (old, "ani")):
            muting.mute(
                connection, MuteKind.STORY, story,
                author=author, reason="seen", until=NOW + DAY, now=NOW + (author == "ani") * HOUR,
            )  # fmt: skip
        story_aliases.merge(connection, old, into, NOW)
        detail = f"story {into} is muted by ani until then"
        stories.decide(connection, a_decision(into, outcome=Outcome.MUTED, detail=detail))
    (one,) = build(archive).mutes
    assert (one.mute.value, one.mute.author, one.stories) == (into, "ani", 1)


def test_new_articles_are_counted_by_when_they_were_first_seen(archive: Archive) -> None:
    """Whichever cycle it was, whether it has ended or not; the end belongs to the next digest."""
    take(archive, *(event(n) for n in range(3)), settings=ruled(threshold=0.99))
    seen = event(0)[0].first_seen
    for since, until, count in ((-HOUR, HOUR, 3), (timedelta(), HOUR, 3), (-HOUR, timedelta(), 0)):
        digest = build_digest(archive, seen + since, seen + until, "", NAMES)
        assert digest.alive.startswith(f"Alive: {count} new articles from"), (since, until)


def test_a_list_that_was_cut_says_by_how_much(archive: Archive) -> None:
    take(archive, *(event(n) for n in range(26)), settings=ruled(threshold=0.99))
    ids = story_ids(archive).values()
    with archive.write() as connection:
        for number in range(26):
            endpoints.save(connection, Endpoint(f"hook{number}", disabled=NOW, reason="gone"))
            muting.mute(
                connection, MuteKind.OUTLET, f"Outlet {number}",
                author="ani", reason="seen", until=NOW + DAY, now=NOW,
            )  # fmt: skip
        for number, story in enumerate(ids):
            detail = f"outlet Outlet {number} is muted by ani until then"
            stories.decide(connection, a_decision(story, outcome=Outcome.MUTED, detail=detail))
    digest = build(archive, unheard=[f"voice {number} is not watched" for number in range(23)])
    assert {name: digest.totals[name] for name in ("mutes", "channels", "unheard")} == {
        "mutes": 26, "channels": 26, "unheard": 23,
    }  # fmt: skip
    for shown in words(mail_of(digest)):
        assert shown.count("and 6 more") == 2
        assert shown.count("and 3 more") == 1


@pytest.mark.parametrize(
    ("back", "weekly", "title"),
    [
        (DAY, False, "digest of 4 March 2026"),
        (WEEK, True, "weekly digest of 26 February 2026 to 4 March 2026"),
        (WEEK + timedelta(minutes=2), True, "weekly digest of 26 February 2026 to 4 March 2026"),
        (5 * HOUR, True, "weekly digest of 4 March 2026"),
        (DAY, True, "weekly digest of 3 to 4 March 2026"),
        (2 * DAY, True, "weekly digest of 3 to 4 March 2026"),
    ],
)
def test_a_digest_is_named_by_the_days_of_its_zone(
    archive: Archive, back: timedelta, weekly: bool, title: str
) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    now = datetime(2026, 3, 4, 7, 0, tzinfo=zone)
    digest = build_digest(archive, now - back, now, "", NAMES, weekly=weekly, zone=zone)
    assert (digest.title, digest.day) == (title, "2026-03-04")
