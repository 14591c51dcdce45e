"""A first alert waits for corroboration, updates are gathered, and time alone brings both out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts_kit import DAIRY, SIMPLE, edit, make, take
from alerts_views import decided, dump, told
from decisions_kit import HOUR, MINUTE, NOW, pass_time, ruled, set_to

from archive import Archive
from archive.types import Article, Direction, Outcome, Reason, Score

WAITING = set_to(group_wait=10.0, update_interval=60.0)


def fresh(key: str, minutes: float = 0, /, **more: object) -> tuple[Article, Score]:
    """An article that is published that many minutes after the tests' now, and seen at once."""
    article, score = make(key, **more)  # type: ignore[arg-type]
    when = NOW + timedelta(minutes=minutes)
    return replace(article, published=when, first_seen=when), score


def test_what_comes_within_the_wait_is_in_the_first_alert(any_archive: Archive) -> None:
    assert take(any_archive, fresh("a"), settings=WAITING).alerts_sent == 0
    (waiting,) = decided(any_archive)
    assert (waiting.outcome, waiting.detail) == (
        Outcome.HELD,
        "waits until 2026-03-04 12:10:00 UTC: the first alert waits for corroboration",
    )
    second = fresh("b", 5, outlet="Review")
    assert take(any_archive, second, settings=WAITING, now=NOW + 5 * MINUTE).alerts_sent == 0
    assert pass_time(any_archive, NOW + 9 * MINUTE, WAITING).sent == 0
    assert pass_time(any_archive, NOW + 10 * MINUTE, WAITING).sent == 1
    before = dump(any_archive)
    assert pass_time(any_archive, NOW + 11 * MINUTE, WAITING).sent == 0
    assert dump(any_archive) == before
    (first,) = told(any_archive)
    assert (first.reason, first.outlets) == (Reason.FIRST, ("Ararat Wire", "Review"))
    assert [d.outcome for d in decided(any_archive)] == [Outcome.SENT]


def test_what_was_published_before_the_wait_is_told_at_once(archive: Archive) -> None:
    assert take(archive, fresh("a", -10), settings=WAITING).alerts_sent == 1


def test_a_critical_alert_never_waits(archive: Archive) -> None:
    settings = ruled(severity="critical", group_wait=60.0, update_interval=60.0)
    assert take(archive, fresh("a"), settings=settings).alerts_sent == 1
    second = fresh("b", 1, outlet="Review")
    assert take(archive, second, settings=settings, now=NOW + MINUTE).alerts_sent == 1


def test_a_rule_has_a_wait_of_its_own(archive: Archive) -> None:
    settings = ruled(group_wait=30.0)
    assert take(archive, fresh("a", -10), settings=settings).alerts_sent == 0
    assert pass_time(archive, NOW + 20 * MINUTE, settings).sent == 1


def test_updates_are_gathered(archive: Archive) -> None:
    take(archive, make("a"), settings=WAITING)
    for minute, outlet in ((10, "Review"), (20, "Ledger"), (30, "Pristan")):
        more = make(outlet.lower(), outlet=outlet, hours=1)
        at = NOW + minute * MINUTE
        assert take(archive, more, settings=WAITING, now=at).alerts_sent == 0
    assert decided(archive)[0].detail == (
        "waits until 2026-03-04 13:00:00 UTC: updates are gathered (new_independent_source)"
    )
    assert pass_time(archive, NOW + 59 * MINUTE, WAITING).sent == 0
    assert pass_time(archive, NOW + HOUR, WAITING).sent == 1
    assert [len(p.origins) for p in told(archive)] == [1, 4]


def test_a_denial_and_a_correction_do_not_wait(archive: Archive) -> None:
    first = make("a")
    take(archive, first, settings=WAITING)
    denial = make("b", outlet="Lenta", direction=Direction.TOWARD, hours=2)
    assert take(archive, denial, settings=WAITING, now=NOW + MINUTE).alerts_sent == 1
    changed = edit(first, "Armenia will send observers. A letter was sent.")
    assert take(archive, changed, settings=WAITING, now=NOW + 2 * MINUTE).alerts_sent == 1
    assert [p.reason for p in told(archive)][1:] == [Reason.CONTRADICTED, Reason.CORRECTED]


def test_a_rule_that_is_new_decides_on_what_was_there_and_tells_nobody(archive: Archive) -> None:
    old = SIMPLE.model_copy(update={"rules": SIMPLE.rules[1:]})
    take(archive, make("a"), make("b", traits=DAIRY, hours=-80), settings=old)
    assert decided(archive) == []
    assert pass_time(archive, NOW + HOUR, SIMPLE).sent == 0
    assert [(d.outcome, d.detail) for d in decided(archive)] == [
        (Outcome.HELD, "the story was there before the rule: it is not told any more")
    ] * 2
    before = dump(archive)
    pass_time(archive, NOW + 2 * HOUR, SIMPLE)
    assert dump(archive) == before
