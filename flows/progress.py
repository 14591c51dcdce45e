"""Where a running flow reports progress to, when somebody is watching."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Report = Callable[[str, int, int], None]
"""Called with what is being worked on, how many are done, and of how many."""


def _nobody(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


watcher: ContextVar[Report] = ContextVar("watcher", default=_nobody)
