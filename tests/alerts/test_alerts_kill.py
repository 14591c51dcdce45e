"""Killed by SIGKILL at random and at the worst moments: nothing is lost, nothing is made up.

``bench/kills.py`` does the same many times as often.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from kill_kit import POINTS, kill_at, kill_at_random


def test_there_are_twelve_points() -> None:
    assert len(POINTS) == 12


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_point_loses_nothing(tmp_path: Path, point: str) -> None:
    toll = kill_at(tmp_path, point, 5)
    assert toll.kills == 5
    assert toll.is_fair, toll
    assert toll.alerts >= 10


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_kills_at_random_lose_nothing(tmp_path: Path, seed: int) -> None:
    toll = kill_at_random(tmp_path, 25, seed)
    assert toll.kills == 25
    assert toll.is_fair, toll
