"""Chats: within every limit, whatever an article says, and by the same way as webhooks."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from alerts_kit import NET, NOW, counts, make, take
from alerts_markup import payloads
from alerts_servers import Receiver, receiver
from archive_kit import new_archive
from chance_kit import Chance
from chat_kit import CHECKS, texts
from pydantic import ValidationError
from test_alerts_markup import FIELDS, told
from test_alerts_message import message_for, three_languages

from alerts import DeliveryReport, Recipient, build_channels, deliver
from alerts.chat import ChatChannel, ChatSettings, Kind, chat_message, short_message
from alerts.letters import Letter
from alerts.payload import Earlier
from alerts.receivers import ReceiverSettings
from archive import Archive, outbox
from archive import alerts as store
from archive.types import Message, Reason
from net import Door

ALERTS = 500  # `./run bench chats` makes ten thousand
KINDS: tuple[Kind, ...] = get_args(Kind)
WORDS = "A letter was sent to Moscow before the exercise began"


def chat_to(port: int, kind: Kind) -> ChatSettings:
    url = f"http://127.0.0.1:{port}/services/T0PS3CRETPATH"
    return ChatSettings.model_validate({"name": "room", "kind": kind, "url": url})


def test_alerts_at_random_are_within_every_limit() -> None:
    chance, like = Chance(20), three_languages()
    for number in range(ALERTS):
        alert = chance.alert(like)
        for kind in KINDS:
            try:
                CHECKS[kind](chat_message(kind, alert))
            except AssertionError as error:
                raise AssertionError(f"alert {number} in {kind}: {error}") from error


@pytest.mark.parametrize("field", FIELDS)
def test_no_markup_gets_through(field: str) -> None:
    for markup in payloads():
        alert = FIELDS[field](markup)
        for kind in KINDS:
            CHECKS[kind](chat_message(kind, alert))


@pytest.mark.parametrize(
    "words",
    [
        "<!channel> <!here> <@U012AB3CD> <#C012AB3CD> <https://x.example|press>",
        "@everyone @here <@1234> <@&99> <#5> <t:0> </x:1> [press](https://x.example)",
        "<at>Everyone</at> {{DATE(2026-03-04T00:00:00Z)}} **x** [press](https://x.example)",
        "https://x.example/a www.x.example javascript:alert(1) # x\n- x\n> x\n1. x\n||x|| `x`",
    ],
)
def test_nobody_is_mentioned_and_nothing_else_is_linked(words: str) -> None:
    for make_alert in FIELDS.values():
        for kind in KINDS:
            body = chat_message(kind, make_alert(words))
            CHECKS[kind](body)


@pytest.mark.parametrize("size", ["x", "&", '"', "*", "{", "漢", "🙂"])
def test_the_longest_alerts_keep_a_sentence(size: str) -> None:
    long = size * 20_000
    alert = told(
        title=long, outlet=long, quote=long, words=long, url="https://a.example/" + "&" * 270
    )
    earlier = tuple(
        Earlier(revision=1, reason=Reason.FIRST, probability=0.5, news=long, at=NOW)
        for _ in range(9)
    )
    more = {"news": long, "outlook": (long,), "coverage": long, "earlier": earlier}
    alert = alert.model_copy(update=more)
    for kind in KINDS:
        body = chat_message(kind, alert)
        CHECKS[kind](body)
        shown = [text.replace("\\", "").replace("{ {", "{{") for _, text in texts(body)]
        part = {"&": "&amp;", "{": "{ {"}.get(size, size * 50) if kind == "slack" else size * 50
        assert any(part in text or size * 20 in text.replace(" ", "") for text in shown), kind


def test_a_chat_says_what_the_alert_says() -> None:
    alert = three_languages()
    for kind in KINDS:
        body = chat_message(kind, alert)
        CHECKS[kind](body)
        shown = "\n".join(text for _, text in texts(body)).replace("\\", "")
        for quote in alert.passages:
            assert quote.text in shown
            assert quote.source.outlet in shown
        assert "(0.81)" in shown
        assert "very likely" in shown
        assert alert.confidence_why in shown
        assert alert.coverage in shown
        assert alert.counter.summary in shown
        assert "https://a.example/news" in shown


def test_a_letter_and_a_short_message_are_messages_too() -> None:
    letter = Letter("notice", "[pivotwatch] <x> fails", f"{WORDS} <!here> @everyone", NOW)
    for kind in KINDS:
        for body in (chat_message(kind, letter), short_message(kind, told())):
            CHECKS[kind](body)
    assert "al_" in str(short_message("slack", told()))


@pytest.fixture
def loaded(tmp_path: Path) -> Archive:
    archive = new_archive(tmp_path)
    take(archive, make("a"), recipients=(Recipient("room", "room"),))
    return archive


def send(archive: Archive, settings: ChatSettings, minutes: float = 0) -> DeliveryReport:
    at = NOW + timedelta(minutes=minutes)

    async def run() -> DeliveryReport:
        async with Door(NET) as door:
            channels = build_channels(None, (settings,), door, clock=lambda: at)
            return counts(await deliver(archive, channels, lambda: at))

    return asyncio.run(run())


def queued(archive: Archive) -> Message:
    with archive.read() as connection:
        (alert,) = store.recent(connection, 50)
        (message,) = outbox.messages(connection, alert.id)
    return message


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_is_posted_and_a_refused_one_once_more_in_short(
    loaded: Archive, kind: Kind
) -> None:
    box = Receiver([(400, {}, b"invalid_blocks"), (200, {}, b"ok")])
    with receiver(box) as port:
        assert send(loaded, chat_to(port, kind)) == DeliveryReport(failed=1)
        assert send(loaded, chat_to(port, kind), 2) == DeliveryReport(sent=1)
    (headers, whole), (_, short) = box.got
    assert headers["content-type"] == "application/json"
    assert "webhook-signature" not in headers
    CHECKS[kind](json.loads(whole))
    CHECKS[kind](json.loads(short))
    assert "will not take part" in whole.decode()
    assert "will not take part" not in short.decode()


def test_a_chat_that_asks_for_peace_gets_it_and_no_error_names_it(loaded: Archive) -> None:
    box = Receiver([(429, {"retry-after": "90"}, b"slow down, T0PS3CRETPATH")])
    with receiver(box) as port:
        assert send(loaded, chat_to(port, "discord")) == DeliveryReport(failed=1)
    message = queued(loaded)
    assert message.next_at >= NOW + timedelta(seconds=90)
    assert (message.error or "").startswith("429")
    assert "T0PS3CRETPATH" not in (message.error or "")


def test_a_letter_is_carried(loaded: Archive) -> None:
    letter = Letter("notice", "[pivotwatch] mail fails", WORDS, NOW)
    box = Receiver()

    async def run(port: int) -> str:
        async with Door(NET) as door:
            channel = ChatChannel(chat_to(port, "slack"), door, lambda: NOW)
            receipt = await channel.carry(message_for(told()), letter)
            await channel.close()
            return receipt.code

    with receiver(box) as port:
        assert asyncio.run(run(port)) == "204"
    assert WORDS in box.got[0][1].decode()


def test_wrong_settings_are_refused_without_showing_the_url() -> None:
    for values in (
        {"name": "room", "kind": "irc", "url": "https://x.example/T0PS3CRETPATH"},
        {"name": "room", "url": "https://x.example/T0PS3CRETPATH"},
        {"name": "room", "kind": "slack", "url": "T0PS3CRETPATH"},
        {"name": "room", "kind": "slack"},
    ):
        with pytest.raises(ValidationError) as caught:
            ChatSettings.model_validate(values)
        assert "T0PS3CRETPATH" not in str(caught.value)


def test_what_only_speaks_against_an_alert_is_said_as_that() -> None:
    alert = told()
    against = tuple(r for r in alert.passages[0].reasons if r.weight < 0)
    quote = alert.passages[0].model_copy(update={"reasons": against})
    for kind in KINDS:
        body = chat_message(kind, alert.model_copy(update={"passages": (quote,)}))
        CHECKS[kind](body)
        shown = "\n".join(text for _, text in texts(body))
        assert "against it" in shown
        assert "because of" not in shown


def test_many_long_sentences_of_markup_become_fewer_and_shorter() -> None:
    alert = told(quote="*" * 5_000)
    alert = alert.model_copy(update={"passages": alert.passages * 3, "news": "*" * 5_000})
    for kind in KINDS:
        CHECKS[kind](chat_message(kind, alert))
    assert str(chat_message("discord", alert)).count("\\*") >= 200


def test_settings_without_a_channel_are_a_mistake_of_ours() -> None:
    async def run() -> None:
        async with Door(NET) as door:
            bare = ReceiverSettings.model_validate({"name": "x", "url": "https://x.example/"})
            build_channels(None, (bare,), door)

    with pytest.raises(TypeError, match="ReceiverSettings"):
        asyncio.run(run())
