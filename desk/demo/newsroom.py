"""The demo's newsroom: invented outlets with feeds and full pages, served on loopback."""

from __future__ import annotations

import json
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader

from desk.demo.loopback import LoopbackServer

SLOW_SECONDS = 3.0
SLOW_ARTICLE = "a50"  # its page answers late
BROKEN_OUTLET = "broken-courier"  # its feed is a web page
_FORMATS = {"rss": "application/rss+xml", "atom": "application/atom+xml"}


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented outlet."""

    id: str
    name: str
    lang: str
    format: str
    kind: str
    family: str
    country: str
    reliability: str
    full_text: bool


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """An invented article and what pivotwatch should make of it."""

    id: str
    outlet: str
    slug: str
    title: str
    author: str
    paragraphs: tuple[str, ...]
    hours_ago: float
    cycle: int
    story: str | None
    role: str
    signals: tuple[str, ...]
    direction: str
    copy_of: str | None
    revises: str | None

    def lang_of(self, room: Newsroom) -> str:
        """Return the language of the article's outlet."""
        return room.outlets[self.outlet].lang


@dataclass(slots=True)
class Newsroom:
    """The outlets' content; ``cycle`` says how far the invented day has gone."""

    outlets: dict[str, Outlet]
    articles: tuple[DemoArticle, ...]
    opened: datetime
    cycle: int = 1
    base: str = ""
    pages: Environment = field(default_factory=lambda: _environment())

    def visible(self, outlet: str) -> list[DemoArticle]:
        """Return an outlet's articles at this point, newest first; edits replace what they edit."""
        shown: dict[str, DemoArticle] = {}
        for article in self.articles:
            if article.outlet == outlet and article.cycle <= self.cycle:
                shown[article.slug] = article
        return sorted(shown.values(), key=lambda a: a.hours_ago)

    def published(self, article: DemoArticle) -> datetime:
        """Return when an article came out."""
        return self.opened - timedelta(hours=article.hours_ago)

    def url(self, article: DemoArticle) -> str:
        """Return the address of an article's page."""
        return f"{self.base}/{article.outlet}/{article.slug}"

    def feed_url(self, outlet: str) -> str:
        """Return the address of an outlet's feed."""
        return f"{self.base}/{outlet}/feed"

    def catalogue(self) -> str:
        """Return the outlets as a feed catalogue in pivotwatch's TOML."""
        template = self.pages.get_template("catalogue.toml.jinja")
        return template.render(room=self, broken=BROKEN_OUTLET)


def load(opened: datetime | None = None) -> Newsroom:
    """Read the demo's outlets and articles."""
    folder = files("desk.demo")
    outlets = tomllib.loads((folder / "outlets.toml").read_text(encoding="utf-8"))["outlet"]
    lines = (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return Newsroom(
        outlets={o["id"]: Outlet(**o) for o in outlets},
        articles=tuple(_article(json.loads(line)) for line in lines if line.strip()),
        opened=opened or datetime.now(UTC).replace(microsecond=0),
    )


@contextmanager
def serve(room: Newsroom) -> Iterator[Newsroom]:
    """Serve the newsroom on a free port of 127.0.0.1 for the length of the block."""
    handler = type("Handler", (_Handler,), {"room": room})
    server = LoopbackServer(("127.0.0.1", 0), handler)
    room.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield room
    finally:
        server.shutdown()
        server.server_close()


def _article(data: dict[str, Any]) -> DemoArticle:
    lists = {name: tuple(data[name]) for name in ("paragraphs", "signals")}
    return DemoArticle(**(data | lists))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("desk.demo"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["rfc822"] = format_datetime
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment


class _Handler(BaseHTTPRequestHandler):
    """Answers for feeds and pages, with validators as a real outlet would."""

    room: Newsroom
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request."""
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[0] == BROKEN_OUTLET:
            self._send(self._page("broken.html.jinja"), "text/html; charset=utf-8")
        elif len(parts) == 2 and parts[0] in self.room.outlets and parts[1] == "feed":
            self._feed(self.room.outlets[parts[0]])
        elif len(parts) == 2:
            self._article(*parts)
        else:
            self._send(b"not found", "text/plain", HTTPStatus.NOT_FOUND)

    def _feed(self, outlet: Outlet) -> None:
        articles = self.room.visible(outlet.id)
        if outlet.format == "json":
            body = json.dumps(_json_feed(self.room, outlet, articles), ensure_ascii=False).encode()
            self._send(body, "application/feed+json")
        else:
            body = self._page(f"{outlet.format}.xml.jinja", outlet=outlet, articles=articles)
            self._send(body, _FORMATS[outlet.format])

    def _article(self, outlet_id: str, slug: str) -> None:
        found = [a for a in self.room.visible(outlet_id) if a.slug == slug]
        if not found:
            self._send(b"gone", "text/plain", HTTPStatus.NOT_FOUND)
            return
        if found[0].id == SLOW_ARTICLE:
            time.sleep(SLOW_SECONDS)
        teasers = [a for a in self.room.visible(outlet_id) if a.slug != slug][:4]
        body = self._page(
            "page.html.jinja",
            article=found[0],
            outlet=self.room.outlets[outlet_id],
            teasers=teasers,
            published=self.room.published(found[0]),
        )
        self._send(body, "text/html; charset=utf-8")

    def _page(self, template: str, **values: Any) -> bytes:
        return self.room.pages.get_template(template).render(room=self.room, **values).encode()

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        tag = f'"{hash(body) & 0xFFFFFFFF:x}"'
        if self.headers.get("If-None-Match") == tag:
            body, status = b"", HTTPStatus.NOT_MODIFIED
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the demo prints what pivotwatch sees."""


def _json_feed(room: Newsroom, outlet: Outlet, articles: list[DemoArticle]) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "language": outlet.lang,
        "items": [
            {
                "id": f"{outlet.id}:{article.slug}",
                "url": room.url(article),
                "title": article.title,
                "summary": article.paragraphs[0],
                "date_published": room.published(article).isoformat(),
                "authors": [{"name": article.author}],
            }
            | (_full_text(article) if outlet.full_text else {})
            for article in articles
        ],
    }


def _full_text(article: DemoArticle) -> dict[str, str]:
    from markupsafe import escape

    return {"content_html": "".join(f"<p>{escape(p)}</p>" for p in article.paragraphs)}
