"""The Prefect server that runs are reported to: found when it runs, started when it does not."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import httpx

from flows import environment
from flows.home import Home
from flows.room import room

READY_SECONDS = 120.0
LEAST_FREE = 10_000_000
"""Bytes free on the home's disk; of a server that does not start with less that is the reason.
Its database and the journal of that take up to half of it."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ServerError(Exception):
    """The Prefect server did not start; the message names its log, or a disk that is full."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running server answers."""

    api_url: str
    pid: int

    @property
    def ui_url(self) -> str:
        """The page that people open."""
        return self.api_url.removesuffix("/api")


def noted(home: Home) -> Address | None:
    """Return the server that ``up`` has noted in ``home``, if the process of ``up`` lives."""
    try:
        note = json.loads(home.server.read_text(encoding="utf-8"))
        address = Address(str(note["api_url"]), int(note["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if _lives(address.pid) else None


def find_running(home: Home) -> Address | None:
    """Return the server that ``up`` has noted in ``home``, if it answers."""
    address = noted(home)
    return address if address is not None and answers(address.api_url) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, but there
    return True


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies (Linux; elsewhere nothing happens).

    Runs in a child between fork and exec: a parent that is killed outright can end nobody.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(api_url: str) -> bool:
    """Whether a Prefect server is healthy at ``api_url``."""
    try:
        with httpx.Client(trust_env=False, timeout=2.0) as client:
            return client.get(f"{api_url}/health").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A Prefect server in a process of its own, on loopback.

    Starting it takes about 11 s of one core, nearly all of it imports; so ``start`` returns at
    once and the caller has other work to do before it calls ``wait``.
    """

    def __init__(self, home: Home, port: int, *, ui: bool) -> None:
        """Prepare a server for ``home`` on ``port``; ``ui`` serves Prefect's pages too."""
        self._home = home
        self._ui = ui
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.api_url = f"http://127.0.0.1:{port}/api"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._home.logs / "prefect-server.log"

    @property
    def pid(self) -> int:
        """The server's process id, 0 before it was started."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process and return at once.

        Raises:
            ServerError: its folder or its log cannot be written.
        """
        try:
            self._home.logs.mkdir(parents=True, exist_ok=True)
            self._home.prefect.mkdir(parents=True, exist_ok=True)
            self._log = self.log.open("ab")
        except OSError as error:
            line = f"the Prefect server cannot be started: {error.filename}: {error.strerror}"
            raise ServerError(self._full_disk() or line) from None
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "--factory"),
                "prefect.server.api.server:create_app",
                *("--host", "127.0.0.1", "--port", str(self._port)),
                *("--log-level", "warning", "--timeout-graceful-shutdown", "3"),
            ],
            env=os.environ | environment.variables(self._home, self.api_url) | self._switches(),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def wait(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the server answers.

        Raises:
            ServerError: it ended or did not answer in time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                line = f"the Prefect server ended at once; see {self.log}"
                raise ServerError(self._full_disk() or line)
            if answers(self.api_url):
                return
            time.sleep(0.1)
        line = f"the Prefect server did not answer in {seconds:.0f} s; see {self.log}"
        raise ServerError(self._full_disk() or line)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def note(self) -> None:
        """Write down where the server is, for ``run --once`` and ``status``."""
        temporary = self._home.server.with_suffix(".tmp")
        temporary.write_text(
            json.dumps({"api_url": self.api_url, "pid": os.getpid()}), encoding="utf-8"
        )
        temporary.replace(self._home.server)

    def forget(self) -> None:
        """Take the note back, if it is still ours."""
        with suppress(OSError, ValueError, KeyError):
            note = json.loads(self._home.server.read_text(encoding="utf-8"))
            if note["pid"] == os.getpid():
                self._home.server.unlink()

    def stop(self) -> None:
        """End the process, kindly first."""
        stop_process(self._process)
        if self._log is not None:
            self._log.close()

    def __enter__(self) -> Server:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def _full_disk(self) -> str:
        """Return a line when the home's disk has no room for a server; it can log nothing then."""
        for folder, free in room(self._home, None).items():
            if free < LEAST_FREE:
                return (
                    f"{folder}: {free / 1e6:.1f} MB free, too little for the Prefect server "
                    f"({LEAST_FREE / 1e6:.0f} MB): free some disk space; nothing was lost"
                )
        return ""

    def _switches(self) -> dict[str, str]:
        """Leave out what a server that lives for one run does not need."""
        if self._ui:  # a server that stays must not keep its history for ever
            return {"PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs"}
        off = ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN")
        return {"PREFECT_SERVER_UI_ENABLED": "false"} | {
            f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in off
        }


def stop_process(process: subprocess.Popen[bytes] | None, seconds: float = 10.0) -> None:
    """End a child and its whole group: SIGTERM, then SIGKILL for what is left."""
    if process is None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
