"""The page on a real web server, an archive with one alert, and a clock that tests turn."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import sqlalchemy as sa
import uvicorn
from pydantic import SecretStr

from alerts.links import Links
from alerts.payload import AlertPayload
from alerts.trial import trial_payload
from archive import Archive, articles, ids, stories
from archive import alerts as alert_store
from archive.tables import metadata
from archive.types import Alert, AlertRevision, Article, Reason
from desk.page.app import create_app
from desk.page.guard import Limiter
from desk.page.serve import _config
from desk.page.views import Choice

WHO = "ani@desk.example"
OTHER = "davit@desk.example"
SIGNALS = (
    Choice("csto_snub", "CSTO and Moscow-led bodies snubbed"),
    Choice("western_drills", "Drills with the West"),
    Choice("russia_reengagement", "Ties kept or growing"),
)
URL = "https://ararat.example/news/1"


def store_alert(archive: Archive, at: datetime, *, title: str = "Armenia skips it") -> AlertPayload:
    """Store an article, its story, and an alert on it; return what the alert says."""
    article = Article(
        id=ids.article_id(URL),
        url=URL,
        title=title,
        text="Armenia will not take part in the exercise. A letter was sent.",
        lang="en",
        outlet="Ararat Wire",
        published=at,
        first_seen=at,
        origin=ids.article_id(URL),
    )
    story = ids.story_id(article.id)
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, story, article, at)
        payload = _payload(article, story, at)
        alert = Alert(payload.alert_id, payload.rule, story, title, 1, at, at)
        revision = AlertRevision(alert.id, 1, Reason.FIRST, payload.as_json(), at)
        alert_store.revise(connection, alert, revision)
    return payload


def _payload(article: Article, story: str, at: datetime) -> AlertPayload:
    sample = trial_payload(at)
    quote = sample.passages[0]
    words = "Armenia will not take part in the exercise."
    source = quote.source.model_copy(
        update={"article_id": article.id, "url": article.url, "outlet": article.outlet}
    )
    mine = quote.model_copy(update={"source": source, "text": words, "start": 0, "end": len(words)})
    return sample.model_copy(
        update={
            "alert_id": ids.alert_id("realignment", story),
            "rule": "realignment",
            "reason": Reason.FIRST,
            "passages": (mine,),
            "signal": sample.signal.model_copy(
                update={"code": SIGNALS[0].value, "name": SIGNALS[0].label}
            ),
            "story": sample.story.model_copy(update={"id": story, "title": article.title}),
        }
    )


def rows_of(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the database holds, by table."""
    with archive.read() as connection:
        return {
            name: sorted(tuple(map(str, row)) for row in connection.execute(sa.select(table)))
            for name, table in metadata.tables.items()
        }


@dataclass
class Site:
    """The page at work. ``now`` is its time."""

    archive: Archive
    payload: AlertPayload
    links: Links
    client: httpx.Client
    base: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def urls(self, person: str = WHO) -> dict[str, str]:
        """The links of the alert's buttons by name, and that of unsubscribing."""
        made = self.links.buttons(self.payload.alert_id, self.payload.revision, person)
        article = self.payload.passages[0].source.article_id
        return {b.name: b.url for b in made} | {
            "unsubscribe": self.links.unsubscribe(person),
            "miss": self.links.miss(article, person),
        }

    def press(self, name: str, person: str = WHO, /, **fields: str) -> httpx.Response:
        """Press a button on its page, or what ``do`` says."""
        return self.client.post(self.urls(person)[name], data={"do": "press"} | fields)


@contextmanager
def serving(
    archive: Archive, payload: AlertPayload, base_url: str = "", limiter: Limiter | None = None
) -> Iterator[Site]:
    """Run the page on a port of its own, as ``pivotwatch page`` configures it."""
    listener = socket.create_server(("127.0.0.1", 0))
    here = f"http://127.0.0.1:{listener.getsockname()[1]}"
    links = Links(base_url or here, [SecretStr("k" * 40)])
    with httpx.Client(trust_env=False, timeout=20) as client:
        site = Site(archive, payload, links, client, here)
        app = create_app(archive, links, SIGNALS, lambda: site.now, limiter or Limiter(10_000))
        server = uvicorn.Server(_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield site
        finally:
            server.should_exit = True
            thread.join(20)


def headings(answer: httpx.Response) -> list[str]:
    """What a page is headed with."""
    return re.findall(r"<h1>(.*?)</h1>", answer.text)
