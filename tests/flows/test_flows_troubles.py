"""What goes wrong outside: one line each, the rest goes on, and no secret is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from flows_kit import announce, command, holding, run_watch, runs_of
from loopback_kit import web_server
from newsroom_kit import World, new_home, watch_feeds

from archive import ArchiveError
from archive import feeds as feed_store
from desk.demo import newsroom
from flows.server import Server, free_port
from flows.settings import ConfigError

CANARY = "sesame-canary-4711"
SIGNING = "whsec_c2VzYW1lLWNhbmFyeS0tc2VzYW1lLWNhbmFyeS0t"
OVERSIZED = 11_000_000
OUTLETS = ("good", "page", "absent", "circle", "vast")


@dataclass
class Street:
    """Outlets of which all but one are in trouble."""

    base: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        drill = next(a for a in newsroom.load().articles if a.id == "a05")
        if path == "/good/feed":
            names = ("drill", "missing", "circle", "vast", "picture")
            items = "".join(
                f"<item><title>{escape(drill.title) if name == 'drill' else name}</title>"
                f"<link>{self.base}/good/{name}</link></item>"
                for name in names
            )
            feed = f"<rss version='2.0'><channel><title>Good</title>{items}</channel></rss>"
            return 200, {"Content-Type": "application/rss+xml"}, feed.encode()
        if path == "/good/drill":
            body = "".join(f"<p>{escape(p)}</p>" for p in drill.paragraphs)
            page = f"<html><body><article><h1>{escape(drill.title)}</h1>{body}</article></body>"
            return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()
        if path == "/good/picture":
            return 200, {"Content-Type": "image/png"}, b"\x89PNG"
        if path.startswith("/circle/"):
            return 302, {"Location": f"/good/circle?again={len(self.asked) % 2}"}, b""
        if path.startswith("/good/circle"):
            return 302, {"Location": "/circle/feed"}, b""
        if "vast" in path:
            kind = "text/html" if path.startswith("/good/") else "application/rss+xml"
            return 200, {"Content-Type": kind}, b" " * OVERSIZED
        if path == "/page/feed":
            return 200, {"Content-Type": "text/html"}, b"<html><body>Welcome</body></html>"
        return 404, {}, b"no such page"


@contextmanager
def served(street: Street) -> Iterator[Street]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            street.asked.append(self.path)
            status, headers, body = street.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # whoever finds it too large hangs up
                self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            said = f"no thanks: {self.path}".encode()
            self.send_response(500)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: object) -> None:
            pass

    with web_server(Handler) as port:
        street.base = f"http://127.0.0.1:{port}"
        yield street


@pytest.fixture
def street() -> Iterator[Street]:
    with served(Street()) as made:
        yield made


def watch_street(world: World, street: Street, outlets: tuple[str, ...] = OUTLETS) -> None:
    """Watch the street's outlets in place of the newsroom."""
    catalogue = "".join(
        f'[[feed]]\nurl = "{street.base}/{name}/feed"\noutlet = "{name}"\nlang = "en"\n'
        for name in outlets
    )
    with world.archive() as archive:
        with archive.write() as connection:
            for feed, _ in feed_store.every(connection):
                feed_store.remove(connection, feed.url)
        watch_feeds(archive, world.home.root / "street.toml", catalogue)


def test_each_trouble_has_its_one_line_and_the_rest_goes_on(
    world: World, street: Street, prefect: Server
) -> None:
    watch_street(world, street)
    report = run_watch(world.home)
    assert (report.feeds.polled, report.feeds.failed) == (5, 4)
    assert (report.articles.new, report.articles.failed) == (1, 4)
    assert (report.stories.new, report.alerts.sent) == (1, 1)
    assert len(world.received.mails) == len(world.received.hooks) == 1

    wanted = {
        "/page/feed": "not a feed",
        "/absent/feed": "404 Not Found",
        "/circle/feed": "circle",
        "/vast/feed": "more than 4,000,000",
        "/good/missing": "404 Not Found",
        "/good/circle": "circle",
        "/good/vast": "more than 3,000,000",
        "/good/picture": "image/png, not a web page",
    }
    assert len(report.errors) == len(wanted)
    for path, words in wanted.items():
        lines = [e for e in report.errors if e.startswith(f"{street.base}{path}: ")]
        assert len(lines) == 1, (path, report.errors)
        assert words in lines[0]
        assert "\n" not in lines[0]
    (run,) = runs_of(prefect.api_url, world.home)
    assert run["state_type"] == "COMPLETED"


