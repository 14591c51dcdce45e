"""The heartbeat: what counts as its arrival, and that its address is never shown."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from audit_kit import MINUTE, SECRET, Watched
from flows_kit import holding

from flows import auditing
from flows.auditing import HEARTBEAT
from flows.home import Home
from flows.settings import ConfigError, load


@pytest.mark.parametrize(
    ("status", "said"), [(404, "it answered 404"), (500, "it answered 500"), (204, "")]
)
def test_the_answer_decides_whether_it_arrived(watched: Watched, status: int, said: str) -> None:
    watched.monitor.status = status
    watched.monitor.body = b"" if status == 204 else b"x" * 200_000
    found = watched.audit()
    assert found.ok
    assert (found.sent, (found.failure or "")[:15]) == (not said, said)
    assert watched.beats()[HEARTBEAT].ok is not bool(said)
    if said:
        watched.monitor.status = 200
        assert watched.audit(5 * MINUTE).sent, "the next one is tried anew"


@pytest.mark.parametrize(
    "location", ["/elsewhere/{}", "ftp://x.example/{}", "http://[/{}", "https://u:p@x.example/{}"]
)
def test_a_redirect_is_not_followed_and_not_shown(watched: Watched, location: str) -> None:
    watched.monitor.status, watched.monitor.location = 302, location.format(SECRET)
    found = watched.audit()
    assert len(watched.monitor.asked) == 1
    assert found.failure is not None
    assert "redirect" in found.failure
    assert SECRET not in found.failure


def test_a_service_that_hangs_or_is_not_there_costs_seconds_and_no_secret(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("flows.heartbeat.SECONDS", 0.3)
    watched.monitor.hang = threading.Event()
    found = watched.audit()
    assert (found.ok, found.sent) == (True, False)
    assert found.failure == "no complete answer in time"
    watched.monitor.hang.set()
    text = f"http://127.0.0.1:1/{SECRET}"
    (watched.home.root.parent / "url").write_text(text, encoding="utf-8")
    refused = watched.audit(5 * MINUTE)
    assert refused.failure == "no connection; is the host up and the port right?"
    assert SECRET not in "".join(auditing.lines(found) + auditing.lines(refused)) + caplog.text
    assert holding(watched.home.root, SECRET) == []


def test_an_address_of_this_network_is_refused_unless_it_is_opened(watched: Watched) -> None:
    text = watched.home.config.read_text(encoding="utf-8")
    watched.home.config.write_text(text.replace('"127.0.0.0/8"', ""), encoding="utf-8")
    found = watched.audit()
    assert found.failure is not None
    assert "[net] allow" in found.failure
    assert watched.monitor.asked == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'heartbeat_url = "ftp://x.example/{SECRET}"', "not an http or https address"),
        (f'heartbeat_url = "{SECRET}"', "not an http or https address"),
        (f'heartbeat_url = "https://me:{SECRET}@x.example/"', "address without a login"),
        (f'heartbeat_url = ["{SECRET}"]', "heartbeat_url"),
        (f'heartbeat_url = "https://x.example/{SECRET}"\nheartbeat_url_file = "x"', "keep one"),
        ('heartbeat_url_file = "/no/such/file"', "cannot be read"),
        ("every = 0", "[audit] every"),
    ],
)
def test_a_wrong_configuration_is_one_line_without_the_secret(
    tmp_path: Path, text: str, said: str
) -> None:
    home = Home(tmp_path)
    home.config.write_text(f"[audit]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(home)
    (line,) = caught.value.lines
    assert said in line
    assert SECRET not in line
