"""The flow ``audit``: every few minutes, is all well? Only then the heartbeat goes out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import anyio
import anyio.to_thread
from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import BaseModel, ConfigDict, Field

from archive import Archive, upgrade
from flows import auditing, cycle
from flows.home import Home
from flows.server import find_running
from flows.settings import load


class AuditRequest(BaseModel):
    """What a run of ``audit`` may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(None, description="state directory; default: PIVOTWATCH_HOME")


@flow(
    name="audit",
    description="Is anything overdue, silent or stuck? Only if not, the heartbeat goes out.",
    timeout_seconds=240,
    persist_result=False,
)
async def audit(
    request: AuditRequest = AuditRequest(),  # noqa: B008
) -> tuple[str, ...] | State[tuple[str, ...]]:
    """Return a line for each problem; the run is then called ``Problems``.

    Raises:
        ConfigError: the configuration has mistakes.
        ArchiveError: the database cannot be read or written.
    """
    home = Home(request.home) if request.home else Home.find()
    settings = load(home)
    is_up = await anyio.to_thread.run_sync(find_running, home) is not None
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        found = await auditing.audit(home, settings, archive, cycle.clock(), is_up=is_up)
    for line in auditing.lines(found):
        get_run_logger().warning(line)
    if found.ok:
        return ()
    count = len(found.problems)
    message = f"{count} problem{'s' * (count > 1)}: no heartbeat was sent"
    return Completed(message=message, name="Problems", data=found.problems)
