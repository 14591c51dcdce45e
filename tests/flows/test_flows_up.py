"""``pivotwatch up`` as people run it: one process tree, used by others, ended whole."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli_kit import Terminal
from flows_kit import ask, command, runs_of
from newsroom_kit import TOLD, World

from flows.home import VARIABLE
from flows.server import find_running, free_port

PAGE_PORT = free_port()
SERVER = "prefect.server.api.server:create_app"


def processes_of(world: World) -> dict[int, str]:
    """The command lines of the living processes that work for the world's home, by id."""
    mark = f"{VARIABLE}={world.home.root}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = words.decode("utf-8", "replace").strip()
        except OSError:  # it has just ended
            continue
    return {pid: words for pid, words in found.items() if words}


class Spoken:
    """The lines that a process has said, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._coming: queue.Queue[str] = queue.Queue()
        self._stream = process.stderr
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._stream is not None
        for line in self._stream:
            self.lines.append(line.rstrip())
            self._coming.put(line)
        self._coming.put("")

    def until(self, words: str, seconds: float) -> str:
        end = time.monotonic() + seconds
        while line := self._coming.get(timeout=max(0.1, end - time.monotonic())):
            if words in line:
                return line
        pytest.fail(f"it ended without saying {words!r}: {self.lines}")


def scheduled_watch_ends(api_url: str, seconds: float = 120) -> str:
    """The state of the first ``watch`` that the schedule, and nobody else, has started."""
    states = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for run in ask(api_url, "flow_runs", states):
            if run["auto_scheduled"] and "watch" in run["tags"]:
                return str(run["state_type"])
        time.sleep(1)
    pytest.fail("the schedule has started no watch")


def page_answers(seconds: float = 60) -> httpx.Response:
    """What the page says on a link that is not ours, once it is there."""
    end = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{PAGE_PORT}/a/verdict/x", trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < end, "the page does not answer"
            time.sleep(0.2)


@pytest.fixture
def up(world: World) -> Iterator[subprocess.Popen[str]]:
    """The process tree on a port of its own, ended after the test whatever happens."""
    with world.home.config.open("a", encoding="utf-8") as config:
        config.write(f"\n[schedule]\nui_port = {free_port()}\nwatch_every = 0.5\n")
    process = command(
        world.home,
        "up",
        PIVOTWATCH_ALERTS__BASE_URL=f"http://127.0.0.1:{PAGE_PORT}",
        PIVOTWATCH_PAGE__PORT=str(PAGE_PORT),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.mark.slow
def test_up_serves_a_run_and_ends_whole(
    world: World,
    up: subprocess.Popen[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = world.settings.schedule.ui_port
    ready = Spoken(up).until("ready after", 120)
    assert f"http://127.0.0.1:{port}" in ready
    assert page_answers().status_code == 404

    status = Terminal(world.home.root, monkeypatch, capsys)("status", "--json").json
    assert (status["up"], status["ui"]) == (True, f"http://127.0.0.1:{port}")

    once = command(world.home, "run", "--once", "--all", "--json")
    servers = set()
    while once.poll() is None:
        servers |= {pid for pid, words in processes_of(world).items() if SERVER in words}
        time.sleep(0.1)
    out, err = once.communicate()
    assert once.returncode == 0, err
    assert len(servers) == 1, "it used the server that was there"
    report = json.loads(out)
    assert report["feeds"]["polled"] == len(world.room.outlets) + 1
    assert not report["skipped"]
    names = {run["state_type"] for run in runs_of(f"http://127.0.0.1:{port}/api", world.home)}
    assert names == {"COMPLETED"}
    assert len(world.received.mails) == len(TOLD), "by this run or by the scheduled one"
    assert set(world.arrivals().values()) == {1}

    assert scheduled_watch_ends(f"http://127.0.0.1:{port}/api") == "COMPLETED"

    assert up.poll() is None
    tree = processes_of(world)
    assert any("flows.serve" in words for words in tree.values())
    up.send_signal(signal.SIGTERM)
    assert up.wait(20) == 0
    assert processes_of(world) == {}
    assert find_running(world.home) is None
    assert not world.home.server.exists()
