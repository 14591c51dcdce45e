"""Named points at which a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal
from typing import Literal

VARIABLE = "PIVOTWATCH_FAULT"

Point = Literal["before_weigh_commit", "after_weigh_commit", "after_send_before_settle"]


def reach(point: Point) -> None:
    """Die by SIGKILL when the environment asks for it at ``point``; otherwise do nothing."""
    if os.environ.get(VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
