"""Many jobs at once, one writer: the shape that polling and collecting share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

T = TypeVar("T")
Job = Callable[[], Awaitable[T]]
STEP = 0.02
"""Seconds between two looks at what has gathered."""


async def run(
    jobs: Iterable[Job[T]],
    write: Callable[[list[T]], None],
    batch: int,
    linger: float = 0.0,
) -> None:
    """Run ``jobs`` at once and hand what they return to ``write``, as it arrives.

    ``write`` is called in a thread, never twice at once, with one to ``batch`` results: the ones
    that wait, and those that come within ``linger`` seconds of the first. Jobs are held up while
    more than ``batch`` results do.

    Raises:
        Exception: the first one that a job or ``write`` raised; the other jobs are cancelled.
    """
    outlet, inlet = anyio.create_memory_object_stream[T](batch)
    try:
        async with anyio.create_task_group() as group:
            async with outlet:
                for job in jobs:
                    group.start_soon(_work, job, outlet.clone())
            async with inlet:
                async for first in inlet:
                    await _linger(inlet, batch - 1, linger)
                    await anyio.to_thread.run_sync(write, [first, *_waiting(inlet, batch - 1)])
    except ExceptionGroup as errors:
        raise _first(errors) from None


async def _work(job: Job[T], outlet: MemoryObjectSendStream[T]) -> None:
    async with outlet:
        await outlet.send(await job())


async def _linger(inlet: MemoryObjectReceiveStream[T], most: int, seconds: float) -> None:
    """Let results gather until there are ``most``, no job is left, or ``seconds`` are over."""
    until = anyio.current_time() + seconds
    while anyio.current_time() < until:
        seen = inlet.statistics()
        if seen.current_buffer_used >= most or not seen.open_send_streams:
            return
        await anyio.sleep(min(seconds, STEP))


def _waiting(inlet: MemoryObjectReceiveStream[T], most: int) -> list[T]:
    found: list[T] = []
    while len(found) < most:
        try:
            found.append(inlet.receive_nowait())
        except (anyio.WouldBlock, anyio.EndOfStream):
            break
    return found


def _first(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
