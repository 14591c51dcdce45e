"""Canaries: secrets planted everywhere, faults that might tell them, and a search for them.

Everything runs in this process against servers on this machine, with every logger at DEBUG. Where
a channel would leave this machine (Apprise) its library's request is replaced by one that fails
and names the URL, as real ones do.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from aiosmtpd.smtp import AuthResult
from loopback_kit import mail_server, web_server

from flows.home import VARIABLE, Home

HTTP_FAULTS = ("s500", "s400", "s401", "s404", "s410", "s429", "s302", "garbled", "cut", "hang")
AWAY = ("closed", "tls", "nowhere", "private")
SMTP_FAULTS = ("echo", "echo64", "quoted", "rcpt", "data", "drop", "tls", "closed", "hang", "ok")
LEAST_CANARIES = 30


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret and the field that it was planted in."""

    where: str
    value: str

    @property
    def forms(self) -> frozenset[bytes]:
        """How it may be found: plain, quoted as in a URL, in base64 at any offset, and in hex."""
        raw = self.value.encode()
        found = {self.value, quote(self.value, safe=""), quote_plus(self.value), raw.hex()}
        for before in range(3):
            text = base64.b64encode(b"\0" * before + raw + b"\0\0\0").decode()
            found.add(text[4 if before else 0 : -8])
            found.add(text[4 if before else 0 : -8].translate(str.maketrans("+/", "-_")))
        return frozenset(one.encode() for one in found if len(one) >= 12)


@dataclass
class Flock:
    """The canaries that were planted, each value once."""

    canaries: dict[str, Canary] = field(default_factory=dict)

    def token(self, where: str, letters: str = "") -> str:
        """Plant a new canary and return it; ``letters`` that URLs quote may be asked for."""
        value = hashlib.sha256(f"canary {where}".encode()).hexdigest()[:26]
        return self.plant(where, f"cn{value[:13]}{letters}{value[13:]}")

    def key(self, where: str) -> str:
        """Plant a new signing secret and return it."""
        raw = hashlib.sha256(f"canary {where}".encode()).digest()
        return "whsec_" + self.plant(where, base64.b64encode(raw).decode())

    def plant(self, where: str, value: str) -> str:
        assert where not in self.canaries, where
        self.canaries[where] = Canary(where, value)
        return value

    def in_bytes(self, source: str, raw: bytes) -> list[str]:
        """Return a line for each canary that ``raw`` holds."""
        lower = raw.lower()
        return [
            f"{one.where}: in {source}: {form.decode()}"
            for one in self.canaries.values()
            for form in one.forms
            if form in raw or form.lower() in lower
        ]


@dataclass
class Faults:
    """A web server with a fault for each path, a mail server with one at a time, and what they
    got: of requests the headers and the body, not the line that names the URL."""

    web: int = 0
    mail: int = 0
    fault: str = "ok"
    got: list[bytes] = field(default_factory=list)

    def login(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        user, secret = data.login, data.password
        said = {
            "echo": b"no: " + secret + b" of " + user,
            "echo64": b"got " + base64.b64encode(b"\0" + user + b"\0" + secret),
            "quoted": quote(secret.decode(), safe="").encode() + b" / " + secret.hex().encode(),
        }.get(self.fault)
        if said is None:
            session.told = data
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {said.decode()}")

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, lines: Any):  # type: ignore[no-untyped-def]
        session.host_name = name
        return lines

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any):  # type: ignore[no-untyped-def]
        if self.fault == "hang":
            await asyncio.sleep(1.5)
        if self.fault == "rcpt":
            return f"550 5.1.1 no {to}; you are {_shown(session)}"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any):  # type: ignore[no-untyped-def]
        self.got.append(envelope.original_content)
        if self.fault == "drop":
            server.transport.abort()
        if self.fault == "data":
            return f"554 5.7.1 no: {_shown(session)}"
        return "250 OK"


def _shown(session: Any) -> str:
    told = session.told
    return f"{told.login.decode()}:{told.password.decode()}"


@contextmanager
def serving(faults: Faults) -> Iterator[Faults]:
    """Run both servers for the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            faults.got.append(str(self.headers).encode() + body)
            self._answer(self.path.strip("/").partition("/")[0], body)

        def _answer(self, fault: str, body: bytes) -> None:
            told = f"{self.path} {quote(self.path, safe='')} {self.headers}".encode() + body
            told += base64.b64encode(self.path.encode()) + self.path.encode().hex().encode()
            if fault == "hang":
                time.sleep(1.5)
            if fault in {"garbled", "hang"}:
                self.wfile.write(b"HTTQ/9 " + told)
                self.close_connection = True
                return
            self.send_response(int(fault[1:]) if fault[1:].isdigit() else 200)
            self.send_header("x-told", self.path)
            self.send_header("location", f"http://10.0.0.1{self.path}")
            self.send_header("content-length", str(len(told) + (9 if fault == "cut" else 0)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *args: object) -> None:
            pass

    login = mail_server(faults, authenticator=faults.login, auth_require_tls=False)
    with login as faults.mail, web_server(Handler) as faults.web:
        yield faults


def call(home: Home, *words: str, **variables: str) -> str:
    """Run ``pivotwatch`` in this process; return all that it printed."""
    from desk.verbs import run

    said = io.StringIO()
    with ExitStack() as stack:
        stack.enter_context(environment({VARIABLE: str(home.root), "COLUMNS": "200"} | variables))
        stack.enter_context(redirect_stdout(said))
        stack.enter_context(redirect_stderr(said))
        before, sys.argv = sys.argv, ["pivotwatch", *words]
        try:
            run()
        except SystemExit:
            pass
        finally:
            sys.argv = before
    return said.getvalue()


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def debug_log(path: Path) -> Iterator[None]:
    """Write what every logger says to a file, at DEBUG, with the traceback of what was raised."""
    root = logging.getLogger()
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    handler.addFilter(lambda record: not record.name.startswith("mail.log"))  # aiosmtpd: the server
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()


def everything_under(folder: Path, own: frozenset[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the files under a folder, without those that were given the secrets, and a dump of
    each SQLite database, where long texts are in one piece."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path in own:
            continue
        raw = path.read_bytes()
        yield str(path), raw
        if raw.startswith(b"SQLite format 3"):
            with closing(sqlite3.connect(path)) as connection:
                yield f"dump of {path}", "\n".join(connection.iterdump()).encode()


@cache
def private_key() -> str:
    """An RSA key in PEM: made once, as that takes long."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
