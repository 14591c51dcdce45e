"""Delivery killed by SIGKILL a thousand times, and fifty times at each of twelve named points.

    ./run bench kills                       about an hour on two cores
    .venv/bin/python bench/kills.py 100 5   as many as the tests do

Prints kills, alerts, arrivals, and what was lost, made up (phantom) or doubled by channel. Every
run stores and sends to a mail server and a webhook receiver on this machine; the promise is: none
lost, none made up, at most one duplicate a kill and channel, always under the same id.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("tests/alerts", "tests", "")]

from kill_kit import POINTS, Toll, kill_at, kill_at_random  # noqa: E402

BLOCK = 50


def main(random_kills: int = 1000, at_each_point: int = 50) -> int:
    """Kill, count, print; 1 when the promise was broken."""
    fair = True
    total = Toll()
    for seed in range(random_kills // BLOCK):
        total += _in_a_folder(partial(kill_at_random, times=BLOCK, seed=seed))
    fair &= _show("at random", total)
    for point in POINTS:
        toll = _in_a_folder(partial(kill_at, point=point, times=at_each_point))
        fair &= _show(point, toll)
    return 0 if fair else 1


def _in_a_folder(work: Callable[[Path], Toll]) -> Toll:
    with tempfile.TemporaryDirectory() as folder:
        return work(Path(folder))


def _show(name: str, toll: Toll) -> bool:
    doubled = ", ".join(f"{n} by {channel}" for channel, n in toll.duplicates.items())
    print(
        f"{name:28} {toll.kills:5} kills {toll.alerts:6} alerts {toll.arrived:6} arrived "
        f"{toll.lost} lost {toll.phantom} phantom; twice: {doubled}; "
        f"{'intact' if toll.intact else 'DAMAGED'}; {'kept' if toll.is_fair else 'BROKEN'}",
        flush=True,
    )
    return toll.is_fair


if __name__ == "__main__":
    began = time.monotonic()
    code = main(*map(int, sys.argv[1:]))
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(code)
