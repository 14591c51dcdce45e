"""A process that asks a server's bombs one by one and says what each has cost it.

    net_bombs_child.py BASE_URL COUNT

Prints one line a bomb: its number, how it ended, seconds, kB of memory more than before the first
one at the worst moment so far, and whether the request after it was answered.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import anyio

from net import Door, NetError, NetSettings

SETTINGS = NetSettings.model_validate(
    {"allow": ["127.0.0.2/32"], "deadline": 2.5, "read_timeout": 1.2, "connect_timeout": 1.2}
)


def most_memory() -> int:
    """The most memory this process has ever held, in kB; getrusage would count its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


async def outcome(door: Door, url: str) -> str:
    try:
        return str((await door.get(url)).status)
    except NetError as error:
        if "\n" in str(error) or len(str(error)) > 500:
            return f"an error that is not one line: {str(error)[:100]!r}"
        return type(error).__name__


async def main(base: str, count: int) -> None:
    async with Door(SETTINGS) as door:
        await door.get(f"{base}/good")
        before = most_memory()
        for number in range(count):
            start = time.perf_counter()
            ended = await outcome(door, f"{base}/{number}")
            seconds = time.perf_counter() - start
            good = (await door.get(f"{base}/good")).body == b"good"
            print(number, ended, round(seconds, 3), most_memory() - before, good, flush=True)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], int(sys.argv[2]))