@pytest.mark.parametrize(
    "text",
    [
        f'[email]\nhost = "h"\npassword = "{CANARY}"\nfrom = "a@b.example"\nto = ["c@d.example"]\n',
        f'[[webhook]]\nname = "desk"\nurl = "{CANARY}"\n',
        f'[[webhook]]\nname = "desk"\nurl = "http://h/{CANARY}"\nsecret = "whsec_{CANARY}"\n',
        f'[database]\nurl = ["{CANARY}"]\n',
    ],
)
def test_a_bad_configuration_fails_the_run_and_tells_no_secret(
    tmp_path: Path, trained: Path, prefect: Server, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    home = new_home(tmp_path / "home", trained)
    home.config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        run_watch(home)
    assert len(caught.value.lines) == 1
    assert str(home.config) in str(caught.value)
    (run,) = runs_of(prefect.api_url, home)
    assert run["state_type"] == "FAILED"
    assert CANARY not in str(caught.value) + json.dumps(run) + caplog.text
    assert not home.database.exists()


def test_a_database_that_does_not_answer_keeps_its_password(
    tmp_path: Path, trained: Path, prefect: Server, caplog: pytest.LogCaptureFixture
) -> None:
    home = new_home(tmp_path / "home", trained)
    url = f"postgresql://watch:{CANARY}@127.0.0.1:{free_port()}/pivot"
    home.config.write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")
    with pytest.raises(ArchiveError) as caught:
        run_watch(home)
    assert len(str(caught.value).splitlines()) == 1
    (run,) = runs_of(prefect.api_url, home)
    assert run["state_type"] == "FAILED"
    assert CANARY not in str(caught.value) + json.dumps(run) + caplog.text


def test_a_failing_delivery_tells_no_secret_anywhere(
    world: World, street: Street, prefect: Server, tmp_path: Path
) -> None:
    """The receivers refuse and repeat the webhook's path; nobody listens at the mail server."""
    watch_street(world, street, ("good",))
    (tmp_path / "password").write_text(CANARY, encoding="utf-8")
    world.home.config.write_text(
        f"""
        [email]
        host = "127.0.0.1"
        port = {free_port()}
        security = "plain"
        username = "watch"
        password_file = "{tmp_path / "password"}"
        from = "pivotwatch@desk.example"
        to = ["analyst@desk.example"]
        [[webhook]]
        name = "desk"
        url = "{street.base}/hooks/{CANARY}"
        secret = "{SIGNING}"
        [alerts]
        group_wait = 0
        [net]
        allow = ["127.0.0.0/8"]
        [feeds]
        feed_spacing = 0
        page_spacing = 0
        """,
        encoding="utf-8",
    )
    announce(world.home, prefect)
    process = command(world.home, "run", "--once", "--json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    report = json.loads(out)
    assert report["alerts"] == {"sent": 0, "held": 0, "failed": 1}
    failures = [line for line in report["errors"] if line.startswith("alert ")]
    assert len(failures) == 2
    assert all("next try" in line for line in failures)

    world.home.config.unlink()
    for secret in (CANARY, SIGNING, SIGNING.removeprefix("whsec_")):
        assert secret not in out + err
        assert holding(world.home.root, secret) == []
        assert holding(prefect.log.parents[1], secret) == [], "Prefect's database and log"
