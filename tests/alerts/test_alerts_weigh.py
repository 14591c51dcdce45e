"""Weighing a batch: stories, decisions, alerts and messages in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alerts_kit import DAIRY, MACHINE, NOW, PERSON, edit, make, take

from alerts import AlertsSettings, Recipient, RuleSettings, read_payload
from alerts.payload import AlertPayload
from archive import Archive, articles, stories
from archive import alerts as store
from archive.tables import metadata
from archive.types import (
    Article,
    Contribution,
    Decision,
    Direction,
    Outcome,
    Passage,
    Reason,
    Score,
)

RULE = AlertsSettings().rules[0]
HOUR = timedelta(hours=1)


def told(archive: Archive) -> list[AlertPayload]:
    """Everything that was told, in order."""
    with archive.read() as connection:
        found = []
        for alert in store.recent(connection, 100):
            for number in range(1, alert.revision + 1):
                revision = store.revision(connection, alert.id, number)
                assert revision is not None
                found.append(read_payload(revision.payload))
    return sorted(found, key=lambda p: (p.created, p.alert_id, p.revision))


def decided(archive: Archive, rule: str = RULE.name) -> list[Decision]:
    with archive.read() as connection:
        return [
            d
            for s in stories.recent(connection, 100)
            for d in stories.decisions(connection, s.id)
            if d.rule == rule
        ]


def dump(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with archive.read() as connection:
        return {
            t.name: sorted(map(tuple, connection.execute(sa.select(t))), key=repr)
            for t in metadata.sorted_tables
        }


def test_one_event_gives_one_alert_with_all_its_outlets(any_archive: Archive) -> None:
    report = take(
        any_archive,
        make("a"),
        make("b", outlet="Pristan", lang="ru", hours=1, probability=0.81),
        make("c", outlet="Ledger", hours=2, origin="a"),
        make("d", outlet="Review", probability=0),
    )
    assert (report.evidence, report.stories_new, report.alerts_sent) == (3, 1, 1)
    (alert,) = told(any_archive)
    assert alert.outlets == ("Ararat Wire", "Pristan", "Ledger")
    assert [(o.family, len(o.articles), len(o.copies)) for o in alert.origins] == [
        ("ararat wire", 1, 1),
        ("pristan", 1, 0),
    ]
    assert (alert.reason, alert.revision, alert.probability) == (Reason.FIRST, 1, 0.81)
    assert (alert.likelihood, alert.confidence) == ("very likely", "moderate")
    assert alert.counter.summary == "None found in 3 articles with evidence of the last 30 days."
    with any_archive.read() as connection:
        messages = store.messages(connection, alert.alert_id)
        assert articles.unscored(connection, 10) == []
    assert {(m.channel, m.recipient) for m in messages} == {
        (PERSON.channel, PERSON.address),
        (MACHINE.channel, MACHINE.address),
    }


def test_weighing_a_batch_again_changes_no_row(any_archive: Archive) -> None:
    batch = (make("a"), make("b", hours=1, outlet="Review"), make("c", traits=DAIRY))
    take(any_archive, *batch)
    take(any_archive, edit(batch[0], "The letter was never sent. All else stands."))
    before = dump(any_archive)
    again = take(any_archive, *batch[1:], now=NOW + HOUR)
    assert dump(any_archive) == before
    assert again == replace(again, evidence=0, stories_new=0, stories_updated=0, alerts_sent=0)
    assert again.held == 0


def test_every_story_and_rule_has_exactly_one_decision(archive: Archive) -> None:
    take(
        archive,
        make("a"),
        make("b", signal="trade_retaliation", traits=DAIRY, probability=0.3),
        make("c", signal="russia_reengagement", direction=Direction.TOWARD, hours=90),
    )
    away = {d.signal: d.outcome for d in decided(archive)}
    back = [d.outcome for d in decided(archive, "reengagement")]
    assert away == {
        "csto_snub": Outcome.SENT,
        "trade_retaliation": Outcome.BELOW,
        None: Outcome.BELOW,
    }
    assert sorted(back) == [Outcome.BELOW, Outcome.BELOW, Outcome.SENT]
    sent = next(d for d in decided(archive) if d.outcome is Outcome.SENT)
    assert (sent.score, sent.threshold, sent.model_id) == (0.74, 0.5, "m_test")


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"threshold": 0.9}, Outcome.BELOW),
        ({"directions": ("toward",)}, Outcome.BELOW),
        ({"languages": ("ru", "hy")}, Outcome.BELOW),
        ({"signals": ("public_rift",)}, Outcome.BELOW),
        ({"min_origins": 2}, Outcome.HELD),
        ({"threshold": 0.74}, Outcome.SENT),
        ({"languages": ("en",), "channels": ("ops",)}, Outcome.SENT),
    ],
)
def test_a_rule_decides_by_its_conditions(
    archive: Archive, rule: dict[str, object], outcome: Outcome
) -> None:
    wanted = RuleSettings.model_validate({"name": RULE.name, "signals": ("csto_snub",), **rule})
    copy = make("c", hours=1, outlet="Ledger", origin="a")
    take(archive, make("a"), copy, settings=AlertsSettings(rules=(wanted,)))
    (decision,) = decided(archive)
    assert decision.outcome is outcome
    with archive.read() as connection:
        queued = {m.channel for a in told(archive) for m in store.messages(connection, a.alert_id)}
    if outcome is not Outcome.SENT:
        assert not queued
    else:
        assert queued == set(wanted.channels or ("email", "ops"))


def test_a_second_origin_releases_a_held_story(archive: Archive) -> None:
    settings = AlertsSettings(rules=(RULE.model_copy(update={"min_origins": 2}),))
    assert take(archive, make("a"), settings=settings).held == 1
    assert take(archive, make("b", outlet="Review"), settings=settings).alerts_sent == 1
    assert told(archive)[0].reason is Reason.FIRST


def mixed(key: str, **more: object) -> tuple[Article, Score]:
    """An article with evidence for both default rules, the away signal the stronger."""
    article, score = make(key, probability=0.8, direction=Direction.MIXED, **more)
    (first,) = score.evidence
    second = replace(first, signal="russia_reengagement", probability=0.55)
    return article, replace(score, evidence=(first, second))


def test_an_article_is_told_by_one_rule_only(archive: Archive) -> None:
    batch = (mixed("a"), make("b", outlet="Review", hours=1))
    assert take(archive, *batch).alerts_sent == 1
    (back,) = decided(archive, "reengagement")
    assert (back.outcome, back.detail) == (
        Outcome.HELD,
        'the alert of rule "realignment" has all its articles',
    )
    before = dump(archive)
    take(archive, *batch, now=NOW + HOUR)
    assert dump(archive) == before


def test_two_rules_with_different_recipients_tell_both(archive: Archive) -> None:
    away, back = AlertsSettings().rules
    rules = (
        away.model_copy(update={"channels": ("email",)}),
        back.model_copy(update={"channels": ("ops",)}),
    )
    assert take(archive, mixed("a"), settings=AlertsSettings(rules=rules)).alerts_sent == 2


def test_an_article_does_not_oppose_the_alert_it_supports(archive: Archive) -> None:
    take(archive, mixed("a"))
    assert told(archive)[0].counter.articles == ()


# --- reasons ---


def test_a_copy_is_never_a_reason(archive: Archive) -> None:
    take(archive, make("a"))
    copy = make("b", outlet="Ledger", hours=1, origin="a", probability=0.97)
    assert take(archive, copy, now=NOW + HOUR).alerts_sent == 0
    assert len(told(archive)) == 1


def test_a_second_article_of_the_same_owner_is_no_reason(archive: Archive) -> None:
    take(archive, make("a", family="ararat"))
    more = make("b", outlet="Ararat Lenta", family="ararat", hours=1)
    assert take(archive, more, now=NOW + HOUR).alerts_sent == 0


def test_a_new_independent_source_is_a_reason_once(archive: Archive) -> None:
    take(archive, make("a"))
    assert take(archive, make("b", outlet="Review", hours=1), now=NOW + HOUR).alerts_sent == 1
    assert take(archive, make("c", outlet="Review", hours=2), now=NOW + HOUR).alerts_sent == 0
    last = told(archive)[-1]
    assert (last.reason, last.revision) == (Reason.NEW_INDEPENDENT_SOURCE, 2)
    assert last.news == "Review now reports it independently: 2 independent origins, 1 before."
    assert [(e.revision, e.reason) for e in last.earlier] == [(1, Reason.FIRST)]


def test_a_denial_in_the_story_is_a_reason(archive: Archive) -> None:
    take(archive, make("a"))
    denial = make(
        "b",
        outlet="Lenta",
        title="Ministry denies it",
        text="The ministry denied a break with the CSTO. Talks go on.",
        direction=Direction.TOWARD,
        hours=2,
    )
    assert take(archive, denial, now=NOW + HOUR).alerts_sent == 1
    assert take(archive, denial, now=NOW + 2 * HOUR).alerts_sent == 0
    last = told(archive)[-1]
    assert (last.reason, last.confidence) == (Reason.CONTRADICTED, "low")
    assert [s.outlet for s in last.counter.articles] == ["Lenta"]
    assert last.counter.passages[0].text == "The ministry denied a break with the CSTO"
    assert len(last.origins) == 1, "a denial does not support what it denies"


def test_a_copied_denial_is_told_once(archive: Archive) -> None:
    denial = {"direction": Direction.TOWARD, "outlet": "Lenta", "hours": 2.0}
    take(archive, make("a"))
    take(archive, make("b", **denial), now=NOW + HOUR)
    copy = make("c", origin="b", **{**denial, "outlet": "Kurier", "hours": 3.0})
    assert take(archive, copy, now=NOW + 2 * HOUR).alerts_sent == 0


def test_an_edited_quote_is_a_correction(archive: Archive) -> None:
    first = make("a")
    take(archive, first)
    changed = edit(first, "Armenia will send neither troops nor observers. A letter was sent.")
    assert take(archive, changed, now=NOW + HOUR).alerts_sent == 1
    last = told(archive)[-1]
    assert last.reason is Reason.CORRECTED
    assert [q.text for q in last.superseded] == ["Armenia will not take part in the exercise"]
    assert [q.text for q in last.passages] == ["Armenia will send neither troops nor observers"]


def test_an_edit_beside_the_quote_is_no_reason(archive: Archive) -> None:
    first = make("a")
    take(archive, first)
    changed = edit(first, first[0].text.replace(" A letter", "\n\nA long letter"))
    assert take(archive, changed, now=NOW + HOUR).alerts_sent == 0


def test_a_withdrawn_claim_is_told_although_nothing_is_left_of_it(archive: Archive) -> None:
    first = make("a")
    take(archive, first)
    changed = edit(first, "This article has been withdrawn.", probability=0)
    assert take(archive, changed, now=NOW + HOUR).alerts_sent == 1
    before = dump(archive)
    assert take(archive, changed, now=NOW + 2 * HOUR).alerts_sent == 0
    assert dump(archive) == before
    last = told(archive)[-1]
    assert (last.reason, last.passages, len(last.superseded)) == (Reason.CORRECTED, (), 1)
    assert decided(archive)[0].outcome is Outcome.SENT


def test_a_higher_row_is_a_reason_and_the_same_row_is_not(archive: Archive) -> None:
    take(archive, make("a", probability=0.6, family="x"))
    same_row = make("b", probability=0.79, family="x", hours=1)
    assert take(archive, same_row, now=NOW + HOUR).alerts_sent == 0
    higher = make("c", probability=0.8, family="x", hours=2)
    assert take(archive, higher, now=NOW + 2 * HOUR).alerts_sent == 1
    last = told(archive)[-1]
    assert last.reason is Reason.SEVERITY_UP
    assert last.news == "The likelihood has risen from likely (0.60) to very likely (0.80)."


def test_several_reasons_at_once_are_one_revision(archive: Archive) -> None:
    first = make("a", probability=0.6)
    take(archive, first)
    report = take(
        archive,
        edit(first, "Armenia will send observers after all. A letter was sent."),
        make("b", outlet="Review", probability=0.9),
        make("c", outlet="Lenta", direction=Direction.TOWARD),
        now=NOW + HOUR,
    )
    assert report.alerts_sent == 1
    assert told(archive)[-1].reason is Reason.CORRECTED


# --- counter-evidence ---


def test_other_stories_that_point_the_other_way_are_shown(archive: Archive) -> None:
    tie = make(
        "t",
        outlet="Kurier",
        title="Railway concession extended",
        signal="russia_reengagement",
        direction=Direction.TOWARD,
        traits=DAIRY,
    )
    take(archive, tie)
    against = Passage("A letter was sent to Moscow.", 44, 72, (Contribution("x", "y", -1.0),))
    take(archive, make("a", counter=(against,)), now=NOW + HOUR)
    counter = told(archive)[-1].counter
    assert [(s.title, s.outlets) for s in counter.stories] == [
        ("Railway concession extended", ("Kurier",))
    ]
    assert [q.text for q in counter.passages] == ["A letter was sent to Moscow."]
    assert counter.summary.startswith("1 other story of the last 30 days")
    back = next(p for p in told(archive) if p.rule == "reengagement")
    assert back.direction is Direction.TOWARD


def test_quotes_stand_word_for_word_in_their_articles(archive: Archive) -> None:
    text = "Հայաստանը չի մասնակցի զորավարժություններին։ " + "Շատ երկար նախադասություն " * 200
    take(archive, make("a", text=text, lang="hy", quote=text.strip()))
    (quote,) = told(archive)[0].passages
    assert quote.cut
    assert quote.text in text
    assert len(quote.text) <= 1_200


def test_what_is_quoted_as_evidence_is_not_quoted_against_it(archive: Archive) -> None:
    article, _ = make("a")
    inside = Passage(article.text[8:30], 8, 30)
    after = Passage(article.text[44:], 44, len(article.text))
    take(archive, make("a", counter=(inside, after)))
    (alert,) = told(archive)
    assert [q.text for q in alert.counter.passages] == [after.text]
    for quote in (*alert.passages, *alert.counter.passages):
        assert article.text[quote.start : quote.end] == quote.text


# --- budget ---


def event(key: str, probability: float) -> tuple[object, ...]:
    return make(key, hours=ord(key) * 80.0, probability=probability)


def test_the_budget_keeps_the_strongest_and_moves_the_rest(archive: Archive) -> None:
    settings = AlertsSettings(daily_budget=2)
    batch = [event(k, p) for k, p in (("a", 0.6), ("b", 0.9), ("c", 0.7), ("d", 0.8))]
    report = take(archive, *batch, settings=settings, recipients=(PERSON,))
    assert (report.alerts_sent, report.held) == (2, 2)
    assert sorted(p.probability for p in told(archive)) == [0.8, 0.9]
    assert sorted(d.score for d in decided(archive) if d.outcome is Outcome.BUDGET) == [0.6, 0.7]
    tomorrow = take(archive, *batch, settings=settings, recipients=(PERSON,), now=NOW + 12 * HOUR)
    assert tomorrow.alerts_sent == 2


def test_machines_have_no_budget_and_people_one_each(archive: Archive) -> None:
    settings = AlertsSettings(daily_budget=1)
    late = Recipient("email", "late@desk.example")
    take(archive, event("a", 0.9), settings=settings, recipients=(PERSON,))
    take(archive, event("b", 0.9), settings=settings, recipients=(PERSON, late, MACHINE))
    with archive.read() as connection:
        to = [
            sorted(m.recipient for m in store.messages(connection, p.alert_id))
            for p in told(archive)
        ]
    assert sorted(to) == [[PERSON.address], [late.address, "ops"]]
    assert all(d.outcome is Outcome.SENT for d in decided(archive))


def test_no_budget_means_no_limit(archive: Archive) -> None:
    batch = [event(k, 0.9) for k in "abcdefgh"]
    report = take(archive, *batch, settings=AlertsSettings(daily_budget=0), recipients=(PERSON,))
    assert report.alerts_sent == 8


def test_an_update_over_budget_is_told_when_there_is_room(archive: Archive) -> None:
    settings = AlertsSettings(daily_budget=1)
    take(archive, make("a"), settings=settings, recipients=(PERSON,))
    more = make("b", outlet="Review")
    assert take(archive, more, settings=settings, recipients=(PERSON,)).alerts_sent == 0
    assert decided(archive)[0].outcome is Outcome.BUDGET
    later = NOW + 12 * HOUR
    assert take(archive, more, settings=settings, recipients=(PERSON,), now=later).alerts_sent == 1


def test_a_later_copy_finds_the_story_of_its_original(archive: Archive) -> None:
    take(archive, make("a"))
    late = make("b", origin="a", hours=24 * 20.0, traits=DAIRY)
    report = take(archive, late, now=NOW + 20 * 24 * HOUR)
    assert (report.stories_new, report.stories_updated, report.alerts_sent) == (0, 1, 0)
