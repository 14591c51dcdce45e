"""Finding a server that runs, and naming the log of one that does not start."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback_kit import web_server

from flows import environment
from flows.home import Home
from flows.server import Address, Server, ServerError, find_running, free_port, stop_process
from flows.settings import load
from flows.up import UpError, up


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give back the signals that ``up`` takes."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def healthy() -> Iterator[str]:
    """The API address of something that says it is healthy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/api/health" else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with web_server(Handler) as port:
        yield f"http://127.0.0.1:{port}/api"


def write_note(home: Home, **note: object) -> None:
    home.server.write_text(json.dumps(note), encoding="utf-8")


def is_running(pid: int) -> bool:
    """Whether a process lives; one that has ended may still be listed until it is collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_server_that_answers_is_found(home: Home, healthy: str) -> None:
    write_note(home, api_url=healthy, pid=os.getpid())
    found = find_running(home)
    assert found == Address(healthy, os.getpid())
    assert found.ui_url == healthy.removesuffix("/api")


def test_a_server_that_is_not_healthy_is_not_found(home: Home, healthy: str) -> None:
    write_note(home, api_url=f"{healthy}/other", pid=os.getpid())
    assert find_running(home) is None


def test_a_stale_note_of_a_dead_server_is_not_believed(home: Home) -> None:
    write_note(home, api_url=f"http://127.0.0.1:{free_port()}/api", pid=os.getpid())
    assert find_running(home) is None


def test_a_note_of_a_process_that_has_died_is_stale(home: Home, healthy: str) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    write_note(home, api_url=healthy, pid=gone.pid)
    assert find_running(home) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "{}", '{"api_url": "http://127.0.0.1:1/api", "pid": "x"}']
)
def test_a_damaged_note_is_no_server(home: Home, text: str) -> None:
    assert find_running(home) is None, "no note at all"
    home.server.write_text(text, encoding="utf-8")
    assert find_running(home) is None


def test_a_note_is_written_and_taken_back(home: Home, healthy: str) -> None:
    server = Server(home, int(healthy.rpartition(":")[2].partition("/")[0]), ui=False)
    server.note()
    found = find_running(home)
    assert found == Address(healthy, os.getpid())
    server.forget()
    assert find_running(home) is None
    server.forget()


def test_a_server_that_ends_at_once_names_its_log(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_REQUEST_TIMEOUT", "soon")  # Prefect refuses such a setting
    with Server(home, free_port(), ui=False) as server, pytest.raises(ServerError) as caught:
        server.wait()
    assert str(server.log) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "request_timeout" in server.log.read_text(encoding="utf-8")
    assert not server.is_alive()


def test_up_refuses_a_home_that_is_up_already(home: Home, healthy: str) -> None:
    write_note(home, api_url=healthy, pid=os.getpid())
    home.config.write_text("", encoding="utf-8")
    with pytest.raises(UpError, match=rf"is up already \(process {os.getpid()}"):
        up(home, load(home), lambda line: None)
    assert home.server.exists(), "the note of the other one stays"


def test_up_refuses_a_port_that_is_taken(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        home.config.write_text(f"[schedule]\nui_port = {port}\n", encoding="utf-8")
        with pytest.raises(UpError, match=f"port {port} is taken .* ui_port"):
            up(home, load(home), lambda line: None)
    assert not home.server.exists()


def test_a_server_that_is_too_slow_names_its_log_and_is_ended(home: Home) -> None:
    with Server(home, free_port(), ui=False) as server:
        with pytest.raises(ServerError, match="did not answer in 0 s") as caught:
            server.wait(0.05)
        assert str(server.log) in str(caught.value)
    assert not server.is_alive()


def test_a_server_that_was_not_started_cannot_be_waited_for(home: Home) -> None:
    server = Server(home, free_port(), ui=False)
    assert (server.pid, server.is_alive()) == (0, False)
    with pytest.raises(ServerError):
        server.wait()
    server.stop()


def test_a_full_disk_is_named_when_a_server_does_not_start(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(home.root)._replace(free=120_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    server = Server(home, free_port(), ui=False)
    with pytest.raises(ServerError) as caught:
        server.wait()
    line = str(caught.value)
    assert line.startswith(f"{home.root}: 0.1 MB free, too little for the Prefect server")
    assert "free some disk space; nothing was lost" in line


def test_a_process_that_ignores_sigterm_is_killed_with_its_children() -> None:
    deaf = (
        "import signal, subprocess, sys, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", deaf], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    stop_process(process, seconds=0.2)
    assert process.returncode == -9
    end = time.monotonic() + 10
    while is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(child)
    process.stdout.close()


def test_prefect_is_set_up_apart_and_the_users_choice_wins(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    monkeypatch.setenv("PREFECT_HOME", "/elsewhere")
    monkeypatch.delenv("PREFECT_SERVER_ANALYTICS_ENABLED", raising=False)
    set_up = environment.variables(home, "http://127.0.0.1:4200/api")
    assert set_up["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    assert set_up["PREFECT_HOME"] == str(home.prefect)
    assert set_up["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert set_up["PIVOTWATCH_HOME"] == str(home.root)
    assert set_up["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false", "no telemetry"
    assert "PREFECT_API_URL" not in environment.variables(home)
