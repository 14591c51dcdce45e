"""A small world on loopback for tests of the whole way: outlets, a mail server, a receiver."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from archive import Archive, upgrade
from archive import alerts as alert_store
from archive import feeds as feed_store
from archive import outbox as outbox_store
from archive.types import Message
from desk.demo import newsroom
from desk.demo.command import CONFIG
from desk.demo.newsroom import DemoArticle, Newsroom
from desk.demo.receivers import Received, mail_server, webhook_server
from feeds import read_catalogue
from flows.cycle import clock
from flows.home import Home
from flows.settings import Settings, load

REPOSITORY = Path(__file__).parents[1]
TOLD = {"csto-exercise", "us-drill", "dairy-ban", "rail-dividends"}
"""The stories of the cut-down newsroom; each has to become one alert."""

_KEPT = {
    *("a01", "a02", "a03", "a25", "a59"),  # one refusal, a wire copy of it, and its edit
    *("a05", "a07", "a08", "a09", "a11", "a60"),  # a drill; a ban, and its late update
    "a23",  # a tie that is kept
    *("a32", "a35", "a36", "a39", "a41", "a48", "a51"),  # what has to stay silent
}


@dataclass(frozen=True, slots=True)
class World:
    """A home that watches the newsroom, and what its recipients have received."""

    home: Home
    room: Newsroom
    received: Received

    @property
    def settings(self) -> Settings:
        return load(self.home)

    @contextmanager
    def archive(self) -> Iterator[Archive]:
        with closing(Archive(self.settings.database_url(self.home))) as archive:
            upgrade(archive)
            yield archive

    def visible(self) -> list[DemoArticle]:
        return [a for outlet in self.room.outlets for a in self.room.visible(outlet)]

    def messages(self) -> list[Message]:
        """All that was ever queued."""
        with self.archive() as archive, archive.read() as connection:
            found = alert_store.recent(connection, 100)
            return [m for a in found for m in outbox_store.messages(connection, a.id)]

    def arrivals(self) -> Counter[str]:
        """How often each message id has arrived."""
        mails = (str(m["Message-ID"]).strip("<>").partition("@")[0] for m in self.received.mails)
        return Counter(mails) + Counter(c["headers"]["webhook-id"] for c in self.received.hooks)

    def quotes(self) -> list[tuple[str, str]]:
        """The address and the words of every sentence that a webhook call has quoted."""
        return [
            (quote["source"]["url"].partition("?")[0], quote["text"])
            for call in self.received.hooks
            for quote in call["body"]["data"]["passages"]
        ]


@contextmanager
def small_world(folder: Path, trained: Path) -> Iterator[World]:
    """Serve the cut-down newsroom to a new home in ``folder`` that holds the model ``trained``."""
    home = new_home(folder / "home", trained)
    received = Received(folder / "messages")
    received.folder.mkdir()
    whole = newsroom.load()
    room = replace(whole, articles=tuple(a for a in whole.articles if a.id in _KEPT))
    with newsroom.serve(room), mail_server(received) as port, webhook_server(received) as url:
        home.config.write_text(CONFIG.format(smtp_port=port, webhook_url=url), encoding="utf-8")
        world = World(home, room, received)
        with world.archive() as archive:
            watch_feeds(archive, folder / "feeds.toml", room.catalogue())
        yield world


def new_home(root: Path, trained: Path) -> Home:
    """Make a home with a model in it and an empty configuration."""
    home = Home(root)
    root.mkdir(parents=True)
    shutil.copytree(trained, home.models)
    home.config.write_text("", encoding="utf-8")
    return home


def watch_feeds(archive: Archive, file: Path, catalogue: str) -> None:
    """Take the feeds of a catalogue into the archive."""
    file.write_text(catalogue, encoding="utf-8")
    with archive.write() as connection:
        feed_store.add(connection, read_catalogue(file), clock())
