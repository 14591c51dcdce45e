"""A loopback outlet that answers what a test tells it to, and an archive that polls it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import pytest
from archive_kit import new_archive

from archive import Archive, ids
from archive import feeds as feed_store
from archive.types import Feed
from feeds.collect import CollectReport, collect
from feeds.poll import PollReport, poll
from feeds.settings import FeedsSettings
from net import Door, NetSettings

NOW = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)


@dataclass
class Reply:
    body: bytes | str = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    @property
    def raw(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # many ask at once
    daemon_threads = True


class Site:
    """Pages by path; a page is a reply, or a function of the request's headers that gives one."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[dict[str, str]], Reply]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                page = site.pages.get(self.path, Reply("gone", status=404))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = page if isinstance(page, Reply) else page(headers)
                time.sleep(reply.delay)
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                if reply.status != 304:
                    self.send_header("Content-Length", str(len(reply.raw)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.status != 304:
                    self.wfile.write(reply.raw)

            def log_message(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def feed(self, path: str, *items: str, **options: str) -> None:
        """Serve an RSS feed of ``items``."""
        self.pages[path] = Reply(rss(*items), "application/rss+xml", headers=options)


def rss(*items: str, encoding: str = "utf-8") -> str:
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0"><channel>'
    return f"{head}<title>Test outlet</title>{''.join(items)}</channel></rss>"


def item(
    link: str, title: str = "A title", date: str = "Mon, 01 Sep 2025 09:00:00 +0400", more: str = ""
) -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{date}</pubDate>{more}</item>"
    )


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


class Desk:
    """An archive with the feeds of a test, and the two steps run on it."""

    def __init__(self, archive: Archive, site: Site) -> None:
        self.archive = archive
        self.site = site
        self.settings = FeedsSettings(feed_spacing=0, page_spacing=0)
        self.progress: list[tuple[int, int]] = []
        self.net = NetSettings.model_validate({"allow": ["127.0.0.0/8"]})

    def subscribe(self, *paths: str, lang: str = "en") -> None:
        feeds = [
            Feed(
                id=ids.feed_id(self.site.url + path),
                url=self.site.url + path,
                outlet=f"Outlet {path}",
                lang=lang,
                family=path,
            )
            for path in paths
        ]
        with self.archive.write() as connection:
            feed_store.add(connection, feeds, NOW)

    def poll(self, now: datetime = NOW, *, everything: bool = False) -> PollReport:
        async def run() -> PollReport:
            async with Door(self.net) as door:
                return await poll(
                    self.archive,
                    door,
                    self.settings,
                    now,
                    everything=everything,
                    on_progress=self._note,
                )

        return anyio.run(run)

    def collect(self, now: datetime = NOW) -> CollectReport:
        async def run() -> CollectReport:
            async with Door(self.net) as door:
                return await collect(self.archive, door, self.settings, now, on_progress=self._note)

        return anyio.run(run)

    def _note(self, done: int, total: int) -> None:
        self.progress.append((done, total))


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Iterator[Desk]:
    archive = new_archive(tmp_path)
    yield Desk(archive, site)
    archive.close()
