"""The scenes that canaries are looked for in: a home with secrets, and what goes wrong there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

from canary_kit import (
    AWAY,
    HTTP_FAULTS,
    SMTP_FAULTS,
    Faults,
    Flock,
    call,
    debug_log,
    everything_under,
    private_key,
)

import alerts.posting
import alerts.smtp
from alerts.channels import Recipient
from alerts.queueing import queued
from alerts.trial import trial_payload
from archive import Archive, articles, ids, outbox, stories, upgrade
from archive import alerts as alert_store
from archive.types import Alert, AlertRevision, Article, Reason
from flows.home import Home
from flows.server import free_port

FORMATS = ("atom", "stix", "misp", "csv", "jsonl", "icalendar")
SIGNS = "/+&"
Work = Callable[[Home], None]


class Scene:
    """A home in a folder of its own; what commands print is kept in a file beside the log."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.home = Home(folder / "home")
        self.home.root.mkdir()
        self.flock = Flock()
        self.faults = faults
        self.given: set[Path] = {self.home.config, self.home.link_key}
        self.said: list[str] = []

    def file(self, where: str, text: str) -> str:
        """Put a secret into a file of its own, as ``…_file`` wants it."""
        path = self.home.root / f"{where}.secret"
        path.write_text(text, encoding="utf-8")
        self.given.add(path)
        return f'"{path}"'

    def configure(self, text: str) -> None:
        self.home.config.write_text(text, encoding="utf-8")

    def call(self, *words: str, **variables: str) -> str:
        said = call(self.home, *words, **variables)
        self.said.append(f"$ pivotwatch {' '.join(words)}\n{said}")
        return said

    def hits(self) -> list[str]:
        """Return a line for each canary that can be found anywhere but where it was put."""
        (self.folder / "said.txt").write_text("\n".join(self.said), encoding="utf-8")
        found: list[str] = []
        for source, raw in everything_under(self.folder, frozenset(self.given)):
            found += self.flock.in_bytes(source, raw)
        for raw in self.faults.got:
            found += self.flock.in_bytes("what a server got", raw)
        return found

    @contextmanager
    def acted(self) -> Iterator[None]:
        """Log everything for the block; no name is asked for outside, no wait is long."""
        real = socket.getaddrinfo

        def names(host: Any, *rest: Any, **more: Any) -> Any:
            if str(host).endswith(".invalid"):
                raise socket.gaierror("no such name")
            return real(host, *rest, **more)

        with (
            debug_log(self.folder / "debug.log"),
            mock.patch("socket.getaddrinfo", names),
            mock.patch("requests.sessions.Session.request", _refuse),
            mock.patch.object(alerts.smtp, "SEND_LIMIT", 0.7),
            mock.patch.object(alerts.smtp, "GREET_LIMIT", 0.7),
            mock.patch.object(alerts.posting, "SEND_LIMIT", 0.7),
        ):
            yield


def _refuse(_session: Any, method: str, url: str, **more: Any) -> Any:
    import requests

    raise requests.ConnectionError(f"{method}: Max retries exceeded with url: {url} {more}")


def email(scene: Scene, name: str, fault: str, *, by_file: bool) -> str:
    """The section of a mail server with a password."""
    secret = scene.flock.token(f"{name} password", SIGNS)
    given = f"password_file = {scene.file(f'{name}-p', secret)}" if by_file else ""
    port = free_port() if fault == "closed" else scene.faults.mail
    return f"""
        [email]
        host = "127.0.0.1"
        port = {port}
        security = "{"implicit" if fault == "tls" else "plain"}"
        username = "watch"
        {given or f'password = "{secret}"'}
        from = "watch@pivot.example"
        to = ["ani@desk.example"]
        """


def address(scene: Scene, fault: str, name: str) -> str:
    """The URL of a receiver with a fault; its path and its query are canaries."""
    base = {
        "closed": f"http://127.0.0.1:{free_port()}",
        "tls": f"https://127.0.0.1:{scene.faults.web}",
        "nowhere": "http://hooks.invalid",
        "private": "http://10.0.0.1",
    }.get(fault, f"http://127.0.0.1:{scene.faults.web}/{fault}")
    path = scene.flock.token(f"{name} path")
    query = scene.flock.token(f"{name} query", SIGNS)
    return f"{base}/{path}?key={quote(query, safe='')}"


