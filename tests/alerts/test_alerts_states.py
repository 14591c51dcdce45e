"""What people do with alerts and mutes, and what that keeps back and what it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerts_kit import DAIRY, SIMPLE, edit, make, take
from alerts_views import RULE, decided, dump, told
from decisions_kit import HOUR, NOW, alert, pass_time, queued, ruled

from alerts import AlertError, mutes, states
from archive import Archive, actions, stories, story_aliases
from archive import mutes as mute_store
from archive.types import Direction, MuteKind, Outcome, Reason

DAY = timedelta(days=1)
FIXED = ruled(severity="important")


def act(archive: Archive, verb: str, **more: object) -> None:
    with archive.write() as connection:
        getattr(states, verb)(connection, alert(archive).id, "Ani", now=NOW, **more)


def reasons(archive: Archive) -> list[Reason]:
    return [p.reason for p in told(archive)]


def test_an_acknowledged_alert_tells_no_further_source(any_archive: Archive) -> None:
    take(any_archive, make("a"))
    act(any_archive, "acknowledge", why="calling the ministry")
    more = make("b", outlet="Review", hours=1)
    assert take(any_archive, more, now=NOW + HOUR).alerts_sent == 0
    (decision,) = decided(any_archive)
    assert (decision.outcome, decision.detail) == (
        Outcome.HELD,
        "acknowledged by Ani: new_independent_source is not told any more",
    )
    assert alert(any_archive).state == "acked"


def test_an_acknowledged_alert_still_tells_what_changes_the_assessment(archive: Archive) -> None:
    first = make("a", probability=0.6)
    take(archive, first)
    act(archive, "acknowledge")
    take(archive, make("b", family="ararat wire", probability=0.9, hours=1), now=NOW + HOUR)
    denial = make("c", outlet="Lenta", direction=Direction.TOWARD, hours=2)
    take(archive, denial, now=NOW + 2 * HOUR)
    words = "Armenia will send observers. A letter was sent."
    take(archive, edit(make("b", family="ararat wire", hours=1), words), now=NOW + 3 * HOUR)
    assert reasons(archive)[1:] == [Reason.SEVERITY_UP, Reason.CONTRADICTED, Reason.CORRECTED]
    assert alert(archive).state == "acked", "an update does not take the acknowledgement away"


def test_a_snooze_ends_at_its_time_and_says_so_once(any_archive: Archive) -> None:
    take(any_archive, make("a"))
    act(any_archive, "snooze", until=NOW + 8 * HOUR)
    assert pass_time(any_archive, NOW + 7 * HOUR).sent == 0
    assert pass_time(any_archive, NOW + 8 * HOUR).sent == 1
    before = dump(any_archive)
    assert pass_time(any_archive, NOW + 9 * HOUR).sent == 0
    assert dump(any_archive) == before
    last = told(any_archive)[-1]
    assert (last.reason, alert(any_archive).state) == (Reason.REOPENED, "open")
    assert last.news.startswith("The snooze by Ani is over")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"outlet": "Review"}, Reason.NEW_INDEPENDENT_SOURCE),
        ({"outlet": "Lenta", "direction": Direction.TOWARD}, Reason.CONTRADICTED),
        ({"family": "ararat wire", "probability": 0.95}, Reason.SEVERITY_UP),
    ],
)
def test_a_snooze_ends_early_when_it_gets_worse(
    archive: Archive, more: dict[str, object], reason: Reason
) -> None:
    take(archive, make("a", probability=0.6))
    act(archive, "snooze", until=NOW + 8 * HOUR)
    worse = make("b", hours=1, **more)  # type: ignore[arg-type]
    assert take(archive, worse, now=NOW + HOUR).alerts_sent == 1
    assert (reasons(archive)[-1], alert(archive).state) == (reason, "open")
    with archive.read() as connection:
        log = [a.action for a in actions.of_alert(connection, alert(archive).id)]
    assert log == ["snooze", "reopen"]


def test_a_snooze_holds_against_a_likelihood_that_is_no_severity(archive: Archive) -> None:
    take(archive, make("a", probability=0.6), settings=FIXED)
    act(archive, "snooze", until=NOW + 8 * HOUR)
    higher = make("b", family="ararat wire", probability=0.97, hours=1)
    assert take(archive, higher, settings=FIXED, now=NOW + HOUR).alerts_sent == 0
    assert decided(archive)[0].detail.startswith("snoozed by Ani until 2026-03-04 20:00 UTC")
    assert pass_time(archive, NOW + 8 * HOUR, FIXED).sent == 1
    assert reasons(archive)[-1] is Reason.SEVERITY_UP, "what was kept back is told, nothing else"


def test_a_closed_alert_is_reopened_by_new_evidence(archive: Archive) -> None:
    take(archive, make("a"))
    act(archive, "close", why="old news")
    copy = make("c", outlet="Ledger", origin="a", hours=1)
    assert take(archive, copy, now=NOW + HOUR).alerts_sent == 0
    assert alert(archive).state == "closed"
    take(archive, make("b", outlet="Review", hours=1), now=NOW + HOUR)
    last = told(archive)[-1]
    assert (last.reason, alert(archive).state) == (Reason.REOPENED, "open")
    assert last.news.startswith("Closed by Ani, and reopened: Review now reports it")


def test_an_alert_closes_by_itself_after_two_weeks(archive: Archive) -> None:
    take(archive, make("a"))
    pass_time(archive, NOW + 14 * DAY)
    assert alert(archive).state == "open"
    pass_time(archive, NOW + 14 * DAY + HOUR)
    assert (alert(archive).state, alert(archive).state_by) == ("closed", "pivotwatch")
    assert len(told(archive)) == 1, "it is only said in the digest"
    act(archive, "reopen")
    assert alert(archive).state == "open"


@pytest.mark.parametrize(
    ("verb", "more", "said"),
    [
        ("snooze", {"until": NOW}, "past"),
        ("snooze", {"until": NOW + 91 * DAY}, "90 days"),
    ],
)
def test_a_snooze_needs_an_end_within_reach(
    archive: Archive, verb: str, more: dict[str, object], said: str
) -> None:
    take(archive, make("a"))
    with pytest.raises(AlertError, match=said):
        act(archive, verb, **more)


def test_an_unknown_alert_and_a_nobody_are_refused(archive: Archive) -> None:
    take(archive, make("a"))
    with archive.write() as connection:
        with pytest.raises(AlertError, match="alerts list"):
            states.close(connection, "al_none", "Ani", NOW)
        with pytest.raises(AlertError, match="who"):
            states.close(connection, alert(archive).id, " \n", NOW)


# --- mutes ---


def mute(archive: Archive, kind: MuteKind, value: str) -> str:
    with archive.write() as connection:
        return mutes.mute(
            connection, kind, value, author="Ani", reason="a noisy week", until=NOW + DAY, now=NOW
        ).id


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        (MuteKind.RULE, RULE.name, Outcome.MUTED),
        (MuteKind.RULE, "another", Outcome.SENT),
        (MuteKind.SIGNAL, "csto_snub", Outcome.MUTED),
        (MuteKind.SIGNAL, "public_rift", Outcome.SENT),
        (MuteKind.OUTLET, "Ararat Wire", Outcome.MUTED),
        (MuteKind.OUTLET, "Review", Outcome.SENT),
    ],
)
def test_a_mute_keeps_back_what_it_names(
    archive: Archive, kind: MuteKind, value: str, outcome: Outcome
) -> None:
    mute(archive, kind, value)
    take(archive, make("a"))
    (decision,) = decided(archive)
    assert decision.outcome is outcome
    if outcome is Outcome.MUTED:
        assert decision.detail == (
            f"{kind} {value} is muted by Ani until 2026-03-05 12:00 UTC: a noisy week"
        )


def test_a_muted_outlet_does_not_silence_the_others(archive: Archive) -> None:
    mute(archive, MuteKind.OUTLET, "Ararat Wire")
    assert take(archive, make("a"), make("b", outlet="Review", hours=1)).alerts_sent == 1


def test_a_muted_outlet_does_not_count_as_an_origin(archive: Archive) -> None:
    mute(archive, MuteKind.OUTLET, "Ararat Wire")
    both = (make("a"), make("b", outlet="Review", hours=1))
    assert take(archive, *both, settings=ruled(min_origins=2)).alerts_sent == 0
    assert decided(archive)[0].outcome is Outcome.MUTED


def test_a_muted_story_still_tells_a_correction(any_archive: Archive) -> None:
    first = make("a")
    take(any_archive, first)
    mute(any_archive, MuteKind.STORY, alert(any_archive).story_id)
    more = make("b", outlet="Review", hours=1)
    assert take(any_archive, more, now=NOW + HOUR).alerts_sent == 0
    assert decided(any_archive)[0].outcome is Outcome.MUTED
    changed = edit(first, "Armenia will send observers. A letter was sent.")
    assert take(any_archive, changed, now=NOW + 2 * HOUR).alerts_sent == 1
    assert reasons(any_archive)[-1] is Reason.CORRECTED


def test_a_mute_ends_by_itself_and_by_hand(any_archive: Archive) -> None:
    muted = mute(any_archive, MuteKind.SIGNAL, "csto_snub")
    with any_archive.read() as connection:
        assert [m.id for m in mute_store.active(connection, NOW + DAY - HOUR)] == [muted]
        assert mute_store.active(connection, NOW + DAY) == []
    with any_archive.write() as connection:
        mutes.unmute(connection, muted, NOW + HOUR)
        with pytest.raises(AlertError, match="alerts mutes"):
            mutes.unmute(connection, muted, NOW + HOUR)
        assert mute_store.active(connection, NOW + HOUR) == []
        assert [m.lifted for m in mute_store.every(connection)] == [NOW + HOUR]
    assert mute(any_archive, MuteKind.SIGNAL, "csto_snub") == muted, "muted anew"
    with any_archive.read() as connection:
        assert len(mute_store.active(connection, NOW + HOUR)) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": " "}, "reason missing"),
        ({"author": ""}, "author missing"),
        ({"value": "\n"}, "value missing"),
        ({"until": NOW}, "past"),
        ({"until": NOW + 400 * DAY}, "within a year"),
    ],
)
def test_a_mute_says_what_who_why_and_until_when(
    archive: Archive, change: dict[str, object], said: str
) -> None:
    given = {"author": "Ani", "reason": "noise", "until": NOW + DAY, "value": "x"} | change
    with archive.write() as connection, pytest.raises(AlertError, match=said):
        mutes.mute(connection, MuteKind.RULE, now=NOW, **given)  # type: ignore[arg-type]


def test_an_alert_goes_on_under_the_story_that_its_story_was_merged_into(
    any_archive: Archive,
) -> None:
    take(any_archive, make("a", hours=-100))
    raised = alert(any_archive)
    take(any_archive, make("d", outlet="Lenta", hours=-20, traits=DAIRY, probability=0.3))
    mute_on_old = raised.story_id
    with any_archive.write() as connection:
        other = next(s.id for s in stories.recent(connection, 9) if s.id != raised.story_id)
        story_aliases.merge(connection, raised.story_id, other, NOW)
    more = make("b", outlet="Review", hours=-20, traits=DAIRY, probability=0.8)
    assert take(any_archive, more, now=NOW + HOUR).alerts_sent == 1
    last = told(any_archive)[-1]
    assert (last.alert_id, last.revision) == (raised.id, 2), "no second alert"
    assert last.reason is Reason.NEW_INDEPENDENT_SOURCE
    mute(any_archive, MuteKind.STORY, mute_on_old)
    third = make("e", outlet="Third", hours=-20, traits=DAIRY, probability=0.8)
    take(any_archive, third, now=NOW + 2 * HOUR)
    assert len(told(any_archive)) == 2


def test_states_do_not_send_anything_by_themselves(archive: Archive) -> None:
    take(archive, make("a"), make("d", traits=DAIRY, hours=-200, probability=0.3))
    before = len(queued(archive))
    act(archive, "acknowledge")
    pass_time(archive, NOW + HOUR, SIMPLE)
    assert len(queued(archive)) == before
