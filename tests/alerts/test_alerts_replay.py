"""``alerts dead|replay|channels``, and what is due in which order, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alerts_kit import MACHINE, NOW, PERSON
from cli_kit import Terminal
from outbox_kit import queue, states

from alerts import AlertPayload, Receipt, deliver
from alerts.replay import replay_channel, works
from archive import (
    Archive,
    catch_ups,
    endpoints,
    lanes,
    outbox,
    replays,
    unsubscribed,
    upgrade,
)
from archive.types import Delivery, Endpoint, Message, OutboxState

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal on a home whose configuration has mail."""
    root = tmp_path / "home"
    root.mkdir()
    (root / "pivotwatch.toml").write_text(
        '[email]\nhost = "127.0.0.1"\nsecurity = "plain"\n'
        'from = "alerts@pivot.example"\nto = ["analyst@desk.example"]\n'
    )
    return Terminal(root, monkeypatch, capsys)


@pytest.fixture
def home(terminal: Terminal) -> Archive:
    """The archive of that home, with one message given up and one that waits."""
    archive = Archive(f"sqlite:///{terminal.root / 'pivotwatch.db'}")
    upgrade(archive)
    (one, _) = queue(archive, 2, recipients=(PERSON,))
    with archive.write() as connection:
        refusal = Delivery(one.id, NOW, ok=False, code="554", detail="no")
        outbox.settle(connection, one.id, refusal, OutboxState.DEAD)
        endpoints.failed(connection, "email", NOW, "554: no")
        endpoints.disable(connection, "email", NOW)
    return archive


def test_dead_letters_are_shown_and_sent_again(terminal: Terminal, home: Archive) -> None:
    (dead,) = terminal("alerts", "dead", "--json").json
    assert (dead["channel"], dead["error"], dead["tries"]) == ("email", "554 no", 1)
    assert dead["id"] in terminal("alerts", "dead").out
    answer = terminal("alerts", "replay", dead["id"])
    assert (answer.code, f"due again: 1 ({dead['id']})" in answer.err) == (0, True)
    assert terminal("alerts", "dead", "--json").json == []
    assert states(home, "email") == [OutboxState.DUE] * 2


def test_a_channel_is_shown_and_enabled_again(terminal: Terminal, home: Archive) -> None:
    (before,) = terminal("alerts", "channels", "--json").json
    assert (before["state"], before["reason"]) == ("disabled", "554: no")
    assert "disabled" in terminal("alerts", "channels").out
    late = terminal("alerts", "replay", "--channel", "email", "--since", "2027-01-01")
    assert "email: enabled again; 0 given-up messages" in late.err
    answer = terminal("alerts", "replay", "--channel", "email", "--since", "2026-01-01T00:00+00:00")
    assert "email: 1 given-up messages are due again" in answer.err
    assert terminal("alerts", "channels", "--json").json[0]["state"] == "well"
    with home.write() as connection:
        endpoints.failed(connection, "email", NOW, "451: later")
    assert terminal("alerts", "channels", "--json").json[0]["state"] == "failing"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give an id, or --channel NAME"),
        (("msg_x", "--channel", "email"), "give an id, or --channel NAME"),
        (("msg_x", "--since", "2026-01-01"), "--since goes with --channel"),
        (("--channel", "email", "--since", "noon"), "not a time; write 2026-03-04"),
        (("--channel", "fax"), "no such channel"),
        (("msg_x",), "no message or alert has this id"),
    ],
)
def test_a_mistake_is_one_clear_line(
    terminal: Terminal, home: Archive, words: tuple[str, ...], said: str
) -> None:
    answer = terminal("alerts", "replay", *words)
    assert answer.code == 1
    (problem,) = answer.problems
    assert said in problem