def receivers(scene: Scene) -> str:
    """A webhook for each fault, a chat of each kind, and a service by Apprise."""
    parts: list[str] = []
    for number, fault in enumerate((*HTTP_FAULTS, *AWAY)):
        name = f"hook-{fault}"
        secret, old = scene.flock.key(f"{name} secret"), scene.flock.key(f"{name} old_secret")
        url = address(scene, fault, name)
        parts.append(f'[[webhook]]\nname = "{name}"\n')
        if number % 2:
            parts.append(f"url_file = {scene.file(f'{name}-u', url)}\n")
            parts.append(f"secret_file = {scene.file(f'{name}-s', secret)}\n")
            parts.append(f"old_secret_file = {scene.file(f'{name}-o', old)}\n")
        else:
            parts.append(f'url = "{url}"\nsecret = "{secret}"\nold_secret = "{old}"\n')
    for kind, fault in (("slack", "s500"), ("teams", "garbled"), ("discord", "s404")):
        url = address(scene, fault, kind)
        parts.append(f'[[chat]]\nname = "{kind}"\nkind = "{kind}"\nurl = "{url}"\n')
    robot = scene.flock.plant("apprise token", "abcdefghijklmnopqrstuvwxyz0123456")
    service = scene.file("robot", f"tgram://123456789:{robot}/987654321")
    parts.append(f'[[apprise]]\nname = "robot"\nurl_file = {service}\n')
    return "".join(parts)


def rest(scene: Scene) -> str:
    """Every other section with a secret, and short waits."""
    keys = [scene.flock.token(f"link key {n}") + "x" * 8 for n in (1, 2)]
    beat = f"http://127.0.0.1:{scene.faults.web}/s500/{scene.flock.token('heartbeat')}"
    return f"""
        [alerts]
        base_url = "http://127.0.0.1:8480"
        link_keys = {keys}
        [audit]
        heartbeat_url_file = {scene.file("beat", beat)}
        [net]
        allow = ["127.0.0.0/8"]
        connect_timeout = 0.5
        read_timeout = 0.5
        deadline = 1.0
        """


def dkim(scene: Scene) -> str:
    """A key that mail is signed with; each line of it is a canary."""
    lines = [line for line in private_key().splitlines() if "-" not in line]
    for number, line in enumerate(lines[:3]):
        scene.flock.plant(f"dkim line {number}", line)
    path = scene.file("dkim", private_key())
    return f'dkim_selector = "s1"\ndkim_key_file = {path}\n'


def queue(home: Home, channels: tuple[tuple[str, str], ...]) -> None:
    """Put an alert into the outbox, for each channel and recipient."""
    now = datetime.now(UTC)
    article = Article(
        id="a_kit", url="https://outlet.example/kit", outlet="The Outlet", lang="en",
        title="Kit", text="Kit.", published=now, first_seen=now, feed_id=None,
    )  # fmt: skip
    story = ids.story_id("kit")
    alert = Alert(ids.alert_id("kit", "1"), "kit", story, "Kit", 1, now, now)
    payload = trial_payload(now).model_copy(
        update={"alert_id": alert.id, "rule": "kit", "reason": Reason.FIRST}
    )
    with closing(Archive(f"sqlite:///{home.database}")) as archive:
        upgrade(archive)
        with archive.write() as connection:
            articles.put(connection, article)
            stories.open_story(connection, story, article, now)
            revision = AlertRevision(alert.id, 1, Reason.FIRST, payload.as_json(), now)
            alert_store.revise(connection, alert, revision)
            outbox.enqueue(
                connection,
                [queued(Recipient(channel, who), alert.id, 1, now) for channel, who in channels],
            )


def delivery(folder: Path, faults: Faults, work: Work) -> Scene:
    """Every receiver with its fault and a mail server that works; ``work`` delivers.

    Afterwards every command that shows something is asked, and everything is exported.
    """
    scene = Scene(folder, faults)
    faults.fault = "ok"
    mail = email(scene, "mail", "ok", by_file=True) + dkim(scene)
    scene.configure(mail + receivers(scene) + rest(scene))
    names = [f"hook-{fault}" for fault in (*HTTP_FAULTS, *AWAY)]
    names += ["slack", "teams", "discord", "robot"]
    queue(scene.home, (("email", "ani@desk.example"), *((name, name) for name in names)))
    with scene.acted():
        work(scene.home)
        for name in ("email", *names):
            scene.call("alerts", "test", name)
        for words in ("doctor", "doctor --json", "status", "status --json", "audit"):
            scene.call(*words.split())
        for words in ("alerts list", "alerts channels --json", "alerts dead --json", "digest"):
            scene.call(*words.split())
        scene.call("alerts", "show", ids.alert_id("kit", "1"))
        for kind in FORMATS:
            scene.call("export", "--format", kind, "--to", str(folder / f"export.{kind}"))
    return scene


