"""The demo's other side: a real mail server and a real webhook receiver on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from desk.demo.loopback import LoopbackServer


@dataclass(slots=True)
class Received:
    """What has arrived, in order, and where it was written."""

    folder: Path
    mails: list[EmailMessage] = field(default_factory=list)
    hooks: list[dict[str, Any]] = field(default_factory=list)

    def add_mail(self, content: bytes) -> None:
        """Keep a mail and write it as .eml, with its HTML part beside it."""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        name = self.folder / f"mail-{len(self.mails):02}"
        name.with_suffix(".eml").write_bytes(content)
        html = message.get_body(("html",))
        if html is not None:
            name.with_suffix(".html").write_text(html.get_content(), encoding="utf-8")

    def add_hook(self, headers: dict[str, str], body: bytes) -> None:
        """Keep a webhook call and write it as JSON, headers first."""
        call = {"headers": headers, "body": json.loads(body)}
        self.hooks.append(call)
        text = json.dumps(call, ensure_ascii=False, indent=2)
        path = self.folder / f"webhook-{len(self.hooks):02}.json"
        path.write_text(text, encoding="utf-8")


class _Mailbox:
    def __init__(self, received: Received) -> None:
        self._received = received

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail in."""
        content = envelope.original_content or b""
        self._received.add_mail(content)
        return "250 taken"


@contextmanager
def mail_server(received: Received) -> Iterator[int]:
    """Run a mail server on a free port for the length of the block; yields the port."""
    from flows.server import free_port

    port = free_port()
    controller = Controller(_Mailbox(received), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def webhook_server(received: Received) -> Iterator[str]:
    """Run a webhook receiver on a free port for the length of the block; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept = {
                k.lower(): v for k, v in self.headers.items() if k.lower().startswith("webhook")
            }
            received.add_hook(kept, body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = LoopbackServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()
        server.server_close()
