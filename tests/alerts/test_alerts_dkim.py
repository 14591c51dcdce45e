"""Mail signed here: the signature holds, and nothing that matters can be changed after it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from alerts_kit import NOW, PERSON, email_to, make
from alerts_servers import Mailbox
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from loopback_kit import mail_server
from test_alerts_message import message_for, payload_of

from alerts import ChannelError, Course, EmailChannel, EmailSettings
from alerts.buttons import Button
from alerts.clean import seal
from alerts.dkim import signed
from alerts.message import new_mail


class Links:
    """Links that are the same for everybody."""

    def buttons(self, alert_id: str, revision: int, person: str) -> tuple[Button, ...]:
        return (Button("relevant", "Relevant", "https://watch.example/a/token"),)

    def miss(self, article_id: str, person: str) -> str:
        return f"https://page.example/m/{article_id}/{person}"

    def unsubscribe(self, address: str) -> str:
        return "https://watch.example/u/token"


def key_pair(folder: Path, form: serialization.PrivateFormat) -> tuple[Path, Callable[..., bytes]]:
    """A key file, and the DNS that has its public half at ``desk._domainkey.pivot.example``."""
    key = rsa.generate_private_key(65537, 2048)
    path = folder / "dkim.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"desk._domainkey.pivot.example."
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    return path, dns


def settings_with(key: Path, port: int = 25) -> EmailSettings:
    return email_to(port, dkim_selector="desk", dkim_key_file=key)


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
)
def test_a_signed_alert_verifies_as_it_arrives(
    tmp_path: Path, form: serialization.PrivateFormat
) -> None:
    key, dns = key_pair(tmp_path, form)
    payload = payload_of(make("a", title="Հայաստանը չի մասնակցի"))
    box = Mailbox()
    with mail_server(box) as port:
        channel = EmailChannel(settings_with(key, port), Links())

        async def run() -> None:
            await channel.send(message_for(payload), payload)
            await channel.close()

        asyncio.run(run())
    (raw,) = box.raw
    assert raw.startswith(b"DKIM-Signature:")
    assert dkim.verify(raw, dnsfunc=dns)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\r\nSubject: ", b"\r\nSubject: Urgent: "),
        (b"https://watch.example/u/token", b"https://other.example/u/token"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"\r\nFrom: ", b"\r\nFrom: <other@pivot.example>\r\nFrom: "),
        (b"\r\nSubject: ", b"\r\nSubject: another\r\nSubject: "),
        (b"\r\nTo: ", b"\r\nTo: <other@desk.example>\r\nTo: "),
        (b"\r\nReferences: ", b"\r\nReferences: <x@y> "),
        (b"the body", b"another body"),
    ],
)
def test_a_changed_mail_does_not_verify(tmp_path: Path, before: bytes, after: bytes) -> None:
    key, dns = key_pair(tmp_path, serialization.PrivateFormat.PKCS8)
    settings = settings_with(key)
    mail = new_mail(settings, PERSON.address, "Armenia skips it", "msg_1", NOW, Links())
    mail["References"] = "<s_story@pivot.example>"
    mail.set_content("the body")
    raw = signed(seal(mail), settings)
    assert dkim.verify(raw, dnsfunc=dns)
    assert before in raw
    tampered = raw.replace(before, after, 1)
    assert not dkim.verify(tampered, dnsfunc=dns)


def test_without_a_key_a_mail_stays_as_it_is() -> None:
    assert signed(b"From: a@b.c\r\n\r\nx", email_to(25)) == b"From: a@b.c\r\n\r\nx"


@pytest.mark.parametrize("kind", ["no key", "another kind", "half a key", "gone"])
def test_a_key_that_cannot_sign_is_named_with_the_remedy(tmp_path: Path, kind: str) -> None:
    path, _ = key_pair(tmp_path, serialization.PrivateFormat.PKCS8)
    settings = settings_with(path)
    if kind == "no key":
        path.write_text("canary-secret")
    elif kind == "another kind":
        path.write_bytes(
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    elif kind == "half a key":
        path.write_bytes(path.read_bytes()[:300] + b"\n-----END PRIVATE KEY-----\n")
    else:
        path.unlink()
    with pytest.raises(ChannelError, match=r"dkim\.pem is not a readable RSA key") as caught:
        signed(b"From: a@pivot.example\r\n\r\nx", settings)
    assert caught.value.course is Course.WAIT
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"dkim_selector": "desk"},
        {"dkim_key_file": __file__},
        {"dkim_selector": "desk", "dkim_key_file": "/nowhere/dkim.pem"},
        {"dkim_selector": "desk\r\nBcc: a@b.c", "dkim_key_file": __file__},
    ],
)
def test_half_a_configuration_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="dkim_"):
        email_to(25, **values)


def test_a_missing_library_is_named_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = key_pair(tmp_path, serialization.PrivateFormat.PKCS8)
    monkeypatch.setattr("alerts.settings.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'pivotwatch\[dkim\]'"):
        settings_with(path)
