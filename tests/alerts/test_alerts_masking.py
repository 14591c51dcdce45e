"""What another side repeats of our secrets is not told on, in whatever form it repeats them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import AuthResult
from alerts_servers import Mailbox, Receiver, receiver
from hypothesis import given
from hypothesis import strategies as st
from loopback_kit import mail_server

from alerts import ChannelError, EmailChannel, EmailSettings, WebhookSettings
from alerts.masking import login, masked, pieces
from alerts.trial import send_test
from alerts.webhook import WebhookChannel
from net import Door, NetSettings

PASSWORD = "open sesame/4711+ü"
SIGNING = "whsec_" + base64.b64encode(b"sesame-sesame-sesame-sesame!").decode()
TOKEN = "B0sesame4711Token"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "quoted": lambda one: quote(one, safe=""),
    "base64": lambda one: base64.b64encode(one.encode()).decode(),
    "urlsafe": lambda one: base64.urlsafe_b64encode(one.encode()).decode(),
    "login": lambda one: base64.b64encode(f"\0watch\0{one}".encode()).decode(),
    "within": lambda one: base64.b64encode(f"x{one}yz".encode()).decode(),
    "hex": lambda one: one.encode().hex(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_taken_out_in_each_form(form: str) -> None:
    said = f"535 no: {FORMS[form](PASSWORD)} is wrong"
    shown = masked(said, login("watch", PASSWORD))
    assert shown.startswith("535 no: ")
    assert shown.endswith(" is wrong")
    assert "…" in shown
    assert len(shown) <= len("535 no: … is wrong") + 8  # letters that hold bits of its neighbours


@given(st.text(min_size=8, max_size=40), st.binary(max_size=7), st.binary(max_size=7))
def test_no_long_run_of_base64_is_left(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode("utf-8", "ignore")
    text = base64.b64encode(before + raw + after).decode()
    if len(raw) >= 8 and raw.decode() == secret:
        left = masked(text, (secret,))
        assert len(left) <= len(text) - len(raw) // 3 * 4 + 8


def test_of_a_url_what_is_long_in_path_query_and_user_is_secret() -> None:
    url = "https://user:passw0rd1@hooks.example.org:8443/in/B0sesame4711/x?token=abcdefgh1#frag"
    assert set(pieces(url)) == {"passw0rd1", "B0sesame4711", "abcdefgh1"}
    assert set(pieces("https://hooks.example.org/hook/s3cr3t")) == {"s3cr3t"}


def test_what_is_encoded_in_a_url_is_taken_out_decoded_too() -> None:
    url = "https://hooks.example.org/invoke?sig=Ab%2Fcd%2Befgh12345%3D%3D"
    said = "bad sig Ab/cd+efgh12345== (Ab%2Fcd%2Befgh12345%3D%3D)"
    assert masked(said, pieces(url)) == "bad sig … (…)"


def test_a_short_secret_does_not_leave_the_rest_of_a_longer_one() -> None:
    secrets = pieces("https://hooks.example.org/webhooks/webhooks-9f8e7d6c5b4a")
    assert masked("no webhooks-9f8e7d6c5b4a here", secrets) == "no … here"


def test_a_short_password_is_taken_out_in_base64_too() -> None:
    assert masked("535 YWJjMTI= is wrong", login("ani", "abc12")) == "535 …= is wrong"


class Echo(Mailbox):
    """A mail server that repeats the password of each login that it refuses."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = FORMS[form]

    def login(self, server, session, envelope, mechanism, data):  # type: ignore[no-untyped-def]
        said = self.form(data.password.decode())
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {said} is wrong")


@contextmanager
def refusing(form: str) -> Iterator[EmailChannel]:
    box = Echo(form)
    options = {"authenticator": box.login, "auth_require_tls": False}
    with mail_server(box, **options) as port:
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "security": "plain",
            "username": "watch",
            "password": PASSWORD.replace("ü", "u"),  # aiosmtplib logs in in ASCII
            "from": "watch@pivot.example",
            "to": ["ani@desk.example"],
        }
        yield EmailChannel(EmailSettings.model_validate(settings))


@pytest.mark.parametrize("form", FORMS)
def test_a_mail_server_that_repeats_the_password_is_not_quoted(form: str) -> None:
    with refusing(form) as channel:
        for work in (channel.greet(), send_test(channel, NOW)):
            with pytest.raises(ChannelError) as caught:
                asyncio.run(work)
            assert str(caught.value).count("535") == 1
            assert FORMS[form](PASSWORD.replace("ü", "u")) not in str(caught.value)
            assert "…" in str(caught.value)


def test_a_receiver_that_repeats_path_and_key_is_not_quoted() -> None:
    key = SIGNING.removeprefix("whsec_")
    said = f"{'x' * 180} no {TOKEN} nor {key}".encode()  # cut off in the middle of the token

    async def post(port: int) -> None:
        async with Door(NetSettings(allow=("127.0.0.0/8",))) as door:
            url = f"http://127.0.0.1:{port}/in/{TOKEN}"
            settings = WebhookSettings.model_validate(
                {"name": "desk", "url": url, "secret": SIGNING}
            )
            channel = WebhookChannel(settings, door, lambda: NOW)
            await send_test(channel, NOW)

    silent = Receiver(answers=[(500, {}, said)])
    with receiver(silent) as port, pytest.raises(ChannelError) as caught:
        asyncio.run(post(port))
    shown = str(caught.value)
    assert "no … nor" in shown
    assert TOKEN[:6] not in shown
    assert key[:6] not in shown
