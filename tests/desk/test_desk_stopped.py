"""``run --once`` that is stopped by a signal."""

from __future__ import annotations

import os
import signal
import time
from functools import partial

import anyio
import pytest
from cli_kit import Terminal

from desk import live_commands
from feeds import crew


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_ends_in_one_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def work(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(30)

    monkeypatch.setattr("desk.live_commands.run_cycle", work)
    before = signal.getsignal(signal.SIGTERM)
    done = terminal("run", "--once")
    assert (done.code, done.out) == (130, "")
    assert done.err.endswith("\nstopped; nothing was lost, the next run goes on from here\n")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_while_jobs_run_at_once_ends_the_run_as_well(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.closing import Terminated

    async def job() -> None:
        raise Terminated(signal.SIGTERM)

    async def flow(_: object) -> None:
        jobs: list[crew.Job[None]] = [job, partial(anyio.sleep, 30)]
        await crew.run(jobs, lambda _: None, 1)

    monkeypatch.setattr(
        live_commands, "run_cycle", lambda *_, **__: live_commands._watched(flow, None)
    )
    done = terminal("run", "--once")
    assert (done.code, done.out) == (130, "")
    assert done.err.endswith("\nstopped; nothing was lost, the next run goes on from here\n")
