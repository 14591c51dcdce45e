"""Weighing a batch: stories, decisions, alerts and messages in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from alerts_kit import DAIRY, MACHINE, NOW, PERSON, SIMPLE, edit, make, take
from alerts_views import RULE, decided, dump, told

from alerts import AlertsSettings, Recipient, RuleSettings
from archive import Archive, articles
from archive import outbox as outbox_store
from archive.types import (
    Article,
    Direction,
    Outcome,
    Reason,
    Score,
)

HOUR = timedelta(hours=1)


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
        messages = outbox_store.messages(connection, alert.alert_id)
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
        make("c", signal="russia_reengagement", direction=Direction.TOWARD, hours=-90),
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
        queued = {
            m.channel for a in told(archive) for m in outbox_store.messages(connection, a.alert_id)
        }
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
    away, back = SIMPLE.rules
    rules = (
        away.model_copy(update={"channels": ("email",)}),
        back.model_copy(update={"channels": ("ops",)}),
    )
    assert take(archive, mixed("a"), settings=AlertsSettings(rules=rules)).alerts_sent == 2


def test_an_article_does_not_oppose_the_alert_it_supports(archive: Archive) -> None:
    take(archive, mixed("a"))
    assert told(archive)[0].counter.articles == ()


# --- budget ---


def event(key: str, probability: float) -> tuple[object, ...]:
    return make(key, hours=-80.0 * (ord(key) - 96), probability=probability)


def test_the_budget_keeps_the_strongest_and_moves_the_rest(archive: Archive) -> None:
    settings = SIMPLE.model_copy(update={"daily_budget": 2})
    batch = [event(k, p) for k, p in (("a", 0.6), ("b", 0.9), ("c", 0.7), ("d", 0.8))]
    report = take(archive, *batch, settings=settings, recipients=(PERSON,))
    assert (report.alerts_sent, report.held) == (2, 2)
    assert sorted(p.probability for p in told(archive)) == [0.8, 0.9]
    assert sorted(d.score for d in decided(archive) if d.outcome is Outcome.BUDGET) == [0.6, 0.7]
    tomorrow = take(archive, *batch, settings=settings, recipients=(PERSON,), now=NOW + 12 * HOUR)
    assert tomorrow.alerts_sent == 2


def test_machines_have_no_budget_and_people_one_each(archive: Archive) -> None:
    settings = SIMPLE.model_copy(update={"daily_budget": 1})
    late = Recipient("email", "late@desk.example")
    take(archive, event("a", 0.9), settings=settings, recipients=(PERSON,))
    take(archive, event("b", 0.9), settings=settings, recipients=(PERSON, late, MACHINE))
    with archive.read() as connection:
        to = [
            sorted(m.recipient for m in outbox_store.messages(connection, p.alert_id))
            for p in told(archive)
        ]
    assert sorted(to) == [[PERSON.address], [late.address, "ops"]]
    assert all(d.outcome is Outcome.SENT for d in decided(archive))


def test_no_budget_means_no_limit(archive: Archive) -> None:
    batch = [event(k, 0.9) for k in "abcdefgh"]
    report = take(
        archive,
        *batch,
        settings=SIMPLE.model_copy(update={"daily_budget": 0}),
        recipients=(PERSON,),
    )
    assert report.alerts_sent == 8


def test_an_update_over_budget_is_told_when_there_is_room(archive: Archive) -> None:
    settings = SIMPLE.model_copy(update={"daily_budget": 1, "update_interval": 0.0})
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
