"""Outages, by a clock of our own: three days of silence, disabled channels, one catch-up mail."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from alerts_kit import MACHINE, NET, NOW, PERSON, email_to, webhook_to
from alerts_servers import Mailbox, Receiver, receiver
from loopback_kit import free_port, mail_server
from outbox_kit import RULE, queue, queued, states

from alerts import (
    AlertPayload,
    AlertsSettings,
    Channel,
    ChannelError,
    DeliveryReport,
    EmailSettings,
    Receipt,
    Recipient,
    WebhookSettings,
    build_channels,
    deliver,
)
from alerts.replay import replay_channel, replay_one, works
from archive import Archive, endpoints, replays
from archive import alerts as alert_store
from archive.types import Endpoint, Message, OutboxState, Severity
from net import Door, NetSettings

HOUR = timedelta(hours=1)
SECOND = Recipient("email", "second@desk.example")
SENT, DUE, DEAD = OutboxState.SENT, OutboxState.DUE, OutboxState.DEAD


@dataclass
class Desk:
    """An archive, its channels, and the time."""

    archive: Archive
    email: EmailSettings | None = None
    hooks: tuple[WebhookSettings, ...] = ()
    now: datetime = NOW
    net: NetSettings = NET
    errors: list[str] = field(default_factory=list)
    settings: AlertsSettings | None = None

    def deliver(self, at: datetime | None = None) -> DeliveryReport:
        self.now = at or self.now

        async def run() -> DeliveryReport:
            async with Door(self.net) as door:
                channels = build_channels(self.email, self.hooks, door, clock=lambda: self.now)
                return await deliver(
                    self.archive, channels, lambda: self.now, settings=self.settings
                )

        report = asyncio.run(run())
        self.errors += report.errors
        return report

    def pass_time(
        self, span: timedelta, step: timedelta, then: Callable[[], object] = lambda: None
    ) -> None:
        end = self.now + span
        while self.now < end:
            self.now += step
            then()
            self.deliver()

    def fares(self, channel: str, recipient: str = "") -> Endpoint:
        with self.archive.read() as connection:
            return endpoints.get(connection, channel, recipient)


MAIL_FAULTS = {
    "nobody listens": None,
    "451 to every address": Mailbox(at_rcpt=["451 later"] * 10_000),
    "452 to every mail": Mailbox(at_data=["452 full"] * 10_000),
}


@pytest.mark.parametrize("fault", MAIL_FAULTS)
def test_mail_is_down_for_three_days_and_each_person_gets_one_catch_up_mail(
    archive: Archive, fault: str
) -> None:
    people = (PERSON, SECOND)
    desk = Desk(archive)
    numbers = iter(range(100))

    def another() -> None:
        if (desk.now - NOW) % (6 * HOUR) == timedelta(0):
            queue(archive, recipients=people, at=desk.now, start=next(numbers))

    broken = MAIL_FAULTS[fault]
    with ExitStack() as stack:
        port = free_port() if broken is None else stack.enter_context(mail_server(broken))
        desk.email = email_to(port, to=[p.address for p in people])
        desk.pass_time(72 * HOUR, 2 * HOUR, another)
    assert states(archive, "email") == [DUE] * 24
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port, to=[p.address for p in people])
        desk.pass_time(30 * HOUR, 6 * HOUR)
    assert states(archive, "email") == [SENT] * 24, "none is lost"
    assert sorted(box.to) == [[p.address] for p in people], "one mail a person"
    for mail in box.mails:
        assert mail["Subject"] == "[pivotwatch] 12 alerts while mail was down"
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert [f"number {n}" in text for n in range(12)] == [True] * 12
        assert text.index("number 3") < text.index("number 4"), "the oldest first"
    assert len({m["Message-ID"] for m in box.mails}) == 2
    assert not desk.fares("email").tries


@pytest.mark.parametrize("answer", [503, 429, None])
def test_a_webhook_is_down_for_three_days_and_gets_every_event_in_order(
    archive: Archive, answer: int | None
) -> None:
    desk = Desk(archive)
    numbers = iter(range(100))

    def another() -> None:
        if (desk.now - NOW) % (6 * HOUR) == timedelta(0):
            queue(archive, recipients=(MACHINE,), at=desk.now, start=next(numbers))

    down = Receiver([(answer or 0, {}, b"")] * 10_000)
    with ExitStack() as stack:
        port = free_port() if answer is None else stack.enter_context(receiver(down))
        desk.hooks = (webhook_to(port),)
        desk.pass_time(72 * HOUR, 2 * HOUR, another)
    assert states(archive, "ops") == [DUE] * 12
    assert len(down.got) < 60, "a failing receiver is left alone between its tries"
    box = Receiver()
    with receiver(box) as port:
        desk.hooks = (webhook_to(port),)
        desk.pass_time(30 * HOUR, 6 * HOUR)
    assert states(archive, "ops") == [SENT] * 12
    news = [json.loads(body)["data"]["news"] for _, body in box.got]
    assert news == [f"number {n}" for n in range(12)], "all, in order, once"
    before = {headers["webhook-id"] for headers, _ in down.got}
    assert before <= {headers["webhook-id"] for headers, _ in box.got}, "under the same ids"


def test_an_hour_is_no_outage_and_a_single_alert_is_mailed_as_it_is(archive: Archive) -> None:
    desk = Desk(archive, email_to(free_port()))
    queue(archive, 3, recipients=(PERSON,))
    desk.deliver()
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port)
        desk.deliver(NOW + 50 * timedelta(minutes=1))
        queue(archive, recipients=(PERSON,), at=desk.now, start=3)
        desk.deliver(NOW + 9 * HOUR)
    assert len(box.mails) == 4
    assert all("test" in m["Subject"] for m in box.mails)


def test_quiet_hours_are_no_outage(archive: Archive) -> None:
    let_go = NOW + 9 * HOUR
    queue(archive, 3, recipients=(PERSON,), held_until=let_go)
    box = Mailbox()
    with mail_server(box) as port:
        desk = Desk(archive, email_to(port))
        desk.deliver(let_go - timedelta(minutes=1))
        assert box.raw == []
        desk.deliver(let_go)
    assert len(box.mails) == 3


NIGHT = AlertsSettings.model_validate(
    {"timezone": "UTC", "quiet": {"from": "22:00", "to": "07:00"}}
)
EVENING = NOW.replace(hour=21, minute=30)
MORNING = EVENING + timedelta(hours=9, minutes=30)


def raise_severity(archive: Archive, message: Message) -> None:
    with archive.write() as connection:
        alert = alert_store.get(connection, message.alert_id)
        assert alert is not None
        revision = alert_store.revision(connection, alert.id, 1)
        assert revision is not None
        alert_store.revise(connection, replace(alert, severity=Severity.CRITICAL), revision)


def test_a_server_that_is_back_in_quiet_hours_brings_one_mail_after_them(
    any_archive: Archive,
) -> None:
    desk = Desk(any_archive, email_to(free_port()), settings=NIGHT)
    queue(any_archive, 3, recipients=(PERSON,), at=EVENING)
    desk.deliver(EVENING)
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port)
        desk.deliver(EVENING + 4 * HOUR)
        desk.deliver(MORNING - timedelta(minutes=1))
        assert box.raw == []
        desk.deliver(MORNING)
    (mail,) = box.mails
    assert "while mail was down" in mail["Subject"]


def test_what_was_held_and_not_sent_when_they_ended_is_held_again(archive: Archive) -> None:
    queue(archive, 2, recipients=(PERSON,), at=EVENING + HOUR, held_until=MORNING)
    box = Mailbox()
    with mail_server(box) as port:
        desk = Desk(archive, email_to(port), settings=NIGHT)
        desk.deliver(MORNING + 16 * HOUR)  # nothing ran all day
        assert box.raw == []
        desk.deliver(MORNING + 24 * HOUR)
    assert len(box.mails) == 1


def test_mail_that_waits_for_morning_keeps_nothing_else_back(any_archive: Archive) -> None:
    quiet = {"from": "22:00", "to": "07:00"}
    people = [{"address": PERSON.address, "timezone": "UTC", "quiet": quiet}]
    settings = AlertsSettings.model_validate({"people": people})
    both = (PERSON.address, SECOND.address)
    desk = Desk(any_archive, email_to(free_port(), to=both), settings=settings)
    queue(any_archive, 2, recipients=(PERSON,), at=EVENING)
    desk.deliver(EVENING)
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port, to=both)
        desk.deliver(EVENING + 2 * HOUR)  # one mail of two alerts is held
        (critical,) = queue(any_archive, recipients=(PERSON,), at=EVENING + 3 * HOUR, start=7)
        raise_severity(any_archive, critical)
        queue(any_archive, recipients=(SECOND,), at=EVENING + 3 * HOUR, start=8)
        desk.deliver(EVENING + 4 * HOUR + timedelta(minutes=5))  # the sender stood for an hour
        assert sorted(str(m["To"]) for m in box.mails) == sorted(both)
        desk.deliver(MORNING)
    assert len(box.mails) == 3
    assert "while mail was down" in box.mails[-1]["Subject"]


def test_a_single_try_held_for_the_night_does_not_keep_the_channel_failing(
    archive: Archive,
) -> None:
    desk = Desk(archive, email_to(free_port()), settings=NIGHT)
    queue(archive, recipients=(PERSON,), at=EVENING)
    desk.deliver(EVENING)
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port)
        desk.deliver(EVENING + 2 * HOUR)
        (critical,) = queue(archive, recipients=(PERSON,), at=EVENING + 3 * HOUR, start=7)
        raise_severity(archive, critical)
        desk.deliver(EVENING + 3 * HOUR)
        assert len(box.mails) == 1
        desk.deliver(MORNING)
    assert len(box.mails) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_a_rules_own_quiet_hours_hold_one_alert_and_several(archive: Archive, count: int) -> None:
    quiet = {"from": "22:00", "to": "07:00"}
    rule = {"name": RULE, "signals": ["csto_snub"], "quiet": quiet}
    settings = AlertsSettings.model_validate({"timezone": "UTC", "rules": [rule]})
    desk = Desk(archive, email_to(free_port()), settings=settings)
    queue(archive, count, recipients=(PERSON,), at=EVENING)
    desk.deliver(EVENING)
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port)
        desk.deliver(EVENING + 4 * HOUR)
        assert box.raw == []
        desk.deliver(MORNING)
    assert len(box.mails) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_critical_goes_in_quiet_hours_also_when_late(archive: Archive, count: int) -> None:
    desk = Desk(archive, email_to(free_port()), settings=NIGHT)
    messages = queue(archive, count, recipients=(PERSON,), at=EVENING)
    raise_severity(archive, messages[0])
    desk.deliver(EVENING)
    box = Mailbox()
    with mail_server(box) as port:
        desk.email = email_to(port)
        desk.deliver(EVENING + 4 * HOUR)
    assert len(box.mails) == 1


def test_a_channel_is_disabled_after_five_days_and_its_messages_are_kept_for_thirty(
    archive: Archive,
) -> None:
    box, down = Mailbox(), Receiver([(500, {}, b"no")] * 10_000)
    with mail_server(box) as mail, receiver(down) as hook:
        desk = Desk(archive, email_to(mail), (webhook_to(hook),))
        queue(archive, recipients=(MACHINE,))
        for seconds in (0, 7, 80, 450):
            desk.deliver(NOW + timedelta(seconds=seconds))
        desk.pass_time(118 * HOUR, 2 * HOUR)
        assert desk.fares("ops").disabled is None
        desk.pass_time(48 * HOUR, 2 * HOUR)
        fare = desk.fares("ops")
        assert fare.disabled is not None
        assert fare.disabled - (fare.failing_since or NOW) >= 120 * HOUR
        assert fare.tries >= 10
        tried = len(down.got)
        queue(archive, recipients=(MACHINE,), at=desk.now, start=1)
        desk.pass_time(22 * 24 * HOUR, 48 * HOUR)
        assert (states(archive, "ops"), len(down.got)) == ([DUE, DUE], tried)
        (told,) = box.mails
        assert told["Subject"] == '[pivotwatch] channel "ops" is disabled'
        assert "500: no" in told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        desk.pass_time(2 * 24 * HOUR, 24 * HOUR)
        assert states(archive, "ops") == [DEAD, DUE], "thirty days have passed for the first"
        down.answers.clear()
        done = replay_channel(archive, "ops", desk.now)
        assert (done.revived, done.enabled) == (1, True)
        desk.deliver()
    assert states(archive, "ops") == [SENT, SENT]
    assert desk.fares("ops").last_ok == desk.now


def test_five_days_with_few_tries_disable_nothing(archive: Archive) -> None:
    desk = Desk(archive, hooks=(webhook_to(free_port()),))
    queue(archive, recipients=(MACHINE,))
    for days in (0, 3, 6):
        desk.deliver(NOW + days * 24 * HOUR)
    assert desk.fares("ops").tries == 3
    assert desk.fares("ops").disabled is None


@pytest.mark.parametrize(
    ("status", "disabled", "said"),
    [(410, True, "is disabled"), (401, False, "fails"), (404, False, "fails")],
)
def test_the_owner_is_told_at_once_by_another_channel(
    archive: Archive, status: int, disabled: bool, said: str
) -> None:
    box, hook = Mailbox(), Receiver([(status, {}, b"")] * 9)
    with mail_server(box) as mail, receiver(hook) as port:
        desk = Desk(archive, email_to(mail), (webhook_to(port),))
        queue(archive, 4, recipients=(MACHINE,))
        desk.deliver()
        desk.deliver()
        asked = len(hook.got)
        desk.pass_time(HOUR, timedelta(minutes=10))
    assert (desk.fares("ops").disabled is not None) is disabled
    assert asked == (1 if disabled else 2), "a channel at fault is not asked on"
    assert (len(hook.got) == asked) is disabled, "a disabled one never"
    assert states(archive, "ops") == [DUE] * 4, "nothing is lost"
    (told,) = box.mails
    assert told["Subject"] == f'[pivotwatch] channel "ops" {said}'


def test_trouble_with_mail_is_told_to_a_webhook(archive: Archive) -> None:
    box, hook = Mailbox(at_rcpt=["550 5.1.1 no such person"] * 3), Receiver()
    with mail_server(box) as mail, receiver(hook) as port:
        desk = Desk(archive, email_to(mail), (webhook_to(port),))
        queue(archive, 5, recipients=(PERSON,))
        desk.deliver()
        desk.deliver()
    fare = desk.fares("email", PERSON.address)
    assert (fare.strikes, fare.disabled) == (3, NOW), "three strikes pause an address"
    assert Counter(states(archive, "email")) == {DEAD: 3, DUE: 2}
    assert desk.fares("email").tries == 0, "the channel is not at fault"
    ((_, body),) = hook.got
    event = json.loads(body)
    assert event["type"] == "pivotwatch.notice"
    assert PERSON.address in event["data"]["subject"]


def test_a_good_answer_takes_the_strikes_away(archive: Archive) -> None:
    box = Mailbox(at_rcpt=["550 no", "550 no"])
    with mail_server(box) as mail:
        desk = Desk(archive, email_to(mail))
        queue(archive, 3, recipients=(PERSON,))
        desk.deliver()
        assert desk.fares("email", PERSON.address).strikes == 0
        box.at_rcpt += ["550 no", "550 no"]
        queue(archive, 3, recipients=(PERSON,), start=3)
        desk.deliver()
    assert Counter(states(archive, "email")) == {DEAD: 4, SENT: 2}


def test_a_paused_address_does_not_stop_the_others(archive: Archive) -> None:
    with archive.write() as connection:
        endpoints.save(connection, Endpoint("email", SECOND.address, strikes=3, disabled=NOW))
        endpoints.save(connection, Endpoint("email", "", tries=3, failing_since=NOW))
    queue(archive, 2, recipients=(SECOND,), at=NOW - HOUR)
    box = Mailbox()
    with mail_server(box) as mail:
        desk = Desk(archive, email_to(mail, to=[PERSON.address, SECOND.address]))
        queue(archive, 2, recipients=(PERSON,), start=2)
        desk.deliver()
    assert box.to == [[PERSON.address]] * 2


def test_a_refused_address_is_not_tried_again_and_shown(archive: Archive) -> None:
    box = Receiver()
    with receiver(box) as port:
        desk = Desk(archive, hooks=(webhook_to(port),), net=NetSettings())
        queue(archive, 2, recipients=(MACHINE,))
        desk.pass_time(48 * HOUR, 6 * HOUR)
        assert [m.attempts for m in queued(archive)] == [1, 0]
        assert desk.fares("ops").reason.startswith("refused")
        desk.net = NET
        assert works(archive, "ops", desk.now) is True
        desk.deliver()
    assert (states(archive, "ops"), len(box.got)) == ([SENT, SENT], 2)


def test_a_refused_catch_up_mail_lets_its_alerts_go_alone(archive: Archive) -> None:
    queue(archive, 3, recipients=(PERSON,))
    box = Mailbox(at_data=["554 spam", "554 spam"])
    with mail_server(box) as mail:
        desk = Desk(archive, email_to(mail), now=NOW + 2 * HOUR)
        desk.pass_time(timedelta(minutes=10), timedelta(minutes=1))
    assert Counter(m["Subject"].split()[1] for m in box.mails) == {"3": 2, "test:": 3}
    assert states(archive, "email", "late") == [SENT] * 3
    assert states(archive, "email", "catch_up") == [DEAD]


def test_a_catch_up_mail_that_may_have_arrived_does_not_change(archive: Archive) -> None:
    queue(archive, 2, recipients=(PERSON,))
    box = Mailbox(at_data=["drop"] * 2)
    with mail_server(box) as mail:
        desk = Desk(archive, email_to(mail), now=NOW + 2 * HOUR)
        desk.deliver()
        queue(archive, 2, recipients=(PERSON,), at=desk.now, start=2)
        desk.pass_time(4 * HOUR, HOUR)
    subjects = Counter((m["Message-ID"], m["Subject"]) for m in box.mails)
    assert len(subjects) == 2, "what came later has a mail of its own"
    assert {s for _, s in subjects} == {"[pivotwatch] 2 alerts while mail was down"}
    assert states(archive, "email") == [SENT] * 4


class Picky:
    """A machine that fails as a whole at some messages and takes the others."""

    recipients = (MACHINE,)

    def __init__(self, poison: set[str]) -> None:
        self.poison = poison
        self.got: list[str] = []

    async def send(self, message: Message, payload: AlertPayload) -> Receipt:
        news = payload.news
        if news in self.poison:
            raise ChannelError("500", "crashed", broken=True)
        self.got.append(news)
        return Receipt("200", "")

    async def close(self) -> None: ...


def test_a_message_that_breaks_its_receiver_blocks_no_other(archive: Archive) -> None:
    queue(archive, 8, recipients=(MACHINE,))
    picky = Picky({"number 0", "number 1", "number 2"})
    channels: Mapping[str, Channel] = {"ops": picky}
    times = [NOW + n * timedelta(minutes=5) for n in range(30)]
    for now in times:
        asyncio.run(deliver(archive, channels, times[times.index(now)].replace))
    assert len(picky.got) == 5


def test_a_clock_that_was_wrong_strands_nothing(archive: Archive) -> None:
    queue(archive, recipients=(MACHINE,), at=NOW)
    desk = Desk(archive, hooks=(webhook_to(free_port()),), now=NOW + 365 * 24 * HOUR)
    desk.deliver()
    box = Receiver()
    with receiver(box) as port:
        desk.hooks = (webhook_to(port),)
        desk.deliver(NOW + HOUR)
    assert states(archive, "ops") == [SENT]


def test_one_message_is_replayed_under_its_id(archive: Archive) -> None:
    (message,) = queue(archive, recipients=(MACHINE,))
    box = Receiver([(413, {}, b""), (413, {}, b"")])
    with receiver(box) as port:
        desk = Desk(archive, hooks=(webhook_to(port),))
        desk.deliver()
        desk.deliver(NOW + timedelta(minutes=2))
        with archive.read() as connection:
            assert [m.id for m in replays.dead(connection, 9)] == [message.id]
        assert [m.id for m in replay_one(archive, message.alert_id, desk.now)] == [message.id]
        desk.deliver()
    assert states(archive, "ops") == [SENT]
    assert {h["webhook-id"] for h, _ in box.got} == {message.id}
    with pytest.raises(Exception, match="no message or alert has this id"):
        replay_one(archive, "msg_none", NOW)


def test_replaying_what_a_catch_up_mail_has_told_is_told_again(archive: Archive) -> None:
    queue(archive, 2, recipients=(PERSON,))
    box = Mailbox()
    with mail_server(box) as mail:
        desk = Desk(archive, email_to(mail), now=NOW + 2 * HOUR)
        desk.deliver()
        for one in queued(archive):
            if one.kind == "alert":
                replay_one(archive, one.id, desk.now)
        desk.deliver()
    assert len({m["Message-ID"] for m in box.mails}) == 2
    assert set(states(archive, "email")) == {SENT}
