"""Named points at which a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal
from typing import Literal

VARIABLE = "PIVOTWATCH_FAULT"

Point = Literal[
    "before_weigh_commit",
    "after_weigh_commit",
    "before_store_commit",
    "after_store_commit",
    "before_claim_commit",
    "after_claim",
    "before_catch_up_commit",
    "before_send",
    "after_send_before_settle",
    "after_failure_before_settle",
    "after_settle",
    "before_release",
]


def reach(point: Point) -> None:
    """Die by SIGKILL when the environment asks for it at ``point``; otherwise do nothing.

    ``POINT:3`` asks for it when the point is reached for the third time.
    """
    asked, _, times = os.environ.get(VARIABLE, "").partition(":")
    if asked != point:
        return
    left = int(times or 1) - 1
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
    os.environ[VARIABLE] = f"{point}:{left}"
