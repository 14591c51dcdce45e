"""Apprise: only what is open, nothing set in the URL, no redirect followed, no secret in a log."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest
from alerts_kit import NOW
from alerts_servers import Receiver, receiver
from loopback_kit import free_port
from pydantic import SecretStr, ValidationError
from test_alerts_markup import told
from test_alerts_message import message_for, three_languages

import alerts.apprise_channel
from alerts import Receipt, build_channels
from alerts.apprise_channel import SCHEMES, AppriseChannel, AppriseSettings
from alerts.errors import ChannelError, Course
from alerts.letters import Letter
from alerts.payload import AlertPayload
from net import Door

TELEGRAM = "tgram://123456789:T0PS3CRETPATH_hijklmnop/12315544/"


def settings_of(folder: Path, url: str) -> AppriseSettings:
    file = folder / "url"
    file.write_text(f"{url}\n")
    return AppriseSettings(name="phone", url_file=file)


def send(port: int, what: AlertPayload | Letter) -> Receipt:
    channel = AppriseChannel("phone", SecretStr(f"json://127.0.0.1:{port}/T0PS3CRETPATH"))

    async def run() -> Receipt:
        message = message_for(told())
        if isinstance(what, Letter):
            return await channel.carry(message, what)
        return await channel.send(message, what)

    return asyncio.run(run())


def test_an_alert_is_handed_over_as_text_without_attachments() -> None:
    alert, box = three_languages(), Receiver()
    with receiver(box) as port:
        receipt = send(port, alert)
    assert receipt == Receipt("apprise", "said to be taken")
    ((_, body),) = box.got
    said = json.loads(body)
    assert said["title"] == alert.subject
    assert not said.get("attachments")
    for quote in alert.passages:
        assert quote.text in said["message"]
    assert "very likely (0.81)" in said["message"]


def test_a_letter_is_handed_over_too() -> None:
    box = Receiver()
    with receiver(box) as port:
        send(port, Letter("notice", "[pivotwatch] mail fails", "mail has taken nothing", NOW))
    assert json.loads(box.got[0][1])["message"] == "mail has taken nothing"


@pytest.mark.parametrize("status", [302, 307, 400, 500])
def test_what_is_not_taken_is_tried_again_and_no_redirect_is_followed(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    other = Receiver()
    with receiver(other) as elsewhere:
        headers = {"location": f"http://127.0.0.1:{elsewhere}/"}
        box = Receiver([(status, headers, b"no")])
        with receiver(box) as port, pytest.raises(ChannelError) as caught:
            send(port, told())
    assert (len(box.got), other.got) == (1, [])
    assert (caught.value.course, caught.value.broken) == (Course.FULL, True)
    assert "T0PS3CRETPATH" not in f"{caught.value}{caplog.text}"


def test_nobody_listens_and_no_log_says_where(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ChannelError):
        send(free_port(), told())
    assert "T0PS3CRETPATH" not in caplog.text


def test_a_service_that_hangs_may_have_taken_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts.apprise_channel, "SEND_LIMIT", 0.0)
    box = Receiver()
    with receiver(box) as port, pytest.raises(ChannelError) as caught:
        send(port, told())
    assert (caught.value.code, caught.value.uncertain) == ("timeout", True)


def test_a_service_that_is_open_becomes_a_channel(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, TELEGRAM)

    async def run() -> tuple[str, ...]:
        async with Door() as door:
            channel = build_channels(None, (settings,), door)["phone"]
            await channel.close()
            return tuple(one.address for one in channel.recipients)

    assert asyncio.run(run()) == ("phone",)


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/T0PS3CRETPATH",
        "file:///etc/T0PS3CRETPATH",
        "mailto://user:T0PS3CRETPATH@mail.example",
        "https://hooks.example/T0PS3CRETPATH",
        "syslog://T0PS3CRETPATH",
        "T0PS3CRETPATH",
        "tgram://T0PS3CRETPATH",
        f"{TELEGRAM}?verify=no",
        f"{TELEGRAM}?redirect=yes",
        f"{TELEGRAM}, json://127.0.0.1/",
        f"{TELEGRAM} json://127.0.0.1/",
    ],
)
def test_anything_else_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings_of(tmp_path, url)
    assert "T0PS3CRETPATH" not in str(caught.value)


def test_the_url_stands_in_a_file_alone() -> None:
    with pytest.raises(ValidationError, match="url_file"):
        AppriseSettings(name="phone", url=SecretStr(TELEGRAM))


def test_without_apprise_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.apprise_channel, "find_spec", lambda name: None)
    with pytest.raises(ValidationError, match="pip install"):
        settings_of(tmp_path, TELEGRAM)


def test_no_open_service_lets_the_url_choose_the_host() -> None:
    assert SCHEMES.isdisjoint({"json", "xml", "form", "file", "mailto", "mailtos", "http", "https"})
