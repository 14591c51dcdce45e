"""What the tests of alerts/ share: articles of our own, an archive, servers with faults."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

from aiosmtpd.controller import Controller

from alerts import (
    AlertsSettings,
    EmailSettings,
    Recipient,
    WebhookSettings,
    WeighReport,
    weigh,
)
from archive import Archive, articles, upgrade
from archive.ids import article_id
from archive.types import Article, Contribution, Direction, Evidence, Passage, Score, Traits
from net import NetSettings

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NAMES = {
    "csto_snub": "CSTO and Moscow-led bodies snubbed",
    "trade_retaliation": "Russian economic pressure",
    "russia_reengagement": "Ties kept or growing",
}
THRESHOLDS = dict.fromkeys(NAMES, 0.5)
NET = NetSettings(allow=(ip_network("127.0.0.0/8"),), deadline=5.0)
PERSON = Recipient("email", "analyst@desk.example")
MACHINE = Recipient("ops", "ops")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CSTO = Traits(
    frozenset({"csto", "exercise", "refuse", "kyrgyzstan"}),
    frozenset({"kok-tash", "180", "4200"}),
    frozenset({"troop", "letter", "staff", "compani"}),
)
DAIRY = Traits(
    frozenset({"dairy", "import", "ban", "food_agency"}),
    frozenset({"19", "gavar"}),
    frozenset({"chees", "appl", "lorri", "border"}),
)


def make(
    key: str,
    *,
    outlet: str = "Ararat Wire",
    title: str = "Armenia will skip the CSTO exercise",
    text: str = "Armenia will not take part in the exercise. A letter was sent to Moscow.",
    lang: str = "en",
    hours: float = 0,
    origin: str = "",
    family: str = "",
    signal: str = "csto_snub",
    probability: float = 0.74,
    direction: Direction = Direction.AWAY,
    traits: Traits = CSTO,
    version: int = 1,
    quote: str | None = None,
    counter: tuple[Passage, ...] = (),
    model: str = "m_test",
) -> tuple[Article, Score]:
    """An article and its score, with evidence unless ``probability`` is 0."""
    url = f"https://{key}.example/news"
    article = Article(
        id=article_id(url),
        url=url,
        title=title,
        text=text,
        lang=lang,
        outlet=outlet,
        published=NOW - timedelta(hours=10 - hours),
        first_seen=NOW - timedelta(hours=9.5 - hours),
        version=version,
        family=family or outlet.lower(),
        content_hash=f"{title}{text}",
        copy_of=article_id(f"https://{origin}.example/news") if origin else None,
        origin=article_id(f"https://{origin}.example/news") if origin else article_id(url),
    )
    words = text.split(". ")[0] if quote is None else quote
    start = text.index(words)
    passage = Passage(
        words,
        start,
        start + len(words),
        (
            Contribution("csto", "exercise", 1.42),
            Contribution("refusal", "will not take part", 0.96),
            Contribution("sport", "match", -0.31),
        ),
    )
    evidence = (
        Evidence(article.id, version, signal, model, probability, direction, (passage,), counter),
    )
    return article, Score(
        article_id=article.id,
        version=version,
        model_id=model,
        lang=lang,
        relevance=0.9 if probability else 0.1,
        direction=direction if probability else Direction.NONE,
        signals={signal: probability},
        evidence=evidence if probability else (),
        traits=traits,
    )


def edit(
    pair: tuple[Article, Score], text: str, *, probability: float = 0.74
) -> tuple[Article, Score]:
    """The next version of an article, with new words."""
    old, score = pair
    article = replace(old, text=text, version=old.version + 1, content_hash=text)
    words = text.split(". ")[0]
    pieces = tuple(
        replace(
            e,
            version=article.version,
            probability=probability,
            passages=(Passage(words, 0, len(words)),),
        )
        for e in score.evidence
    )
    return article, replace(score, version=article.version, evidence=pieces if probability else ())


def new_archive(folder: Path) -> Archive:
    """An empty archive with the current schema."""
    archive = Archive(f"sqlite:///{folder / 'pivotwatch.db'}")
    upgrade(archive)
    return archive


def take(
    archive: Archive,
    *pairs: tuple[Article, Score],
    settings: AlertsSettings | None = None,
    recipients: Sequence[Recipient] = (PERSON, MACHINE),
    now: datetime = NOW,
) -> WeighReport:
    """Store articles as collecting does, then weigh them as one batch."""
    with archive.write() as connection:
        for article, _ in pairs:
            articles.put(connection, article)
    return weigh(
        archive,
        pairs,
        settings or AlertsSettings(),
        THRESHOLDS,
        now,
        "11 of 12 sources healthy.",
        recipients=recipients,
        names=NAMES,
    )


def email_to(port: int, /, **more: object) -> EmailSettings:
    """Settings for a mail server on this machine."""
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "from": "alerts@pivot.example",
        "to": (PERSON.address,),
    }
    return EmailSettings.model_validate(values | more)


def webhook_to(port: int, /, **more: object) -> WebhookSettings:
    """Settings for a receiver on this machine."""
    values: dict[str, object] = {
        "name": "ops",
        "url": f"http://127.0.0.1:{port}/hooks/T0PS3CRETPATH",
        "secret": SECRET,
    }
    return WebhookSettings.model_validate(values | more)


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


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(box: Mailbox, **options: object) -> Iterator[int]:
    """Run a mail server for the block; gives its port."""
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@dataclass
class Receiver:
    """A webhook receiver: keeps what it gets; ``answers`` are given first, in order."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hang: threading.Event | None = None


@contextmanager
def receiver(box: Receiver) -> Iterator[int]:
    """Run a webhook receiver for the block; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            if box.hang is not None:
                box.hang.wait(20)
            status, headers, answer = box.answers.pop(0) if box.answers else (204, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
