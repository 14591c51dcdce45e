"""Email against a real server with faults: TLS, refusals, lost connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import aiosmtplib
import pytest
from aiosmtpd.smtp import AuthResult
from alerts_kit import MACHINE, NOW, PERSON, counts, email_to, make, take
from alerts_servers import Mailbox
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from loopback_kit import free_port, mail_server

import alerts.smtp
from alerts import ChannelError, Course, DeliveryReport, EmailChannel, EmailSettings, deliver
from alerts.message import new_mail
from archive import Archive
from archive import alerts as store
from archive import outbox as outbox_store
from archive.types import Message, OutboxState


def send(archive: Archive, settings: EmailSettings, *, at: datetime = NOW) -> DeliveryReport:
    channels = {"email": EmailChannel(settings)}
    return counts(asyncio.run(deliver(archive, channels, lambda: at)))


def queued(archive: Archive) -> list[Message]:
    with archive.read() as connection:
        return [
            m for a in store.recent(connection, 50) for m in outbox_store.messages(connection, a.id)
        ]


@pytest.fixture
def loaded(archive: Archive) -> Archive:
    take(archive, make("a"), recipients=(PERSON,))
    return archive


def test_one_connection_carries_a_batch_and_each_mail_has_one_reader(archive: Archive) -> None:
    people = [PERSON, type(PERSON)("email", "second@desk.example")]
    take(archive, make("a"), make("b", hours=90), recipients=people)
    box = Mailbox()
    with mail_server(box) as port:
        report = send(archive, email_to(port, to=tuple(p.address for p in people)))
    assert report == DeliveryReport(sent=4)
    assert box.greetings == 1
    assert all(len(to) == 1 for to in box.to)
    assert [m["To"] for m in box.mails] == [to[0] for to in box.to]
    assert len({m["Message-ID"] for m in box.mails}) == 4
    assert b"\r\nBcc:" not in b"".join(box.raw)
    assert all(m.state is OutboxState.SENT for m in queued(archive))


@pytest.mark.parametrize(
    ("at_rcpt", "at_data", "state", "code", "least", "most"),
    [
        (["451 later"], [], OutboxState.DUE, "451", 4, 6),
        (["550 no such user"], [], OutboxState.DEAD, "550", 0, 0),
        (["554 relay access denied"], [], OutboxState.DUE, "554", 1_440, 2_160),
        (["421 closing"], [], OutboxState.DUE, "421", 4, 6),
        ([], ["452 full"], OutboxState.DUE, "452", 4, 6),
        ([], ["552 too big"], OutboxState.DUE, "552", 48, 72),
        ([], ["421 closing"], OutboxState.DUE, "421", 4, 6),
        ([], ["drop"], OutboxState.DUE, "unreachable", 4, 6),
    ],
)
def test_each_fault_leads_to_its_own_wait(
    loaded: Archive,
    at_rcpt: list[str],
    at_data: list[str],
    state: OutboxState,
    code: str,
    least: float,
    most: float,
) -> None:
    box = Mailbox(at_rcpt, at_data)
    with mail_server(box) as port:
        send(loaded, email_to(port))
        (message,) = queued(loaded)
        assert (message.state, message.attempts) == (state, 1)
        assert (message.error or "").startswith(code)
        if state is OutboxState.DUE:
            assert least <= (message.next_at - NOW).total_seconds() <= most
            send(loaded, email_to(port), at=message.next_at)
    if state is OutboxState.DUE:
        assert queued(loaded)[0].state is OutboxState.SENT
        assert len({m["Message-ID"] for m in box.mails}) == 1, "a retry keeps its id"


def test_one_refused_reader_does_not_stop_the_others(archive: Archive) -> None:
    people = [type(PERSON)("email", f"{n}@desk.example") for n in ("a", "b", "c")]
    take(archive, make("a"), recipients=people)
    box = Mailbox(["550 gone"])
    with mail_server(box) as port:
        report = send(archive, email_to(port, to=tuple(p.address for p in people)))
    assert report == DeliveryReport(sent=2, dead=1)


def test_a_server_that_hangs_is_tried_again(
    loaded: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.smtp, "SEND_LIMIT", 0.4)
    with mail_server(Mailbox(at_data=["hang"])) as port:
        assert send(loaded, email_to(port)) == DeliveryReport(failed=1)
    assert (queued(loaded)[0].error or "").startswith("timeout")


def test_no_server_at_all(loaded: Archive) -> None:
    assert send(loaded, email_to(free_port())) == DeliveryReport(failed=1)
    assert (queued(loaded)[0].error or "").startswith("unreachable")


def test_a_dead_server_does_not_cost_every_message_a_try(archive: Archive) -> None:
    take(archive, *(make(k, hours=80.0 * i) for i, k in enumerate("abcdef")), recipients=(PERSON,))
    assert send(archive, email_to(free_port())) == DeliveryReport(failed=2)
    box = Mailbox()
    with mail_server(box) as port:
        later = send(archive, email_to(port), at=NOW + timedelta(minutes=2))
    assert later == DeliveryReport(sent=6)


def test_a_hundred_messages_are_the_most_for_one_session(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.smtp, "_CONNECTION_LIMIT", 2)
    take(archive, *(make(k, hours=80.0 * i) for i, k in enumerate("abcde")), recipients=(PERSON,))
    box = Mailbox()
    with mail_server(box) as port:
        assert send(archive, email_to(port)) == DeliveryReport(sent=5)
    assert (box.greetings, len(box.raw)) == (3, 5)


# --- TLS and login ---


@contextmanager
def secure_server(box: Mailbox, folder: Path, name: str, **options: object) -> Iterator[int]:
    certificate, key = certificate_for(name, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with mail_server(box, tls_context=context, **options) as port:
        yield port


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for a host name or address, valid now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


def test_starttls_with_login_works_with_the_right_authority(
    loaded: Archive, tmp_path: Path
) -> None:
    asked: list[bytes] = []

    def check(
        server: object, session: object, envelope: object, how: str, data: object
    ) -> AuthResult:
        asked.append(data.password)  # type: ignore[attr-defined]
        return AuthResult(success=True)

    box = Mailbox()
    with secure_server(box, tmp_path, "127.0.0.1", authenticator=check, auth_required=True) as port:
        settings = email_to(
            port,
            security="starttls",
            ca_file=tmp_path / "cert.pem",
            username="u",
            password="canary-password",
        )
        assert send(loaded, settings) == DeliveryReport(sent=1)
    assert asked == [b"canary-password"]


def test_a_wrong_password_is_shown_without_the_password(loaded: Archive, tmp_path: Path) -> None:
    def check(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    with secure_server(Mailbox(), tmp_path, "127.0.0.1", authenticator=check) as port:
        settings = email_to(
            port,
            security="starttls",
            ca_file=tmp_path / "cert.pem",
            username="u",
            password="canary-password",
        )
        assert send(loaded, settings) == DeliveryReport(failed=1)
    error = queued(loaded)[0].error or ""
    assert error.startswith("535")
    assert "canary" not in error


@pytest.mark.parametrize(("name", "trusted"), [("127.0.0.1", False), ("other.example", True)])
def test_a_certificate_that_proves_nothing_is_refused(
    loaded: Archive, tmp_path: Path, name: str, trusted: bool
) -> None:
    box = Mailbox()
    with secure_server(box, tmp_path, name) as port:
        ca_file = tmp_path / "cert.pem" if trusted else None
        settings = email_to(port, security="starttls", ca_file=ca_file)
        assert send(loaded, settings) == DeliveryReport(failed=1)
    assert box.raw == []
    assert "certificate" in (queued(loaded)[0].error or "").lower()


def test_a_server_without_starttls_gets_nothing_in_clear(loaded: Archive) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        assert send(loaded, email_to(port, security="starttls")) == DeliveryReport(failed=1)
    assert box.raw == []
    assert "STARTTLS" in (queued(loaded)[0].error or "")


def test_a_greeting_shows_tls_certificate_and_login_and_sends_nothing(tmp_path: Path) -> None:
    def check(*_: object) -> AuthResult:
        return AuthResult(success=True)

    box = Mailbox()
    with secure_server(box, tmp_path, "127.0.0.1", authenticator=check) as port:
        own = {"ca_file": tmp_path / "cert.pem", "username": "u", "password": "canary-password"}
        found = asyncio.run(EmailChannel(email_to(port, security="starttls", **own)).greet())
    assert found.tls.startswith("TLSv1.")
    assert found.certificate is not None
    assert found.certificate.begins < datetime.now(UTC) < found.certificate.ends
    assert found.logged_in
    assert not box.mails
    with mail_server(box) as port:
        plain = asyncio.run(EmailChannel(email_to(port)).greet())
    assert (plain.tls, plain.certificate, plain.logged_in) == ("", None, False)


def test_implicit_tls(loaded: Archive, tmp_path: Path) -> None:
    certificate, key = certificate_for("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Mailbox()
    with mail_server(box, ssl_context=context) as port:
        settings = email_to(port, security="implicit", ca_file=certificate)
        assert send(loaded, settings) == DeliveryReport(sent=1)
    assert MACHINE.address not in box.to[0]


# --- sessions and messages that cannot be used ---


@pytest.mark.parametrize("stands", [True, False])
def test_an_idle_session_is_asked_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch, stands: bool
) -> None:
    monkeypatch.setattr(alerts.smtp, "_IDLE", 0.0)
    if not stands:

        async def gone(*_: object, **__: object) -> None:
            raise aiosmtplib.SMTPServerDisconnected("gone")

        monkeypatch.setattr(aiosmtplib.SMTP, "noop", gone)
    box = Mailbox()

    async def run(port: int) -> None:
        settings = email_to(port)
        channel = EmailChannel(settings)
        for number in range(2):
            mail = new_mail(settings, PERSON.address, "x", f"m{number}", NOW)
            mail.set_content("x")
            await channel.submit(mail, PERSON.address)
        await channel.close()

    with mail_server(box) as port:
        asyncio.run(run(port))
    assert len(box.raw) == 2
    assert box.greetings == (1 if stands else 2)


def test_a_mail_that_cannot_be_written_is_no_fault_of_the_server() -> None:
    class Broken(EmailMessage):
        def as_bytes(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "no")

    channel = EmailChannel(email_to(25))
    with pytest.raises(ChannelError, match="headers") as caught:
        asyncio.run(channel.submit(Broken(), PERSON.address))
    assert caught.value.course is Course.ONCE
    assert not caught.value.broken


@pytest.mark.parametrize("farewell", ["broken", "hanging"])
def test_a_server_that_takes_no_leave_costs_no_mail(
    monkeypatch: pytest.MonkeyPatch, farewell: str
) -> None:
    async def quit_(_: object) -> None:
        if farewell == "broken":
            raise aiosmtplib.SMTPServerDisconnected("gone")
        await asyncio.sleep(30)

    monkeypatch.setattr(aiosmtplib.SMTP, "quit", quit_)
    monkeypatch.setattr(alerts.smtp, "_CONNECTION_LIMIT", 1)
    monkeypatch.setattr(alerts.smtp, "SEND_LIMIT", 0.5)
    box = Mailbox()

    async def run(port: int) -> list[str]:
        settings = email_to(port)
        channel = EmailChannel(settings)
        taken = []
        for number in range(3):
            mail = new_mail(settings, PERSON.address, "x", f"m{number}", NOW)
            mail.set_content("x")
            try:
                await channel.submit(mail, PERSON.address)
            except ChannelError as error:
                taken.append(f"{error.code} {error.uncertain}")
            else:
                taken.append("taken")
        return taken

    with mail_server(box) as port:
        taken = asyncio.run(run(port))
    second = "taken" if farewell == "broken" else "timeout False"
    assert taken == ["taken", second, "taken"]
    assert len(box.raw) == taken.count("taken")
