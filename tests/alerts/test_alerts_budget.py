"""The budget of a person's day, what quiet hours do to it, and a threshold taken from a budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from alerts_kit import MACHINE, NOW, PERSON, make, take
from alerts_views import RULE, decided, told
from decisions_kit import HOUR, pass_time, queued, ruled, set_to
from hypothesis import given
from hypothesis import strategies as st

from alerts import AlertsSettings, Recipient
from alerts.budget import threshold_for
from alerts.severity import severity_of
from archive import Archive, unsubscribed
from archive.types import Article, Decision, Outcome, Reason, Score, Severity

NIGHT = {"from": "22:00", "to": "07:00"}
OTHER = Recipient("email", "late@desk.example")


def event(number: int, /, **more: object) -> tuple[Article, Score]:
    """An article on an event of its own."""
    return make(f"e{number}", hours=-80.0 * number, **more)  # type: ignore[arg-type]


def test_a_day_is_the_persons_own(any_archive: Archive) -> None:
    settings = set_to(
        daily_budget=1,
        timezone="UTC",
        people=({"address": PERSON.address, "timezone": "Asia/Tokyo"},),
    )
    both = (PERSON, OTHER)
    at = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)  # 23:30 in Tokyo
    take(any_archive, event(1), settings=settings, recipients=both, now=at)
    take(any_archive, event(2), settings=settings, recipients=both, now=at + HOUR)
    assert [len(queued(any_archive, one)) for one in both] == [2, 1]
    details = {d.detail for d in decided(any_archive)}
    assert details == {
        "1 independent origin",
        f"1 independent origin; over the budget of {OTHER.address}: the digest has it",
    }
    take(any_archive, event(3), settings=settings, recipients=both, now=at + 10 * HOUR)
    assert [len(queued(any_archive, one)) for one in both] == [2, 2]


def test_one_person_may_have_a_budget_of_their_own(archive: Archive) -> None:
    settings = set_to(daily_budget=1, people=({"address": OTHER.address, "daily_budget": 0},))
    for number in range(3):
        take(archive, event(number), settings=settings, recipients=(PERSON, OTHER))
    assert [len(queued(archive, one)) for one in (PERSON, OTHER)] == [1, 3]


def test_critical_alerts_have_no_budget_and_no_night(archive: Archive) -> None:
    critical = ruled(severity="critical").rules
    settings = set_to(daily_budget=1, quiet=NIGHT, timezone="UTC", rules=critical)
    late = NOW.replace(hour=23)
    report = take(archive, *(event(n) for n in range(3)), settings=settings, now=late)
    assert report.alerts_sent == 3
    assert {m.next_at for m in queued(archive)} == {late}


def test_quiet_hours_hold_and_the_morning_has_room_for_six(any_archive: Archive) -> None:
    settings = set_to(daily_budget=2, quiet=NIGHT, timezone="Europe/Brussels")
    evening = datetime(2026, 3, 4, 20, tzinfo=UTC)
    take(any_archive, event(1), event(2), event(3), settings=settings, now=evening)
    night = evening + 2 * HOUR
    take(any_archive, event(4), event(5), event(6), settings=settings, now=night)
    morning = datetime(2026, 3, 5, 6, tzinfo=UTC)
    assert [m.held_until for m in queued(any_archive)] == [None, None, morning, morning]
    assert [m.next_at for m in queued(any_archive)] == [evening, evening, morning, morning]
    assert {m.held_until for m in queued(any_archive, MACHINE)} == {None}
    take(any_archive, event(7), settings=settings, now=morning + HOUR)
    assert len(queued(any_archive)) == 4, "what the night held belongs to the morning's budget"
    assert len(queued(any_archive, MACHINE)) == 7
    held = [d for d in decided(any_archive) if "quiet hours" in d.detail]
    assert len(held) == 2
    assert all("until 2026-03-05 06:00 UTC" in d.detail for d in held)


@pytest.mark.parametrize(
    ("settings", "until"),
    [
        (set_to(quiet=NIGHT, timezone="UTC"), 7),
        (set_to(quiet=NIGHT | {"timezone": "Asia/Yerevan"}, timezone="UTC"), 3),
        (
            set_to(
                quiet={"from": "01:00", "to": "02:00"},
                people=({"address": PERSON.address, "quiet": NIGHT, "timezone": "UTC"},),
            ),
            7,
        ),
        (set_to(rules=ruled(quiet={"from": "22:00", "to": "05:00"}).rules, timezone="UTC"), 5),
    ],
)
def test_quiet_hours_are_the_rules_or_the_persons_or_everybodys(
    archive: Archive, settings: AlertsSettings, until: int
) -> None:
    late = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
    take(archive, make("a"), settings=settings, now=late)
    (message,) = queued(archive)
    assert message.next_at == datetime(2026, 3, 5, until, tzinfo=UTC)


def test_what_the_budget_kept_is_not_sent_late_by_itself(archive: Archive) -> None:
    settings = set_to(daily_budget=1)
    take(archive, event(1), event(2), settings=settings, recipients=(PERSON,))
    assert pass_time(archive, NOW + 24 * HOUR, settings, (PERSON,)).sent == 0
    assert sorted(d.outcome for d in decided(archive)) == [Outcome.BUDGET, Outcome.SENT]


def test_who_has_unsubscribed_is_not_told(archive: Archive) -> None:
    with archive.write() as connection:
        unsubscribed.add(connection, PERSON.address.upper(), "a link", NOW)
    take(archive, make("a"))
    assert (queued(archive), len(queued(archive, MACHINE))) == ([], 1)


# --- a rule's own budget ---


@given(
    scores=st.lists(st.floats(0.01, 0.99), max_size=80),
    budget=st.floats(0.1, 5),
    days=st.floats(3, 14),
)
def test_a_threshold_lets_as_many_through_as_the_budget_allows(
    scores: list[float], budget: float, days: float
) -> None:
    found = threshold_for(budget, scores, days)
    if found is None:
        assert len(scores) <= budget * days
    else:
        assert sum(score >= found for score in scores) <= budget * days


def test_a_short_past_gives_no_threshold() -> None:
    assert threshold_for(1, [0.9] * 50, 2.9) is None


def test_a_rule_with_a_budget_takes_its_threshold_from_its_own_past(archive: Archive) -> None:
    settings = ruled(budget=0.5)
    for number in range(20):
        take(
            archive,
            event(number + 1, probability=0.5 + number / 50),
            settings=ruled(threshold=0.99),
            now=NOW - timedelta(days=10 - number / 2),
        )
    take(archive, event(40, probability=0.71), event(41, probability=0.91), settings=settings)
    outcomes = {round(d.score, 2): (d.outcome, d.threshold) for d in decided(archive)}
    assert outcomes[0.91][0] is Outcome.SENT
    assert outcomes[0.71][0] is Outcome.BELOW
    assert 0.75 < outcomes[0.71][1] < 0.81


# --- severity ---


@pytest.mark.parametrize(
    ("signal", "probability", "origins", "level"),
    [
        ("russian_presence", 0.95, 2, Severity.CRITICAL),
        ("russian_presence", 0.95, 1, Severity.IMPORTANT),
        ("csto_snub", 0.97, 3, Severity.IMPORTANT),
        ("csto_snub", 0.6, 1, Severity.NOTABLE),
        ("regional_opening", 0.7, 1, Severity.WATCH),
        (None, 0.0, 0, Severity.WATCH),
    ],
)
def test_severity_is_probability_times_impact(
    signal: str | None, probability: float, origins: int, level: Severity
) -> None:
    assert severity_of(signal, probability, origins) is level


def test_a_rule_may_fix_it(archive: Archive) -> None:
    take(archive, make("a"), settings=ruled(severity="watch"))
    assert [p.severity for p in told(archive)] == ["watch"]
    (decision,) = decided(archive)
    assert isinstance(decision, Decision)
    assert decision.severity == "watch"


def test_a_second_origin_can_make_it_critical_and_that_is_the_reason(archive: Archive) -> None:
    settings = ruled(signals=("russian_presence",))
    base = {"signal": "russian_presence", "probability": 0.95}
    take(archive, make("a", **base), settings=settings)  # type: ignore[arg-type]
    second = make("b", outlet="Review", hours=1, **base)  # type: ignore[arg-type]
    take(archive, second, settings=settings, now=NOW + HOUR)
    assert [(p.reason, p.severity) for p in told(archive)] == [
        (Reason.FIRST, "important"),
        (Reason.SEVERITY_UP, "critical"),
    ]
    assert RULE.name == decided(archive)[0].rule
