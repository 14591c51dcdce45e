"""A large loopback newsroom for measurements: many feeds, pages made of corpus passages."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SEEDS = Path(__file__).parent.parent / "seeds"


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up article: one to three passages of a language, and some filler."""

    title: str
    lang: str
    paragraphs: tuple[str, ...]
    published: datetime


def articles(count: int, seed: int = 0) -> list[Made]:
    """Return ``count`` articles, mixed from the corpus's passages, dated over four years."""
    chance = random.Random(seed)
    passages: dict[str, list[str]] = {}
    for path in sorted((SEEDS / "passages").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            passages.setdefault(record["lang"], []).append(record["text"])
    made = []
    for number in range(count):
        lang = chance.choices(["en", "ru", "hy"], [60, 26, 14])[0]
        texts = chance.sample(passages[lang], chance.randint(3, 7))
        when = datetime(2022, 6, 1, tzinfo=UTC) + timedelta(hours=chance.randint(0, 36_000))
        made.append(Made(f"{texts[0][:70]} … {number}", lang, tuple(texts), when))
    return made


def page(article: Made) -> bytes:
    """Return an article's HTML page, padded with navigation and scripts as real ones are."""
    body = "".join(f"<p>{escape(p)}</p>" for p in article.paragraphs)
    menu = "".join(f'<li><a href="/section/{n}">Section {n}</a></li>' for n in range(60))
    script = "<script>var settings = [" + ",".join(map(str, range(8_000))) + "];</script>"
    return (
        f'<!doctype html><html lang="{article.lang}"><head><meta charset="utf-8">'
        f"<title>{escape(article.title)}</title>{script}</head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>{escape(article.title)}</h1>{body}</article><footer>© outlet</footer>"
        "</body></html>"
    ).encode()


def feed(base: str, name: str, numbered: list[tuple[int, Made]]) -> bytes:
    """Return a feed as RSS."""
    items = "".join(
        f"<item><title>{escape(a.title)}</title><link>{base}/page/{n}</link><guid>{n}</guid>"
        f"<pubDate>{format_datetime(a.published)}</pubDate></item>"
        for n, a in numbered
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{name}</title>'
        f"<link>{base}</link><description>d</description>{items}</channel></rss>"
    ).encode()


@contextmanager
def serve(made: list[Made], feeds: int) -> Iterator[list[str]]:
    """Serve the articles over ``feeds`` feeds; yields the feeds' URLs."""
    numbered = list(enumerate(made))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, _, number = self.path.strip("/").partition("/")
            at = int(number)
            base = f"http://{self.headers['Host']}"
            if kind == "page":
                self._send(page(made[at]), "text/html; charset=utf-8")
            else:
                self._send(feed(base, f"Outlet {at}", numbered[at::feeds]), "application/rss+xml")

        def _send(self, body: bytes, content_type: str) -> None:
            tag = f'"{len(body)}-{self.path}"'
            fresh = self.headers.get("If-None-Match") == tag
            self.send_response(304 if fresh else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", "0" if fresh else str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if fresh else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield [f"{base}/feed/{n}" for n in range(feeds)]
    finally:
        server.shutdown()