def test_a_lane_takes_its_own_in_order(any_archive: Archive) -> None:
    for number in (2, 0, 1):
        queue(any_archive, at=NOW + number * MINUTE, start=number)
    until, later = NOW + 2 * HOUR, NOW + HOUR
    with any_archive.write() as connection:
        who = {MACHINE.address}
        first = lanes.take(connection, "a", later, until, 2, channel="ops", recipients=who)
        rest = lanes.take(connection, "b", later, until, 9, channel="ops", recipients=who)
        assert lanes.take(connection, "c", later, until, 9, channel="ops", recipients=who) == []
        assert not lanes.is_due(connection, "ops", later, who)
        assert lanes.is_due(connection, "email", later, {PERSON.address})
    assert [m.created - NOW for m in first + rest] == [n * MINUTE for n in range(3)]


def test_a_failing_channel_rests_then_is_tried_by_its_oldest(any_archive: Archive) -> None:
    who = {MACHINE.address}
    made = queue(any_archive, 1, recipients=(MACHINE,))
    made += queue(any_archive, 3, recipients=(MACHINE,), at=NOW + MINUTE, start=1)
    with any_archive.write() as connection:
        for one in made[:2]:
            failure = Delivery(one.id, NOW, ok=False, code="500", detail="")
            outbox.settle(connection, one.id, failure, OutboxState.DUE, NOW + 2 * HOUR)
        lanes.postpone(connection, "ops", NOW + 3 * HOUR)
        assert not lanes.is_probe_due(connection, "ops", NOW + 2 * HOUR, who)
        assert lanes.is_probe_due(connection, "ops", NOW + 3 * HOUR, who)
    with any_archive.write() as connection:
        now, until = NOW + 2 * HOUR, NOW + 9 * HOUR
        assert lanes.probe(connection, "a", now, until, channel="ops", recipients=who) == []
        now = NOW + 3 * HOUR
        probes = lanes.probe(connection, "a", now, until, channel="ops", recipients=who)
        assert [m.attempts for m in probes] == [1, 0]
        assert probes[0].id == made[0].id
        outbox.release(connection, "a", [m.id for m in probes])
        lanes.resume(connection, "ops", now)
        found = lanes.take(connection, "a", now, until, 9, channel="ops", recipients=who)
    assert [m.created for m in found] == sorted(m.created for m in made)


def test_nothing_tried_is_left_so_a_new_message_finds_out(any_archive: Archive) -> None:
    queue(any_archive, 2, recipients=(MACHINE,))
    with any_archive.write() as connection:
        who = {MACHINE.address}
        assert lanes.is_probe_due(connection, "ops", NOW, who)
        (one,) = lanes.probe(connection, "a", NOW, NOW + MINUTE, channel="ops", recipients=who)
    assert one.attempts == 0


def test_what_waits_for_a_disabled_address_ends_after_thirty_days(any_archive: Archive) -> None:
    queue(any_archive)
    with any_archive.write() as connection:
        endpoints.save(connection, Endpoint("email", PERSON.address, strikes=3, disabled=NOW))
        assert endpoints.paused(connection, "email") == {PERSON.address}
        assert lanes.expire(connection, "email", NOW - MINUTE, (PERSON.address,)) == 0
        assert lanes.expire(connection, "email", NOW, ("other@desk.example",)) == 0
        assert lanes.expire(connection, "email", NOW, (PERSON.address,)) == 1
    assert states(any_archive, "email") == [OutboxState.DEAD]
    with any_archive.read() as connection:
        (dead,) = replays.dead(connection, 9)
    done = replay_channel(any_archive, "email", NOW + HOUR)
    assert (done.revived, done.enabled) == (1, True)
    assert states(any_archive, "email") == [OutboxState.DUE]
    assert works(any_archive, "email", NOW + HOUR) is False
    assert dead.channel == "email"


def test_a_misdated_lease_is_free_and_a_mails_is_not(any_archive: Archive) -> None:
    (one, two) = queue(any_archive, 2, recipients=(MACHINE,))
    who, ages = {MACHINE.address}, NOW + timedelta(days=400)
    with any_archive.write() as connection:
        lanes.take(connection, "a", ages, ages + MINUTE, 1, channel="ops", recipients=who)
        lanes.take(connection, "msg_mail", ages, ages + MINUTE, 1, channel="ops", recipients=who)
        found = lanes.take(connection, "b", NOW, NOW + MINUTE, 9, channel="ops", recipients=who)
    assert len(found) == 1
    assert found[0].id in {one.id, two.id}


