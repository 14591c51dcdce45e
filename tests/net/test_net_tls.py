"""TLS is verified against the name in the URL, although an address is dialled."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from net import BadRedirect, Door, NetError, NetSettings, Unreachable
from net.certificate import Certificate

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


class Authority:
    """A certificate authority of our own, and servers' contexts signed by it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def trusting(self) -> ssl.SSLContext:
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, host: str, ends: timedelta = DAY) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        try:
            name: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 300 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectAlternativeName([name]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{host}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


Ask = Callable[..., Any]


@pytest.fixture
def ask(authority: Authority, new_server: Any, settings: NetSettings, names: Any) -> Ask:
    """Ask https://news.example/ of a server with the given certificate."""
    names.table = {"news.example": [["127.0.0.2"]]}

    async def asking(tls: ssl.SSLContext | None, trust: ssl.SSLContext, host: str) -> Any:
        async with (
            new_server().run(tls) as server,
            Door(settings, resolver=names, tls=trust) as door,
        ):
            server.put("/", b"safe")
            return await door.get(f"https://{host}:{server.port}/")

    return asking


async def test_right_name_is_accepted(authority: Authority, ask: Ask) -> None:
    answer = await ask(authority.server("news.example"), authority.trusting(), "news.example")
    assert answer.body == b"safe"


async def test_right_address_is_accepted(authority: Authority, ask: Ask) -> None:
    answer = await ask(authority.server("127.0.0.2"), authority.trusting(), "127.0.0.2")
    assert answer.body == b"safe"


@pytest.mark.parametrize(
    ("certified", "asked"),
    [("other.example", "news.example"), ("127.0.0.2", "news.example"), ("x.example", "127.0.0.2")],
)
async def test_other_name_is_refused(
    certified: str, asked: str, authority: Authority, ask: Ask
) -> None:
    with pytest.raises(Unreachable, match="certificate is for another name"):
        await ask(authority.server(certified), authority.trusting(), asked)


async def test_unknown_authority_is_refused(authority: Authority, ask: Ask) -> None:
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        await ask(authority.server("news.example"), ssl.create_default_context(), "news.example")


async def test_expired_certificate_is_refused(authority: Authority, ask: Ask) -> None:
    old = authority.server("news.example", -200 * DAY)
    with pytest.raises(Unreachable, match="certificate has expired"):
        await ask(old, authority.trusting(), "news.example")


async def test_server_without_tls_is_told_apart(settings: NetSettings) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")

    async with await asyncio.start_server(greet, "127.0.0.2", 0) as server, Door(settings) as door:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match="does it speak https"):
            await door.get(f"https://127.0.0.2:{port}/")


async def test_the_usual_authorities_are_trusted_by_default(
    authority: Authority, new_server: Any, settings: NetSettings
) -> None:
    async with new_server().run(authority.server("127.0.0.2")) as server, Door(settings) as door:
        with pytest.raises(NetError, match="not trusted"):
            await door.get(f"https://127.0.0.2:{server.port}/")


async def test_authorities_named_by_the_environment_are_not_trusted(
    authority: Authority,
    new_server: Any,
    settings: NetSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    async with new_server().run(authority.server("127.0.0.2")) as server, Door(settings) as door:
        with pytest.raises(NetError, match="not trusted"):
            await door.get(f"https://127.0.0.2:{server.port}/")


async def test_https_is_not_given_up_by_a_redirect(
    authority: Authority, new_server: Any, settings: NetSettings
) -> None:
    async with (
        new_server().run(authority.server("127.0.0.2")) as safe,
        new_server().run() as plain,
        Door(settings, tls=authority.trusting()) as door,
    ):
        safe.put("/", status="301 Moved", location=plain.url("/"))
        plain.put("/up", status="301 Moved", location=f"https://127.0.0.2:{safe.port}/end")
        safe.put("/end", b"end")
        with pytest.raises(BadRedirect, match="gives up https"):
            await door.get(f"https://127.0.0.2:{safe.port}/")
        assert (await door.get(plain.url("/up"))).body == b"end"
    assert [request.path for request in plain.requests] == ["/up"]


async def test_a_post_error_about_tls_names_no_host(
    authority: Authority, new_server: Any, settings: NetSettings, names: Any
) -> None:
    names.table = {"hook.example": [["127.0.0.2"]]}
    tls = authority.server("other.example")
    async with (
        new_server().run(tls) as server,
        Door(settings, resolver=names, tls=authority.trusting()) as door,
    ):
        with pytest.raises(Unreachable) as caught:
            await door.post(f"https://hook.example:{server.port}/s3cret", b"{}", {})
    assert str(caught.value) == "its TLS certificate is for another name"


async def test_the_end_of_the_certificate_is_told(
    authority: Authority, new_server: Any, settings: NetSettings
) -> None:
    soon = datetime.now(UTC) + 9 * DAY
    tls = authority.server("127.0.0.2", 9 * DAY)
    async with (
        new_server().run(tls) as safe,
        new_server().run() as plain,
        Door(settings, tls=authority.trusting()) as door,
    ):
        safe.put("/", status="304 Not Modified")
        plain.put("/up", status="301 Moved", location=f"https://127.0.0.2:{safe.port}/")
        plain.put("/", b"plain")
        for _ in range(2):  # on a new connection and on a kept one
            shown = (await door.get(f"https://127.0.0.2:{safe.port}/")).certificate
            assert shown is not None
            assert abs(shown.ends - soon) < timedelta(minutes=5)
            assert shown.is_near_end(datetime.now(UTC))
        assert (await door.get(plain.url("/up"))).certificate == shown
        assert (await door.get(plain.url("/"))).certificate is None
    assert safe.connections == 1


@pytest.mark.parametrize(
    ("life", "left", "near"),
    [
        (90, 13, True),
        (90, 15, False),
        (6, 3, False),
        (6, 1.9, True),
        (365, 13, True),
        (30, 11, False),
    ],
)
def test_a_certificate_of_days_is_near_its_end_in_its_last_third(
    life: float, left: float, near: bool
) -> None:
    now = datetime.now(UTC)
    ends = now + left * DAY
    assert Certificate(ends - life * DAY, ends).is_near_end(now) is near
