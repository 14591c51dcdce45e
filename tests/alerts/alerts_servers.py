"""Servers with faults: a mail server and a webhook receiver on this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler

from loopback_kit import web_server


@dataclass
class Mailbox:
    """A mail server's handler: keeps what it takes; ``faults`` are answered first, in order."""

    at_rcpt: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    greetings: int = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # type: ignore[no-untyped-def]
        session.host_name = hostname
        self.greetings += 1
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        if self.at_rcpt:
            return self.at_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        self.raw.append(envelope.original_content)
        self.to.append(list(envelope.rcpt_tos))
        fault = self.at_data.pop(0) if self.at_data else ""
        if fault == "drop":
            server.transport.abort()
            return "250 never seen"
        if fault == "hang":
            await asyncio.sleep(30)
        return fault or "250 2.0.0 taken"

    @property
    def mails(self) -> list[EmailMessage]:
        found = [message_from_bytes(raw, policy=policy.default) for raw in self.raw]
        return [mail for mail in found if isinstance(mail, EmailMessage)]


@dataclass
class Receiver:
    """A webhook receiver: keeps what it gets; ``answers`` are given first, in order."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hang: threading.Event | None = None
    accepted: list[str] = field(default_factory=list)
    """The ids of what was answered with 2xx."""


@contextmanager
def receiver(box: Receiver) -> Iterator[int]:
    """Run a webhook receiver for the block; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            if box.hang is not None:
                box.hang.wait(60)
            status, headers, answer = box.answers.pop(0) if box.answers else (204, {}, b"")
            if 200 <= status < 300:
                box.accepted.append(self.headers.get("webhook-id", ""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    with web_server(Handler) as port:
        yield port
