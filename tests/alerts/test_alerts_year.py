"""Some weeks of simulated news: nobody is told more than the budget, nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bench.year import simulate


def test_the_budget_is_kept_and_what_is_over_it_is_in_the_digest(tmp_path: Path) -> None:
    found = simulate(tmp_path, days=12, seed=1, step=timedelta(hours=6))
    assert found.stories > 60
    assert found.kept >= 0.95
    assert found.overflow > 20
    assert found.missed == 0
    assert found.mute_alerts == 0
    assert found.undecided == 0