def mail(folder: Path, faults: Faults, fault: str, *, thorough: bool = True) -> Scene:
    """A mail server with one fault; ``thorough``: the doctor looks at it, too."""
    scene = Scene(folder, faults)
    faults.fault = fault
    by_file = SMTP_FAULTS.index(fault) % 2 == 0
    scene.configure(email(scene, fault, fault, by_file=by_file) + rest(scene))
    queue(scene.home, (("email", "ani@desk.example"),))
    with scene.acted():
        scene.call("alerts", "test", "email")
        if thorough:
            scene.call("doctor", "--json")
    return scene


def mistakes(folder: Path, faults: Faults, *, thorough: bool = True) -> Scene:
    """Configurations with a mistake in or beside each secret, in the file and the environment;
    ``thorough``: the doctor looks at each, too, otherwise at some."""
    scene = Scene(folder, faults)
    flock = scene.flock
    mail = 'host = "h.example"\nfrom = "a@b.example"\nto = ["c@d.example"]\n'
    texts = [
        f'[email]\n{mail}password = "{flock.token("alone")}"\n',
        f'[email]\n{mail}username = "u"\npassword = ["{flock.token("list")}"]\n',
        f'[email]\n{mail}username = "u"\npasword = "{flock.token("misspelt")}"\n',
        f'[email]\n{mail}username = "{flock.token("swapped")}"\n',
        f'[email]\nhots = "h"\npassword = "{flock.token("beside")}"\n',
        f'[email]\npassword = "{flock.token("unclosed")}\n',
        f'[[webhook]]\nname = "a"\nurl = "{flock.token("no url")}"\n',
        f'[[webhook]]\nname = "A b"\nurl = "http://h.example/{flock.token("beside name")}"\n',
        f'[[webhook]]\nname = "a"\nurl = {{ x = "{flock.token("table")}" }}\n',
        f'[[webhook]]\nname = "a"\nurl = "http://h/"\nsecret = "whsec_{flock.token("no key")}"\n',
        f'[[webhook]]\nname = "a"\nurl = "http://h/"\nold_secret = "{flock.key("old alone")}"\n',
        f'[[chat]]\nname = "a"\nkind = "irc"\nurl = "http://h/{flock.token("kind")}"\n',
        f'[[apprise]]\nname = "a"\nurl = "tgram://{flock.token("in place")}"\n',
        f'[[apprise]]\nname = "a"\nurl_file = {scene.file("m", "x://" + flock.token("scheme"))}\n',
        f'[alerts]\nlink_keys = "{flock.token("no list")}"\n',
        f'[alerts]\nbase_url = "http://h.example"\nlink_keys = ["{flock.token("short")}"]\n',
        f'[alerts]\nlink_keys = [["{flock.token("nested")}"]]\n',
        f'[audit]\nheartbeat_url = "{flock.token("no beat")}"\n',
        f'[audit]\nheartbeat_url = ["{flock.token("beats")}"]\n',
        f'[database]\nurl = "mysql://u:{flock.token("mysql")}@h/n"\n',
        f'[database]\nurl = "postgresql://u:{flock.token("port")}@h:x/n"\n',
        f'[database]\nurl = "postgresql://u:{flock.token("away")}@127.0.0.1:{free_port()}/n"\n',
        f'[database]\nurl = "postgresql://127.0.0.1:1/n?password={flock.token("query")}"\n',
        f"[database]\nurl_file = {scene.file('d', 'oracle://u:' + flock.token('file') + '@h')}\n",
    ]
    variables = [
        {"PIVOTWATCH_EMAIL__PASSWORD": flock.token("env")},
        {"PIVOTWATCH_EMAIL__PASWORD": flock.token("env misspelt")},
        {"PIVOTWATCH_MAIL__PASSWORD": flock.token("env section")},
        {"PIVOTWATCH_WEBHOOK": f'[{{"secret": "{flock.token("env json")}"'},
        {"PIVOTWATCH_WEBHOOK": f'[{{"name": 1, "secret": "{flock.token("env type")}"}}]'},
        {"PIVOTWATCH_WEBHOOK": f'"{flock.token("env text")}"'},
        {"PIVOTWATCH_DATABASE__URL": f"mysql://u:{flock.token('env database')}@h"},
        {"PIVOTWATCH_ALERTS__LINK_KEYS": flock.token("env keys")},
        {"PIVOTWATCH_AUDIT__HEARTBEAT_URL": flock.token("env beat")},
    ]
    with scene.acted():
        for number, text in enumerate(texts):
            scene.configure(text)
            if "error: " not in scene.call("alerts", "list"):
                assert "error: " in scene.call("page"), text  # which alone needs the link keys
            if thorough or number % 8 == 0:
                scene.call("doctor", "--offline")
        scene.configure("")
        for one in variables:
            assert "error: " in scene.call("alerts", "list", **one), one
            if thorough:
                scene.call("doctor", "--offline", **one)
    return scene
