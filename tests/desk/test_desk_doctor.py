"""``doctor``: a sound home passes, each thing that is wrong is found with its remedy, and no secret
is shown."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cli_kit import Answer, Terminal
from loopback_kit import mail_server, web_server

from archive import Archive, endpoints
from archive.types import Feed, FeedState
from flows.server import free_port

PASSWORD = "sesame-password-4711"
TOKEN = "T0sesame4711Token"
SIGNING = "whsec_c2VzYW1lLWNhbmFyeS0tc2VzYW1lLWNhbmFyeS0t"


@dataclass
class Street:
    """A mail server and a receiver on this machine, and all that they were asked."""

    mail: int = 0
    web: int = 0
    off: timedelta = timedelta(0)
    logins: list[str] = field(default_factory=list)
    mails: int = 0
    asked: list[str] = field(default_factory=list)

    def login(self, server, session, envelope, mechanism, data):  # type: ignore[no-untyped-def]
        said = data.password.decode()
        self.logins.append(said)
        right = said == PASSWORD
        return AuthResult(
            success=right, handled=right, message=None if right else f"535 not {said}"
        )

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        self.mails += 1
        return "250 OK"


@contextmanager
def served(street: Street) -> Iterator[Street]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            street.asked.append(f"{self.command} {self.path}")
            self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_HEAD()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(datetime.now(UTC) + street.off, usegmt=True)

        def log_message(self, *args: object) -> None:
            pass

    login = mail_server(street, authenticator=street.login, auth_require_tls=False)
    with login as street.mail, web_server(Handler) as street.web:
        yield street


@pytest.fixture
def street() -> Iterator[Street]:
    with served(Street()) as made:
        yield made


@pytest.fixture
def sound(clever: Terminal, street: Street) -> Terminal:
    """A home in which nothing is wrong."""
    configure(clever, street)
    watch(clever)
    return clever


def configure(terminal: Terminal, street: Street, **changed: str) -> None:
    """Write a configuration; ``changed`` replaces its lines by their key, or adds sections."""
    folder = terminal.root
    (folder / "password").write_text(changed.pop("password", PASSWORD), encoding="utf-8")
    (folder / "password").chmod(0o600)
    more = changed.pop("more", "")
    values = {
        "mail_port": str(street.mail),
        "hook": f"http://127.0.0.1:{street.web}/in/{TOKEN}",
        "allow": '["127.0.0.0/8"]',
    } | changed
    text = f"""
        [email]
        host = "127.0.0.1"
        port = {values["mail_port"]}
        security = "plain"
        username = "watch"
        password_file = "{folder / "password"}"
        from = "watch@pivot.example"
        to = ["ani@desk.example"]
        [[webhook]]
        name = "desk"
        url = "{values["hook"]}"
        secret = "{SIGNING}"
        [net]
        allow = {values["allow"]}
        {more}
        """
    config = folder / "pivotwatch.toml"
    config.write_text(text, encoding="utf-8")
    config.chmod(0o600)


@contextmanager
def opened(terminal: Terminal) -> Iterator[Archive]:
    with closing(Archive(f"sqlite:///{terminal.root / 'pivotwatch.db'}")) as archive:
        yield archive


def watch(terminal: Terminal) -> None:
    """Watch one feed that was read lately."""
    from archive import feeds as store
    from archive.ids import feed_id

    now = datetime.now(UTC)
    url = "http://127.0.0.1:9/feed"
    feed = Feed(feed_id(url), url, "The Outlet", "en")
    with opened(terminal) as archive, archive.write() as connection:
        store.add(connection, [feed], now)
        store.save_state(
            connection, FeedState(feed.id, last_polled=now, next_poll=now + timedelta(minutes=5))
        )


def doctor(terminal: Terminal, *words: str) -> tuple[Answer, dict[str, list[dict[str, str]]]]:
    """Run the command; return its answer and the findings by name."""
    answer = terminal("doctor", "--json", *words)
    for secret in (PASSWORD, TOKEN, SIGNING, SIGNING.removeprefix("whsec_")):
        assert secret not in answer.out + answer.err
    found: dict[str, list[dict[str, str]]] = {}
    whole: dict[str, Any] = answer.json
    for one in whole["checks"]:
        found.setdefault(one["name"], []).append(one)
        assert (one["state"] == "problem") <= bool(one["remedy"]), one
    assert whole["ok"] == (answer.code == 0)
    return answer, found


def problem(terminal: Terminal, name: str, *words: str) -> str:
    """Return the detail and the remedy of the one problem of that name."""
    answer, found = doctor(terminal, *words)
    assert answer.code == 1
    (one,) = [one for one in found[name] if one["state"] == "problem"]
    return f"{one['detail']} → {one['remedy']}"


def test_a_sound_home_passes_and_nothing_is_sent(sound: Terminal, street: Street) -> None:
    answer, found = doctor(sound)
    assert answer.code == 0, answer.out
    states = {name: {one["state"] for one in checks} for name, checks in found.items()}
    for name in ("configuration", "secrets", "disk", "database", "model", "delivery"):
        assert states[name] == {"ok"}, found[name]
    for name in ("email", "desk", "clock"):
        assert states[name] == {"ok"}, found[name]
    assert found["email"][0]["detail"] == f"127.0.0.1:{street.mail} takes the login"
    assert found["desk"][0]["detail"] == f"its host, 127.0.0.1:{street.web}, answers"
    assert found["sender"][0]["state"] == "note"  # pivot.example is a name for documents
    assert street.mails == 0
    assert set(street.asked) == {"HEAD /"}
    assert not (sound.root / "link.key").exists(), "nothing is made"

    shown = sound("doctor")
    assert shown.code == 0
    assert "takes the login" in shown.out
    assert "problem" not in shown.err


def test_offline_asks_nobody(sound: Terminal, street: Street) -> None:
    answer, found = doctor(sound, "--offline")
    assert answer.code == 0
    assert found["network"][0]["state"] == "skipped"
    assert not {"email", "desk", "clock", "sender"} & set(found)
    assert street.asked == street.logins == []


def test_a_broken_configuration_is_a_finding(sound: Terminal) -> None:
    config = sound.root / "pivotwatch.toml"
    config.write_text(config.read_text().replace("[net]", f"pasword = '{TOKEN}'\n[net]"))
    said = problem(sound, "configuration")
    assert "[webhook] #1 pasword: unknown key" in said
    found = doctor(sound)[1]
    assert found["model"][0]["state"] == "ok"  # what needs no configuration is looked at
    assert found["the rest"][0]["state"] == "skipped"


def test_a_home_that_is_not_there_is_a_finding(bare: Terminal) -> None:
    said = problem(bare, "configuration")
    assert "`pivotwatch init`" in said
    assert not bare.root.exists()


def test_a_new_home_says_what_is_missing(terminal: Terminal) -> None:
    assert "`pivotwatch feeds import" in problem(terminal, "feeds", "--offline")
    assert "[email], [[webhook]] or [[chat]]" in problem(terminal, "configuration", "--offline")


def test_files_with_secrets_that_others_can_read(sound: Terminal) -> None:
    (sound.root / "password").chmod(0o640)
    assert f"chmod 600 {sound.root / 'password'}" in problem(sound, "secrets", "--offline")
    (sound.root / "password").chmod(0o600)
    config = sound.root / "pivotwatch.toml"
    config.chmod(0o644)
    assert f"chmod 600 {config}" in problem(sound, "secrets", "--offline")
    (sound.root / "hook").write_text(f"http://127.0.0.1/{TOKEN}")
    (sound.root / "hook").chmod(0o600)
    text = f'[[webhook]]\nname = "desk"\nurl_file = "{sound.root / "hook"}"\n'
    config.write_text(text)  # no secret is in it any more
    assert doctor(sound, "--offline")[1]["secrets"][0]["state"] == "ok"
    config.chmod(0o644)
    escaped = TOKEN.replace("T", r"\u0054")
    config.write_text(f'[[webhook]]\nname = "desk"\nurl = "http://127.0.0.1/{escaped}"\n')
    assert f"chmod 600 {config}" in problem(sound, "secrets", "--offline")
    config.chmod(0o600)
    sound.root.chmod(0o777)
    assert f"chmod go-w {sound.root}" in problem(sound, "secrets", "--offline")


def test_a_wrong_password_is_told_but_not_which(sound: Terminal, street: Street) -> None:
    configure(sound, street, password="open-sesame-0815")
    said = problem(sound, "email")
    assert set(street.logins) == {"open-sesame-0815"}
    assert "535: not …" in said
    assert "correct [email] username and password" in said


def test_a_mail_server_that_is_away(sound: Terminal, street: Street) -> None:
    configure(sound, street, mail_port=str(free_port()))
    assert "correct [email] host, port and security" in problem(sound, "email")


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        (f"http://10.0.0.1/{TOKEN}", "10.0.0.1: 10.0.0.1 is not a public address"),
        (f"http://hooks.invalid/{TOKEN}", "hooks.invalid: its name does not resolve"),
        (f"http://127.0.0.1:1/{TOKEN}", "127.0.0.1:1: no connection"),
        (f"https://127.0.0.1:WEB/{TOKEN}", "TLS failed"),
    ],
)
def test_a_receiver_that_cannot_be_reached(
    sound: Terminal, street: Street, monkeypatch: pytest.MonkeyPatch, hook: str, words: str
) -> None:
    import socket

    real = socket.getaddrinfo

    def names(host: str, *rest: Any, **more: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror("no such name")
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    configure(sound, street, hook=hook.replace("WEB", str(street.web)))
    assert words in problem(sound, "desk")


def test_an_unsigned_webhook_is_a_note(sound: Terminal, street: Street) -> None:
    more = f'[[webhook]]\nname = "open"\nurl = "http://127.0.0.1:{street.web}/{TOKEN}"\n'
    configure(sound, street, more=more)
    answer, found = doctor(sound)
    assert answer.code == 0
    assert found["open"][0]["state"] == "note"
    assert "not signed" in found["open"][0]["detail"]


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [(3, "ok", "within 5 s"), (-30, "note", "ahead of"), (200, "problem", "behind")],
)
def test_the_clock_is_compared(
    sound: Terminal, street: Street, seconds: int, state: str, words: str
) -> None:
    street.off = timedelta(seconds=seconds)
    answer, found = doctor(sound)
    (clock,) = found["clock"]
    assert clock["state"] == state, clock
    assert words in clock["detail"]
    assert answer.code == (state == "problem")


def test_disabled_channels_and_messages_given_up(sound: Terminal) -> None:
    now = datetime.now(UTC)
    with opened(sound) as archive, archive.write() as connection:
        endpoints.failed(connection, "desk", now, "410: the receiver is gone for good")
        endpoints.disable(connection, "desk", now)
        endpoints.failed(connection, "email", now, "535: no")
    said = problem(sound, "desk", "--offline")
    assert "410: the receiver is gone" in said
    assert "`pivotwatch alerts replay --channel desk`" in said
    assert "`pivotwatch alerts test email`" in problem(sound, "email", "--offline")


def test_a_damaged_model_is_told(sound: Terminal) -> None:
    folder = sound.root / "models"
    name = json.loads((folder / "current.json").read_text())["model"]
    (folder / f"{name}.skops").write_bytes(b"not a model")
    assert "`pivotwatch train`" in problem(sound, "model", "--offline")


def test_a_database_that_is_no_database(sound: Terminal) -> None:
    (sound.root / "pivotwatch.db").write_bytes(b"x" * 8192)
    for rest in sound.root.glob("pivotwatch.db-*"):
        rest.unlink()
    assert "restore it from a backup" in problem(sound, "database", "--offline")
    (sound.root / "pivotwatch.db").unlink()
    assert "`pivotwatch init`" in problem(sound, "database", "--offline")
    assert not (sound.root / "pivotwatch.db").exists()


def test_little_room_is_told(sound: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage(sound.root))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**11, 10**11, 10**8))
    assert "`pivotwatch archive prune`" in problem(sound, "disk", "--offline")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**11, 10**11, 9 * 10**8))
    assert doctor(sound, "--offline")[1]["disk"][0]["state"] == "note"


def test_an_up_that_has_ended_badly_is_told(sound: Terminal) -> None:
    note = {"api_url": f"http://127.0.0.1:{free_port()}/api", "pid": 2**22 + 1}  # above any
    (sound.root / "server.json").write_text(json.dumps(note))
    assert "`up` has ended badly" in problem(sound, "Prefect", "--offline")


def test_risky_settings_are_noted(sound: Terminal, street: Street) -> None:
    more = '[page]\nhost = "0.0.0.0"\n[alerts]\nbase_url = "http://page.pivot.am"\n'
    configure(sound, street, more=more)
    found = doctor(sound, "--offline")[1]["configuration"]
    assert [one["state"] for one in found] == ["ok", "note", "note"]
    configure(sound, street, allow='["0.0.0.0/0"]')
    assert "every address" in problem(sound, "configuration", "--offline")


def test_what_hangs_ends_in_time(
    sound: Terminal, street: Street, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import socket
    import threading

    import alerts.smtp
    from flows import doctor as flow
    from flows import doctor_place

    monkeypatch.setattr(alerts.smtp, "GREET_LIMIT", 0.5)
    monkeypatch.setattr(flow, "REST_SECONDS", 2.0)
    release = threading.Event()  # as a network disk that is gone
    monkeypatch.setattr(doctor_place, "check_disk", lambda *_: release.wait(60))
    began = time.monotonic()
    with socket.socket() as deaf:  # it takes the connection and says nothing
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        configure(sound, street, mail_port=str(deaf.getsockname()[1]))
        answer, found = doctor(sound)
    assert time.monotonic() - began < 30
    release.set()
    assert answer.code == 1
    assert "did not end within 2 s" in found["disk"][0]["detail"]
    assert "did not answer within" in found["email"][0]["detail"]
    assert "have port" in found["email"][0]["remedy"]


def test_a_host_counts_once_for_the_clock(sound: Terminal, street: Street) -> None:
    more = "".join(
        f'[[webhook]]\nname = "n{n}"\nurl = "http://127.0.0.1:{street.web}/{TOKEN}"\n'
        for n in range(2)
    )
    configure(sound, street, more=more)
    (clock,) = doctor(sound)[1]["clock"]
    assert clock["detail"] == "within 5 s of 1 host"
