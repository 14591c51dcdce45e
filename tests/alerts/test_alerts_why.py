"""The answer to "why did I, or did I not, get this?", rule by rule, in clear words."""

from __future__ import annotations

from alerts_kit import MACHINE, NOW, PERSON, SIMPLE, make, take
from alerts_views import RULE
from decisions_kit import HOUR, alert, ruled, set_to

from alerts import AlertsSettings, states
from alerts.why import answers
from archive import Archive, endpoints, outbox, stories
from archive.types import Delivery, OutboxState


def said(archive: Archive, settings: AlertsSettings = SIMPLE) -> str:
    with archive.read() as connection:
        (story,) = stories.recent(connection, 10)
        found = answers(connection, story.id, settings)
    return "\n".join(line for one in found for line in one.lines)


def test_what_was_told_is_said_with_who_got_it_and_when(any_archive: Archive) -> None:
    take(any_archive, make("a"))
    with any_archive.write() as connection:
        states.acknowledge(connection, alert(any_archive).id, "Ani", NOW + HOUR, "on it")
        for message in outbox.messages(connection, alert(any_archive).id):
            good = message.channel == PERSON.channel
            done = Delivery(message.id, NOW + HOUR, good, "250" if good else "500", "as it went")
            state = OutboxState.SENT if good else OutboxState.DEAD
            outbox.settle(connection, message.id, done, state)
    text = said(any_archive)
    for part in (
        f"rule {RULE.name}: told; 1 independent origin",
        "csto_snub 0.74 against a threshold of 0.50, severity important; decided 2026-03-04 12:00",
        f"alert {alert(any_archive).id}, acked by Ani since 2026-03-04 13:00 UTC",
        "revision 1 (first), 2026-03-04 12:00 UTC",
        f"to {PERSON.address} by email: accepted 2026-03-04 13:00 UTC, 1 try",
        f"to {MACHINE.address} by ops: given up after 1 try; last error: 500 as it went",
        "ack by Ani, 2026-03-04 13:00 UTC: on it",
        "rule reengagement: not an alert; no article carries evidence of the rule's signals",
    ):
        assert part in text
    assert "changed since" not in text
    assert "the configuration has changed since" in said(any_archive, set_to(daily_budget=1))
    assert "there is no such rule any more" in said(any_archive, ruled(name="other"))


def test_what_was_not_told_says_which_condition_failed(archive: Archive) -> None:
    for settings, part in (
        (ruled(threshold=0.9), "the best evidence is below the rule's threshold: csto_snub 0.74, "),
        (ruled(directions=("toward",)), "the evidence says away, the rule asks for toward"),
        (ruled(languages=("ru", "hy")), "the evidence is in en, the rule asks for hy or ru"),
        (ruled(outlets=("Review",)), "the evidence is of Ararat Wire, the rule asks for Review"),
        (ruled(signals=("public_rift",)), "no article carries evidence of the rule's signals"),
        (ruled(min_origins=2), "1 independent origin, the rule asks for 2"),
    ):
        take(archive, make("a"), settings=settings)
        assert part in said(archive, settings)


def test_what_waits_says_until_when(archive: Archive) -> None:
    quiet = set_to(quiet={"from": "11:00", "to": "13:00"}, timezone="UTC")
    take(archive, make("a"), settings=quiet)
    text = said(archive, quiet)
    assert f"to {PERSON.address} by email: held by quiet hours until 2026-03-04 13:00 UTC" in text
    assert "to ops by ops: waiting, next try 2026-03-04 12:00 UTC, 0 tries so far" in text


def test_what_waits_for_a_disabled_channel_or_address_says_so_and_the_remedy(
    archive: Archive,
) -> None:
    take(archive, make("a"))
    with archive.write() as connection:
        endpoints.failed(connection, "ops", NOW, "410: Gone")
        endpoints.disable(connection, "ops", NOW)
    text = said(archive)
    assert (
        "to ops by ops: waits, as the channel is disabled since 2026-03-04 12:00 UTC (410: Gone); "
        "`pivotwatch alerts replay --channel ops` enables it and sends what waits"
    ) in text
    assert f"to {PERSON.address} by email: waiting, next try 2026-03-04 12:00 UTC" in text
    with archive.write() as connection:
        endpoints.enable(connection, "ops")
        endpoints.disable(connection, PERSON.channel, NOW + HOUR, recipient=PERSON.address)
    text = said(archive)
    assert "to ops by ops: waiting, next try" in text
    assert "email: waits, as the address is disabled since 2026-03-04 13:00 UTC; `piv" in text


def test_an_alert_to_nobody_says_so(archive: Archive) -> None:
    take(archive, make("a"), recipients=())
    assert "to nobody: no channel was configured" in said(archive)
