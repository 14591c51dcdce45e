"""The whole monitor as one process tree: Prefect server, scheduler, and delivery.

The parent keeps the two children alive and empties the outbox, so that retries do not wait for
a cycle; it does not import Prefect.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from types import FrameType
from typing import IO

import anyio

from archive import Archive, ArchiveError, upgrade
from flows import cycle, environment
from flows.home import Home
from flows.server import Server, answers, end_with_parent, find_running, stop_process
from flows.settings import Settings

POLL_SECONDS = 1.0
RESTART_SECONDS = 5.0
Say = Callable[[str], None]


class UpError(Exception):
    """The process tree could not be started; the message says why."""


class _Stop:
    """Set by SIGTERM and Ctrl-C."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


class Scheduler:
    """The child that serves the flows."""

    def __init__(self, home: Home, api_url: str) -> None:
        """Prepare it for ``home``, to report to the server at ``api_url``."""
        self._home = home
        self._api_url = api_url
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> None:
        """Start the process and return at once."""
        self._log = (self._home.logs / "scheduler.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flows.serve"],
            env=os.environ | environment.variables(self._home, self._api_url),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it and the runs it has started; a run that is cut off is finished by the next."""
        stop_process(self._process)
        if self._log is not None:
            self._log.close()


def up(home: Home, settings: Settings, say: Say) -> None:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        UpError: another ``up`` runs on this home, or the UI's port is taken.
        ServerError: the Prefect server does not start.
    """
    stop = _Stop()
    server = _new_server(home, settings)
    scheduler = Scheduler(home, server.api_url)
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        began = time.monotonic()
        try:
            server.start()
            server.wait()
            server.note()
            scheduler.start()
            say(f"ready after {time.monotonic() - began:.0f} s: {server.api_url[:-4]}")
            anyio.run(_tend, home, settings, archive, server, scheduler, stop, say)
        finally:
            say("stopping")
            server.forget()
            scheduler.stop()
            server.stop()


def _new_server(home: Home, settings: Settings) -> Server:
    running = find_running(home)
    if running is not None:
        raise UpError(
            f"pivotwatch is up already (process {running.pid}, {running.ui_url}); "
            "stop that one first"
        )
    port = settings.schedule.ui_port
    if answers(f"http://127.0.0.1:{port}/api") or not _is_free(port):
        raise UpError(
            f"port {port} is taken by another program; choose another with [schedule] ui_port"
        )
    return Server(home, port, ui=True)


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def _tend(
    home: Home,
    settings: Settings,
    archive: Archive,
    server: Server,
    scheduler: Scheduler,
    stop: _Stop,
    say: Say,
) -> None:
    """Deliver what is due and restart a child that has died, until asked to stop."""
    shop = cycle.open_workshop(home, settings, archive, lambda _what, _done, _total: None)
    last_error = ""
    while not stop.asked:
        if not server.is_alive():
            say(f"the Prefect server ended; starting it again (log: {server.log})")
            await anyio.sleep(RESTART_SECONDS)
            server.start()
            await anyio.to_thread.run_sync(server.wait)
        if not scheduler.is_alive():
            say(f"the scheduler ended; starting it again (log: {home.logs / 'scheduler.log'})")
            await anyio.sleep(RESTART_SECONDS)
            scheduler.start()
        try:
            report = await cycle.deliver(shop) if cycle.is_anything_due(archive) else None
            problem = "; ".join(report.errors) if report else last_error
        except ArchiveError as error:
            problem = str(error)
        if problem and problem != last_error:
            say(problem)
        last_error = problem
        await anyio.sleep(POLL_SECONDS)
