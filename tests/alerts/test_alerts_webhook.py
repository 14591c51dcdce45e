"""Webhooks: what is sent, how it is signed, and what each answer leads to."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alerts_kit import MACHINE, NET, NOW, SECRET, counts, make, take, webhook_to
from alerts_servers import Receiver, receiver
from archive_kit import new_archive
from hypothesis import given
from hypothesis import strategies as st
from loopback_kit import free_port
from pydantic import SecretStr, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

import alerts.posting
from alerts import DeliveryReport, Receipt, WebhookSettings, build_channels, deliver
from alerts.letters import Letter
from alerts.signing import signed_headers
from alerts.webhook import WebhookChannel
from archive import Archive
from archive import alerts as store
from archive import outbox as outbox_store
from archive.types import Message, OutboxState
from net import Door, NetSettings


def send(
    archive: Archive,
    settings: WebhookSettings,
    *,
    at: datetime = NOW,
    net: NetSettings = NET,
    clock: Callable[[], datetime] | None = None,
) -> DeliveryReport:
    async def run() -> DeliveryReport:
        async with Door(net) as door:
            channels = build_channels(None, (settings,), door, clock=clock or (lambda: at))
            return counts(await deliver(archive, channels, clock or (lambda: at)))

    return asyncio.run(run())


def queued(archive: Archive) -> list[Message]:
    with archive.read() as connection:
        return [
            m for a in store.recent(connection, 50) for m in outbox_store.messages(connection, a.id)
        ]


@pytest.fixture
def loaded(tmp_path: Path) -> Archive:

    archive = new_archive(tmp_path)
    take(archive, make("a"), recipients=(MACHINE,))
    return archive


def test_the_vector_of_the_specification() -> None:
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, UTC),
        SecretStr(SECRET),
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=24, max_size=64), st.text(st.characters(codec="utf-8")))
def test_the_reference_library_accepts_ours_and_refuses_what_was_changed(
    key: bytes, text: str
) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    headers = signed_headers("msg_a", body, datetime.now(UTC), SecretStr(secret))
    reader = Webhook(secret)
    assert reader.verify(body, headers) == {"text": text}
    with pytest.raises(WebhookVerificationError):
        reader.verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        reader.verify(body, headers | {"webhook-id": "msg_b"})


def test_a_receiver_gets_the_whole_alert_signed(loaded: Archive) -> None:
    box = Receiver()
    with receiver(box) as port:
        report = send(loaded, webhook_to(port), clock=lambda: datetime.now(UTC))
    assert report == DeliveryReport(sent=1)
    ((headers, body),) = box.got
    event = Webhook(SECRET).verify(body, headers)
    assert (event["type"], event["data"]["revision"]) == ("alert.opened", 1)
    assert event["timestamp"] == NOW.isoformat()
    assert event["data"]["passages"][0]["text"] == "Armenia will not take part in the exercise"
    assert headers["content-type"] == "application/json"
    (message,) = queued(loaded)
    assert headers["webhook-id"] == message.id
    assert "." not in message.id
    assert message.state is OutboxState.SENT


def test_without_a_secret_nothing_is_signed(loaded: Archive) -> None:
    box = Receiver()
    with receiver(box) as port:
        send(loaded, webhook_to(port, secret=None))
    assert "webhook-signature" not in box.got[0][0]


def test_an_update_has_its_own_type(loaded: Archive) -> None:

    take(loaded, make("b", outlet="Review", hours=1), recipients=(MACHINE,), now=NOW)
    box = Receiver()
    with receiver(box) as port:
        send(loaded, webhook_to(port))
    assert sorted(json.loads(b)["type"] for _, b in box.got) == ["alert.opened", "alert.updated"]
    assert len({h["webhook-id"] for h, _ in box.got}) == 2


@pytest.mark.parametrize(
    ("status", "state", "least", "most"),
    [
        (500, OutboxState.DUE, 4, 6),
        (503, OutboxState.DUE, 4, 6),
        (408, OutboxState.DUE, 4, 6),
        (429, OutboxState.DUE, 4, 6),
        (302, OutboxState.DUE, 1_440, 2_160),
        (404, OutboxState.DUE, 1_440, 2_160),
        (401, OutboxState.DUE, 1_440, 2_160),
        (400, OutboxState.DUE, 48, 72),
        (413, OutboxState.DUE, 48, 72),
        (422, OutboxState.DUE, 48, 72),
        (425, OutboxState.DUE, 4, 6),
        (403, OutboxState.DUE, 1_440, 2_160),
        (405, OutboxState.DUE, 1_440, 2_160),
        (410, OutboxState.DUE, 2_880, 4_320),
    ],
)
def test_each_answer_leads_to_its_own_wait(
    loaded: Archive, status: int, state: OutboxState, least: float, most: float
) -> None:
    box = Receiver([(status, {"location": "http://127.0.0.1:1/"}, b"said <so>")])
    with receiver(box) as port:
        report = send(loaded, webhook_to(port))
    (message,) = queued(loaded)
    assert report == DeliveryReport(failed=1)
    assert (message.state, message.attempts, len(box.got)) == (state, 1, 1)
    assert message.error is not None
    assert message.error.startswith(str(status))
    if state is OutboxState.DUE:
        assert least <= (message.next_at - NOW).total_seconds() <= most


def test_a_retry_is_the_same_message_in_a_new_signature(loaded: Archive) -> None:
    box = Receiver([(500, {}, b""), (500, {}, b"")])
    with receiver(box) as port:
        for minutes in (0, 1, 10):
            send(loaded, webhook_to(port), at=NOW + timedelta(minutes=minutes))
    assert len({h["webhook-id"] for h, _ in box.got}) == 1
    assert len({b for _, b in box.got}) == 1
    assert len({h["webhook-timestamp"] for h, _ in box.got}) == 3
    assert queued(loaded)[0].state is OutboxState.SENT


def test_a_wish_to_wait_is_honoured(loaded: Archive) -> None:
    when = (NOW + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    for value, least in (("120", 120), (when, 7_200), ("soon", 4)):
        box = Receiver([(503, {"retry-after": value}, b"")])
        before = queued(loaded)[0]
        at = before.next_at
        with receiver(box) as port:
            send(loaded, webhook_to(port), at=at)
        waited = (queued(loaded)[0].next_at - at).total_seconds()
        if value != when:
            assert waited >= least
        else:
            assert queued(loaded)[0].next_at >= NOW + timedelta(hours=2)


def test_a_refused_payload_is_tried_once_more_in_short_then_given_up(loaded: Archive) -> None:
    box = Receiver([(413, {}, b""), (413, {}, b"")])
    with receiver(box) as port:
        send(loaded, webhook_to(port))
        report = send(loaded, webhook_to(port), at=NOW + timedelta(minutes=2))
    assert report == DeliveryReport(dead=1)
    whole, short = (json.loads(b)["data"] for _, b in box.got)
    assert short["reduced"] is True
    assert short["alert_id"] == whole["alert_id"]
    assert short["links"] == ["https://a.example/news"]
    assert "passages" not in short


def test_an_error_repeats_no_piece_of_the_url(loaded: Archive) -> None:
    box = Receiver([(404, {}, b"no hook at /hooks/T0PS3CRETPATH"), (500, {}, b"")])
    with receiver(box) as port:
        send(loaded, webhook_to(port))
    first = queued(loaded)[0].error or ""
    assert "no hook" in first
    with receiver(Receiver()) as port:
        closed = port
    send(loaded, webhook_to(closed), at=NOW + timedelta(hours=1))
    second = queued(loaded)[0].error or ""
    assert second.startswith("unreachable")
    for text in (first, second):
        assert "T0PS3CRETPATH" not in text
        assert "127.0.0.1" not in text


def test_an_address_that_is_not_public_is_never_dialled_and_nothing_is_lost(
    loaded: Archive,
) -> None:
    box = Receiver()
    with receiver(box) as port:
        report = send(loaded, webhook_to(port), net=NetSettings())
    assert (report, box.got) == (DeliveryReport(failed=1), [])
    (message,) = queued(loaded)
    assert (message.error or "").startswith("refused")
    assert timedelta(minutes=48) <= message.next_at - NOW <= timedelta(minutes=72)


def test_a_receiver_that_hangs_is_tried_again(loaded: Archive) -> None:

    box = Receiver(hang=threading.Event())
    assert box.hang is not None
    with receiver(box) as port:
        net = NET.model_copy(update={"deadline": 0.3})
        report = send(loaded, webhook_to(port), net=net)
        box.hang.set()
    assert report == DeliveryReport(failed=1)
    assert (queued(loaded)[0].error or "").startswith("timeout")


def test_an_answer_that_takes_too_long_is_not_waited_for(
    loaded: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.posting, "SEND_LIMIT", 0.3)
    box = Receiver(hang=threading.Event())
    assert box.hang is not None
    with receiver(box) as port:
        report = send(loaded, webhook_to(port))
        box.hang.set()
    assert report == DeliveryReport(failed=1)
    assert (queued(loaded)[0].error or "").startswith("timeout")


def test_nobody_listens(loaded: Archive) -> None:
    assert send(loaded, webhook_to(free_port())) == DeliveryReport(failed=1)


def test_while_a_secret_is_replaced_the_receiver_may_know_either(loaded: Archive) -> None:
    old = "whsec_" + base64.b64encode(b"o" * 24).decode()
    box = Receiver()
    with receiver(box) as port:
        send(loaded, webhook_to(port, old_secret=old), clock=lambda: datetime.now(UTC))
    ((headers, body),) = box.got
    assert headers["webhook-signature"].count("v1,") == 2
    assert Webhook(SECRET).verify(body, headers) == Webhook(old).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 24).decode()).verify(body, headers)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"secret": None, "old_secret": SECRET}, "no secret beside it"),
        ({"old_secret": SECRET}, "the same as secret"),
        ({"secret": "short"}, "shorter than"),
        ({"old_secret": "whsec_short"}, "not a Standard Webhooks secret"),
        ({"old_secret": SECRET, "old_secret_file": Path("x")}, "keep one"),
        ({"format": "xml"}, "standard"),
        ({"url": "https://[::1"}, "not an http or https address"),
        ({"url": "ftp://x.example/"}, "not an http or https address"),
        ({"url": "https://me:word@x.example/"}, "address without a login"),
        ({"url": None}, "missing"),
        ({"name": "email"}, "choose another"),
    ],
)
def test_wrong_settings_are_refused_without_showing_a_secret(
    more: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        webhook_to(1, **more)
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "T0PS3CRETPATH" not in str(caught.value)


def test_an_old_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("an older secret\n")
    found = webhook_to(1, old_secret_file=tmp_path / "old").signing_secrets()
    assert [one.get_secret_value() for one in found] == [SECRET, "an older secret"]


def test_an_alert_in_an_envelope_of_cloudevents(loaded: Archive) -> None:
    box = Receiver([(422, {}, b"")])
    with receiver(box) as port:
        hook = webhook_to(port, format="cloudevents")
        send(loaded, hook, clock=lambda: datetime.now(UTC))
        send(loaded, hook, at=datetime.now(UTC) + timedelta(minutes=2))
    (headers, body), (_, short) = box.got
    assert headers["content-type"] == "application/cloudevents+json"
    event = Webhook(SECRET).verify(body, headers)
    data = event.pop("data")
    assert event == {
        "specversion": "1.0",
        "id": headers["webhook-id"],
        "source": "urn:pivotwatch:alerts",
        "type": "org.pivotwatch.alert.opened",
        "subject": data["alert_id"],
        "time": NOW.isoformat(),
        "datacontenttype": "application/json",
    }
    assert json.loads(short)["data"]["reduced"] is True


@pytest.mark.parametrize(
    ("shape", "kind"), [("standard", "pivotwatch.notice"), ("cloudevents", "org.pivotwatch.notice")]
)
def test_a_letter_is_posted_too(loaded: Archive, shape: str, kind: str) -> None:
    letter = Letter("notice", "[pivotwatch] x fails", "x has taken nothing", NOW)
    box = Receiver()

    async def run(port: int) -> Receipt:
        async with Door(NET) as door:
            settings = webhook_to(port, format=shape)
            channel = WebhookChannel(settings, door, lambda: datetime.now(UTC))
            return await channel.carry(queued(loaded)[0], letter)

    with receiver(box) as port:
        receipt = asyncio.run(run(port))
    ((headers, body),) = box.got
    event = Webhook(SECRET).verify(body, headers)
    assert (receipt.code, event["type"]) == ("204", kind)
    assert event["data"] == {"subject": letter.subject, "text": letter.text}
