"""What work costs, and the table in which a measurement is told beside its peer and its goal."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PPID, _TIMES = 1, slice(11, 15)  # of /proc/PID/stat, after the name: proc(5)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: of the processor, and on the wall."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was done, what it cost, beside what, and what was aimed at."""

    work: str
    measured: str
    peer: str
    ratio: str
    goal: str
    met: bool


def cpu(but: Collection[int] = ()) -> float:
    """Return the processor's seconds of this process and all below it, those in ``but`` not.

    Linux only. Worker processes count while they run and after they have ended.
    """
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    found = _processes()
    for pid, (_, spent) in found.items():
        line = list(_line(pid, found))
        if os.getpid() in line and not set(but).intersection([pid, *line]):
            total += spent
    return total


def measure(work: Callable[[], object], but: Collection[int] = ()) -> Cost:
    """Do ``work`` and return what it cost; the processes ``but`` are not counted."""
    begun, wall = cpu(but), time.perf_counter()
    work()
    return Cost(cpu(but) - begun, time.perf_counter() - wall)


def middle(costs: Collection[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
    )


def resident() -> float:
    """Return the megabytes that this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def table(rows: Iterable[Row]) -> str:
    """Return the rows under a heading, in columns."""
    lines = [("", "work", "measured", "beside", "ratio", "goal")]
    lines += [
        ("ok" if row.met else "MISSED", row.work, row.measured, row.peer, row.ratio, row.goal)
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _processes() -> dict[int, tuple[int, float]]:
    """Return each process's parent, and the seconds of it and of the children it has seen end."""
    found: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(path.parent.name)] = (
            int(fields[_PPID]),
            sum(map(int, fields[_TIMES])) / _TICK,
        )
    return found


def _line(pid: int, found: dict[int, tuple[int, float]]) -> Iterable[int]:
    """Yield the parents of a process, the nearest first."""
    while pid in found and (pid := found[pid][0]):
        yield pid
