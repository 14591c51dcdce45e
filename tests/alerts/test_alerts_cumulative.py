"""The cumulative rule: the realignment index as an alert, told once, with what is against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from alerts_kit import MACHINE, NOW, PERSON, around, take
from alerts_views import decided, dump, told
from decisions_kit import queued, set_to
from index_kit import DAY, QUIET, look, report, several, store
from pydantic import ValidationError

from alerts import AlertsSettings, rejudge, states
from alerts.message import plain_text
from alerts.mutes import mute
from alerts.rule_settings import INDEX_RULE
from alerts.why import answers
from archive import Archive, story_aliases
from archive import alerts as alert_store
from archive.types import Direction, MuteKind, Outcome, Reason

AWAY, TOWARD = Direction.AWAY, Direction.TOWARD


def beyond(archive: Archive, count: int = 16) -> None:
    """An index that is far away: a first balance, then many small signs in one direction."""
    store(archive, [*several(count), *several(2, 9, TOWARD)])


def with_index(**values: object) -> AlertsSettings:
    return set_to(rules=QUIET.rules, index=values)


def test_an_index_beyond_its_threshold_is_told_once_to_everybody(archive: Archive) -> None:
    beyond(archive)
    assert look(archive).sent == 1
    (alert,) = told(archive)
    assert (alert.rule, alert.reason, alert.direction) == (INDEX_RULE, Reason.FIRST, AWAY)
    assert len(queued(archive)) == len(queued(archive, MACHINE)) == 1
    before = dump(archive)
    for hours in (0, 1, 11, 30):
        assert look(archive, NOW + timedelta(hours=hours)).sent == 0
        assert hours == 30 or dump(archive) == before
    before.pop("heartbeat")  # on another day it was looked at anew
    assert before.items() < dump(archive).items()


def test_the_alert_quotes_the_strongest_stories_and_what_speaks_against(archive: Archive) -> None:
    store(archive, [*several(14, 9), *several(2, 9, TOWARD)])
    store(archive, [report(50, 0, probability=0.97), report(50, 0, by=9, probability=0.6)])
    look(archive)
    (alert,) = told(archive)
    assert alert.story.title == "Event 50"
    assert alert.passages[0].text == "Point 50 of the list was settled in Gavar"
    assert len(alert.passages) == 3
    assert len({q.source.article_id for q in alert.passages}) == 3
    assert "The realignment index is beyond +0.50." in alert.news
    assert "90 % interval +0." in alert.news
    assert "17 stories of 8 independent origins" in alert.news
    assert alert.counter.summary.startswith("Evidence toward weighs 1.")
    assert {s.title for s in alert.counter.stories} == {"Event 100", "Event 101"}
    assert alert.counter.passages[0].text.startswith("Point 10")
    assert alert.coverage == "11 of 12 sources healthy."
    assert (alert.signal.code, alert.probability) == ("csto_snub", 0.97)
    assert alert.confidence == "moderate"
    assert alert.subject.startswith("[pivotwatch] realignment index +0.")
    text = plain_text(alert)
    assert "Point 50 of the list" in text
    assert "It is told again once it has been back below +0.40" in text


def test_it_is_told_for_the_side_toward_too_and_only_for_sides_that_are_wanted(
    archive: Archive,
) -> None:
    store(archive, several(16, 1, TOWARD))
    assert look(archive, settings=with_index(directions=["away"])).sent == 0
    assert look(archive, settings=with_index(directions=[])).sent == 0
    assert look(archive, settings=with_index(threshold=0.95)).sent == 0
    store(archive, several(17, 1, TOWARD))
    assert look(archive).sent == 1
    (alert,) = told(archive)
    assert alert.direction is TOWARD
    assert "The realignment index is beyond -0.50." in alert.news
    assert alert.counter.summary == ("None found in 17 articles with evidence of the last 56 days.")
    assert alert.counter.searched == 17


def test_without_news_or_enough_evidence_nothing_is_told(archive: Archive) -> None:
    store(archive, several(7))
    assert look(archive).sent == 0


def test_the_decision_is_stored_and_explained(archive: Archive) -> None:
    beyond(archive)
    look(archive)
    (one,) = decided(archive, INDEX_RULE)
    assert (one.outcome, one.signal, one.threshold) == (Outcome.SENT, "realignment_index_away", 0.5)
    assert one.score > 0.5
    with archive.read() as connection:
        found = answers(connection, one.story_id, QUIET)
    lines = next(a.lines for a in found if a.decision.rule == INDEX_RULE)
    assert lines[0].startswith("rule realignment-index: told; The realignment index is beyond")
    assert lines[1].startswith("realignment index away 0.")
    assert "no such rule" not in lines[2]
    assert any("revision 1 (first)" in line for line in lines)
    with archive.read() as connection:
        found = answers(connection, one.story_id, with_index(threshold=0.7))
    lines = next(a.lines for a in found if a.decision.rule == INDEX_RULE)
    assert "the configuration has changed since" in lines[2]


def test_a_mute_on_the_rule_keeps_it_back_and_it_is_not_told_later(archive: Archive) -> None:
    beyond(archive)
    with archive.write() as connection:
        kind, until = MuteKind.RULE, NOW + 2 * DAY
        mute(connection, kind, INDEX_RULE, author="Anna", reason="a vote", until=until, now=NOW)
    assert look(archive).held == 1
    (one,) = decided(archive, INDEX_RULE)
    assert one.outcome is Outcome.MUTED
    assert one.detail.startswith("rule realignment-index is muted by Anna until 2026-03-06")
    assert "a vote; The realignment index is beyond +0.50. Realignment index +0." in one.detail
    assert look(archive, NOW + 3 * DAY).sent == 0
    assert not told(archive)


def test_a_muted_story_is_neither_quoted_nor_named(archive: Archive) -> None:
    store(archive, [*several(14), report(50, 0, probability=0.97)])
    (story,) = {d.story_id for d in decided(archive, "never") if d.score > 0.95}
    with archive.write() as connection:
        kind, until = MuteKind.STORY, NOW + DAY
        mute(connection, kind, story, author="Anna", reason="known", until=until, now=NOW)
    assert look(archive).sent == 1
    assert "Event 50" not in plain_text(told(archive)[0])


def test_a_snooze_that_is_over_brings_it_back_with_the_index_as_it_is(archive: Archive) -> None:
    beyond(archive)
    look(archive)
    (first,) = told(archive)
    with archive.write() as connection:
        states.snooze(connection, first.alert_id, "Anna", NOW + DAY, NOW)
    later = NOW + DAY + timedelta(hours=1)
    assert look(archive, later).sent == 1
    assert look(archive, later).sent == 0
    again = told(archive)[-1]
    assert (again.revision, again.reason, again.subject) == (2, Reason.REOPENED, first.subject)
    assert again.news.startswith("The snooze by Anna is over. Realignment index +0.")
    with archive.read() as connection:
        found = alert_store.get(connection, first.alert_id)
    assert found is not None
    assert found.state == "open"


def test_a_story_that_tips_it_again_gets_another_revision(archive: Archive) -> None:
    store(archive, [report(3, probability=0.97), *(report(n) for n in range(14) if n != 3)])
    look(archive)
    (first,) = told(archive)
    store(archive, several(7, -1, TOWARD), NOW + DAY)
    assert look(archive, NOW + timedelta(days=1, hours=2)).sent == 0
    sure = {3: 0.97}
    store(
        archive,
        [report(n, -2, by=n % 7 + 7, probability=sure.get(n, 0.9)) for n in range(14)],
        NOW + 2 * DAY,
    )
    assert look(archive, NOW + timedelta(days=2, hours=2)).sent == 1
    again = told(archive)[-1]
    assert (again.alert_id, again.revision) == (first.alert_id, 2)
    assert again.reason is Reason.REOPENED
    assert len(again.earlier) == 1


def test_a_person_without_room_in_the_budget_finds_it_in_the_digest(archive: Archive) -> None:
    beyond(archive)
    settings = set_to(rules=QUIET.rules, daily_budget=1)
    take(archive, report(70, 0.1), settings=set_to(daily_budget=1), recipients=(PERSON,))
    assert len(queued(archive)) == 1
    assert look(archive, settings=settings, recipients=(PERSON,)).held == 1
    (one,) = decided(archive, INDEX_RULE)
    assert one.outcome is Outcome.BUDGET
    assert "the digest has it; The realignment index is beyond +0.50." in one.detail
    assert look(archive, settings=settings, recipients=(PERSON, MACHINE)).sent == 0


def test_a_rule_may_not_take_its_name() -> None:
    with pytest.raises(ValidationError, match=r"\[alerts.index\] sets; rename yours"):
        set_to(rules=[{"name": INDEX_RULE, "signals": ["csto_snub"]}])


def test_other_decisions_do_not_hang_on_its_settings(archive: Archive) -> None:
    beyond(archive)
    before = {d.story_id: d.config for d in decided(archive, "never")}
    rejudge(archive, around(with_index(threshold=0.9), NOW, ()))
    assert {d.story_id: d.config for d in decided(archive, "never")} == before


def test_what_was_kept_back_stays_so_when_its_story_is_merged(archive: Archive) -> None:
    beyond(archive)
    muted = {"author": "Anna", "reason": "a vote", "until": NOW + DAY, "now": NOW}
    with archive.write() as connection:
        mute(connection, MuteKind.RULE, INDEX_RULE, **muted)  # type: ignore[arg-type]
    assert look(archive).held == 1
    (one,) = decided(archive, INDEX_RULE)
    other = next(d.story_id for d in decided(archive, "never") if d.story_id != one.story_id)
    with archive.write() as connection:
        story_aliases.merge(connection, one.story_id, other, NOW, moved=INDEX_RULE)
    assert decided(archive, INDEX_RULE) == [replace(one, story_id=other)]
    store(archive, several(1, 0, TOWARD), NOW + 2 * DAY)
    assert look(archive, NOW + 2 * DAY).sent == 0


def test_a_snooze_that_is_over_says_why_its_muted_story_is_not_told(archive: Archive) -> None:
    beyond(archive)
    look(archive)
    (first,) = told(archive)
    with archive.write() as connection:
        states.snooze(connection, first.alert_id, "Anna", NOW + DAY, NOW)
        kind, until = MuteKind.STORY, NOW + 9 * DAY
        muted = {"author": "Anna", "reason": "known", "until": until, "now": NOW}
        mute(connection, kind, first.story.id, **muted)  # type: ignore[arg-type]
    rejudge(archive, around(QUIET, NOW + 2 * DAY, ()))
    assert look(archive, NOW + 2 * DAY).held == 1
    (one,) = decided(archive, INDEX_RULE)
    assert (one.outcome, one.story_id) == (Outcome.MUTED, first.story.id)
    assert f"story {first.story.id} is muted by Anna" in one.detail
    assert "The snooze by Anna is over. Realignment index +0." in one.detail
    assert len(told(archive)) == 1
