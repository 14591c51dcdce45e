"""A home that is audited: its time, its cycles, and the service that its heartbeats go to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from loopback_kit import web_server

from alerts.channels import Recipient
from alerts.queueing import queued
from alerts.trial import trial_payload
from archive import (
    Archive,
    articles,
    cycles,
    heartbeats,
    ids,
    outbox,
    stories,
    upgrade,
)
from archive import alerts as alert_store
from archive import feeds as feed_store
from archive.heartbeats import Beat
from archive.types import (
    Alert,
    AlertRevision,
    Article,
    Cycle,
    Feed,
    Reason,
)
from flows import auditing
from flows.auditing import AUDIT, Audit
from flows.home import Home
from flows.settings import load

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SECRET = "hb-1f0c-sesame-canary"


@dataclass
class Monitor:
    """A service that heartbeats are sent to: what it was asked, and what it answers."""

    asked: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""
    body: bytes = b"OK"
    hang: threading.Event | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/{SECRET}?token={SECRET}"


@contextmanager
def serving(box: Monitor) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # any other method is answered with 501
            box.asked.append(f"{self.command} {self.path}")
            if box.hang is not None:
                box.hang.wait(30)
            self.send_response(box.status)
            if box.location:
                self.send_header("location", box.location)
            self.send_header("content-length", str(len(box.body)))
            self.end_headers()
            self.wfile.write(box.body)

        def log_message(self, *args: object) -> None:
            pass

    with web_server(Handler) as box.port:
        yield


@dataclass
class Watched:
    """A home, its archive, the service that it tells, and the time."""

    home: Home
    archive: Archive
    monitor: Monitor
    now: datetime = NOW
    is_up: bool = True
    is_scheduled: bool = True

    def audit(self, after: timedelta = timedelta(0)) -> Audit:
        self.now += after
        return asyncio.run(
            auditing.audit(
                self.home,
                load(self.home),
                self.archive,
                self.now,
                is_up=self.is_up,
                is_scheduled=self.is_scheduled,
            )
        )

    def audited(self, after: timedelta) -> None:
        """Let time pass with an audit every five minutes."""
        self.now += after
        with self.archive.write() as connection:
            heartbeats.put(connection, [Beat(AUDIT, self.now - 5 * MINUTE)])

    def sent(self, after: timedelta = timedelta(0)) -> bool:
        """Whether an audit ends with exactly one GET; it must agree with what is said."""
        before = len(self.monitor.asked)
        found = self.audit(after)
        asked = self.monitor.asked[before:]
        assert asked in ([], [f"GET /ping/{SECRET}?token={SECRET}"])
        assert (bool(asked), found.sent) == (found.ok, found.ok)
        return bool(asked)

    def problem(self, after: timedelta = timedelta(0)) -> str:
        """The only problem of an audit, after which nothing is sent."""
        before = len(self.monitor.asked)
        found = self.audit(after)
        assert len(self.monitor.asked) == before
        (line,) = found.problems
        return line

    def cycle(
        self, started: datetime, finished: datetime | None, report: dict[str, object] | None = None
    ) -> None:
        with self.archive.write() as connection:
            key = f"c{started.timestamp()}"
            cycles.save(connection, Cycle(key, started, finished, report or {}))

    def cycles(self, count: int, until: datetime | None = None) -> None:
        """That many cycles of two minutes, five minutes apart, the last one just over."""
        end = until or self.now
        for number in range(count):
            done = end - number * 5 * MINUTE
            self.cycle(done - 2 * MINUTE, done)

    def feeds(self, count: int, **state: object) -> None:
        """Watch that many feeds alone, which fare like that."""
        urls = [f"https://{number}.example/rss" for number in range(count)]
        found = [Feed(ids.feed_id(url), url, url, "en", family=url) for url in urls]
        with self.archive.write() as connection:
            for before, _ in feed_store.every(connection):
                feed_store.remove(connection, before.url)
            feed_store.add(connection, found, NOW - HOUR)
            for _, before in feed_store.every(connection):
                after = replace(before, **({"last_polled": NOW} | state))  # type: ignore[arg-type]
                feed_store.save_state(connection, after)

    def beats(self) -> dict[str, Beat]:
        with self.archive.read() as connection:
            return heartbeats.every(connection)

    def configure(self, more: str) -> None:
        with self.home.config.open("a", encoding="utf-8") as file:
            file.write(more)


@contextmanager
def audited_home(folder: Path) -> Iterator[Watched]:
    """A home that has been audited for an hour, had its cycles, and reads one feed."""
    home, box = Home(folder / "home"), Monitor()
    home.root.mkdir()
    with serving(box), closing(Archive(f"sqlite:///{home.database}")) as archive:
        (folder / "url").write_text(f"{box.url}\n", encoding="utf-8")
        home.config.write_text(
            f'[net]\nallow = ["127.0.0.0/8"]\n'
            f'[[webhook]]\nname = "desk"\nurl = "http://127.0.0.1:9/"\n'
            f'[audit]\nleast_free_megabytes = 0\nheartbeat_url_file = "{folder / "url"}"\n',
            encoding="utf-8",
        )
        upgrade(archive)
        made = Watched(home, archive, box)
        with archive.write() as connection:
            began = Beat("audit began", NOW - HOUR)
            heartbeats.put(connection, [Beat(AUDIT, NOW - 5 * MINUTE), began])
        made.feeds(1)
        made.cycles(3)
        yield made


def queue(archive: Archive, at: datetime, channel: str = "desk") -> None:
    """Put one alert into the outbox."""
    url = "https://ararat.example/news"
    article = Article(
        id=ids.article_id(url),
        url=url,
        title="Armenia will skip the exercise",
        text="Armenia will skip the exercise.",
        lang="en",
        outlet="Ararat Wire",
        published=at,
        first_seen=at,
    )
    alert = Alert(ids.alert_id("kit", url), "kit", ids.story_id(url), "Kit", 1, at, at)
    payload = trial_payload(at)
    one = queued(Recipient(channel, channel), alert.id, 1, at)
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, alert.story_id, article, at)
        revision = AlertRevision(alert.id, 1, Reason.FIRST, payload.as_json(), at)
        alert_store.revise(connection, alert, revision)
        outbox.enqueue(connection, [one])