class Plain:
    """A machine whose channel carries alerts only."""

    recipients = (MACHINE,)

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        return Receipt("200", "")

    async def close(self) -> None: ...


def test_what_was_given_up_is_counted_by_its_last_try(any_archive: Archive) -> None:
    first, second, third = queue(any_archive, 3, recipients=(PERSON,))
    with any_archive.write() as connection:
        for one, at in ((first, NOW), (second, NOW + timedelta(days=9)), (third, None)):
            if at is not None:
                result = Delivery(one.id, at, False, "550", "no")
                outbox.settle(connection, one.id, result, OutboxState.DEAD)
        unsubscribed.withdraw(connection, PERSON.channel, PERSON.address)
    with any_archive.read() as connection:
        assert replays.given_up(connection, NOW + timedelta(days=2)) == (1, 1)


def test_a_letter_that_a_channel_cannot_carry_is_given_up(archive: Archive) -> None:
    (one,) = queue(archive, recipients=(MACHINE,))
    with archive.write() as connection:
        outbox.enqueue(connection, [replace(one, id="msg_letter", kind="notice email")])
    report = asyncio.run(deliver(archive, {"ops": Plain()}, lambda: NOW))
    assert (report.sent, report.dead) == (1, 1)
    assert "carries no letters" in report.errors[0]


def test_an_empty_catch_up_mail_is_given_up(archive: Archive) -> None:
    (one,) = queue(archive, recipients=(MACHINE,))
    with archive.write() as connection:
        outbox.enqueue(connection, [replace(one, id="msg_mail", kind="catch_up")])
    report = asyncio.run(deliver(archive, {"ops": Plain()}, lambda: NOW))
    assert (report.sent, report.dead) == (1, 1)
    assert "content is missing" in report.errors[0]


def test_a_late_delivery_begins_nothing_for_which_others_stay(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.post.BUSY", -1.0)
    monkeypatch.setattr("alerts.lane.BUSY", -1.0)
    queue(archive, 25, recipients=(MACHINE,))
    report = asyncio.run(deliver(archive, {"ops": Plain()}, lambda: NOW))
    assert report.sent == 20, "one batch, then the next call"


def test_what_another_sender_takes_in_between_is_left_to_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(archive, recipients=(MACHINE,))
    monkeypatch.setattr("alerts.lane.lanes.take", lambda *_, **__: [])
    assert asyncio.run(deliver(archive, {"ops": Plain()}, lambda: NOW)).tried == 0


def test_a_lane_that_breaks_is_told_after_the_others_are_done(archive: Archive) -> None:
    class Broken(Plain):
        recipients = (PERSON,)

        async def close(self) -> None:
            raise OSError("no such pipe")

    queue(archive, 2)
    with pytest.raises(OSError, match="no such pipe"):
        asyncio.run(deliver(archive, {"email": Broken(), "ops": Plain()}, lambda: NOW))
    assert states(archive, "ops") == [OutboxState.SENT] * 2


def test_what_was_withdrawn_while_a_catch_up_mail_was_sent_stays_so(any_archive: Archive) -> None:
    (one,) = queue(any_archive, recipients=(PERSON,))
    mail = replace(one, id="msg_mail", kind="catch_up")
    with any_archive.write() as connection:
        outbox.enqueue(connection, [mail])
        catch_ups.cover(connection, mail, [one])
        assert outbox.leased_until(connection, NOW) is None, "a mail's hold is nobody's lease"
        unsubscribed.withdraw(connection, "email", PERSON.address)
        catch_ups.arrived(connection, mail, Delivery(mail.id, NOW, True, "250", ""))
        assert replays.revive_dead(connection, "email", None) == 0
    assert states(any_archive, "email") == [OutboxState.DEAD]
