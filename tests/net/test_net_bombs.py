"""Each of many hostile answers costs little time and memory, and the next request is fine."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from net_bombs import BOMBS

from net import Door, NetSettings

pytestmark = pytest.mark.anyio

CHILD = Path(__file__).with_name("net_bombs_child.py")
ROOT = CHILD.parents[2]
MOST_SECONDS = 10.0
MOST_KILOBYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    name: str
    outcome: str
    seconds: float
    kilobytes: int  # more than before the first bomb, at the worst moment up to this one
    next_was_fine: bool


async def explode(server: Any) -> list[Cost]:
    """Let a process of its own ask all bombs of ``server``."""
    server.put("/good", b"good")
    for place, bomb in enumerate(BOMBS):
        server.answers[f"/{place}"] = bomb.answer
    command = [sys.executable, str(CHILD), server.url(""), str(len(BOMBS))]
    done = await anyio.run_process(
        command, stderr=sys.stderr, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    costs = []
    for line in done.stdout.decode().splitlines():
        number, *ended, seconds, kilobytes, good = line.split(" ")
        name = BOMBS[int(number)].name
        costs.append(Cost(name, " ".join(ended), float(seconds), int(kilobytes), good == "True"))
    return costs


async def test_no_bomb_costs_much_and_the_next_request_is_fine(server: Any) -> None:
    costs = await explode(server)
    assert len(costs) == len(BOMBS) >= 48
    ends = {cost.name: cost.outcome for cost in costs}
    assert ends == {bomb.name: bomb.outcome for bomb in BOMBS}
    assert [cost for cost in costs if not cost.next_was_fine] == []
    assert [cost for cost in costs if cost.seconds > MOST_SECONDS] == []
    # all of them together stay below what each is allowed
    assert [cost for cost in costs if cost.kilobytes > MOST_KILOBYTES][:1] == []


async def test_redirects_that_never_end(server: Any, settings: NetSettings) -> None:
    """Longer circles and chains than one answer can make."""
    for step in range(40):
        server.put(f"/chain/{step}", status="302 Found", location=f"/chain/{step + 1}")
    for step in range(3):
        server.put(f"/circle/{step}", status="302 Found", location=f"/circle/{(step + 1) % 3}")
    ends = []
    async with Door(settings) as door:
        for path in ("/chain/0", "/circle/0"):
            try:
                ends.append(str((await door.get(server.url(path))).status))
            except Exception as error:
                ends.append(type(error).__name__)
    assert ends == ["BadRedirect", "BadRedirect"]
    assert len(server.requests) == 6 + 3
