"""The whole monitor as one process tree: Prefect server, scheduler, page, and delivery.

The parent keeps the children alive and empties the outbox, so that retries do not wait for
a cycle; it does not import Prefect.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import IO

import anyio

from archive import Archive, ArchiveError, upgrade
from flows import cycle, environment
from flows.home import VARIABLE, Home
from flows.server import Server, answers, end_with_parent, find_running, stop_process
from flows.settings import Settings

POLL_SECONDS = 1.0
RESTART_SECONDS = 5.0
PAGE_RESTART_SECONDS = 30.0
"""The least time between two starts of the page: where its port is taken it ends at once."""
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


class Child:
    """A process that is started again when it dies, and ended with whatever it has started."""

    def __init__(self, words: Sequence[str], variables: Mapping[str, str], log: Path) -> None:
        """Prepare it: its command line, what its environment has besides ours, its log file."""
        self.log = log
        self._words = words
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None
        self._file: IO[bytes] | None = None
        self._began = 0.0

    def start(self) -> None:
        """Start the process and return at once."""
        self._close()
        self._file = self.log.open("ab")
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            self._words,
            env=os.environ | self._variables,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=self._file,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def age(self) -> float:
        """Seconds since it was last started."""
        return time.monotonic() - self._began

    def stop(self) -> None:
        """End it and what it has started; a run that is cut off is finished by the next."""
        stop_process(self._process)
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _scheduler(home: Home, api_url: str) -> Child:
    """Return the child that serves the flows, and reports to the server at ``api_url``."""
    return Child(
        [sys.executable, "-m", "flows.serve"],
        environment.variables(home, api_url),
        home.logs / "scheduler.log",
    )


def up(home: Home, settings: Settings, say: Say, page: Sequence[str] = ()) -> None:
    """Run until SIGTERM or Ctrl-C.

    Args:
        home: where the state is.
        settings: the configuration.
        say: tells the user a line.
        page: the command line that serves the page, which is run when mails have links to it.

    Raises:
        UpError: another ``up`` runs on this home, or the UI's port is taken.
        ServerError: the Prefect server does not start.
    """
    stop = _Stop()
    server = _new_server(home, settings)
    scheduler = _scheduler(home, server.api_url)
    served = [Child(page, {VARIABLE: str(home.root)}, home.logs / "page.log")]
    pages = served if page and settings.alerts.base_url else []
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        began = time.monotonic()
        try:
            server.start()
            server.wait()
            server.note()
            scheduler.start()
            for one in pages:
                one.start()
                say(f"page: {settings.page.local_url}, reached at {settings.alerts.base_url}")
            say(f"ready after {time.monotonic() - began:.0f} s: {server.api_url[:-4]}")
            anyio.run(_tend, home, settings, archive, server, scheduler, pages, stop, say)
        finally:
            say("stopping")
            server.forget()
            for one in (scheduler, *pages):
                one.stop()
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
    scheduler: Child,
    pages: Sequence[Child],
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
            say(f"the scheduler ended; starting it again (log: {scheduler.log})")
            await anyio.sleep(RESTART_SECONDS)
            scheduler.start()
        for one in pages:
            if not one.is_alive() and one.age > PAGE_RESTART_SECONDS:
                say(f"the page ended; starting it again (log: {one.log})")
                one.start()
        try:
            report = await cycle.deliver(shop) if cycle.is_anything_due(archive) else None
            problem = "; ".join(report.errors) if report else last_error
        except ArchiveError as error:
            problem = str(error)
        if problem and problem != last_error:
            say(problem)
        last_error = problem
        await anyio.sleep(POLL_SECONDS)
