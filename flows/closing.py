"""Around a run in this process: its tags, and its end, when what is queued still goes out.

Prefect sends logs and events in the background; a server that is stopped before them makes it
retry for a minute at exit and print errors (measured: 85 s).
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from prefect import tags
from prefect.events.worker import EventsWorker
from prefect.exceptions import TerminationSignal as Terminated
from prefect.logging.handlers import APILogWorker

__all__ = ["SECONDS", "Terminated", "drain", "run_tags"]

SECONDS = 10.0


def run_tags() -> AbstractContextManager[set[str]]:
    """Return a block in which runs carry the tags that scheduled ones have."""
    return tags("pivotwatch", "watch")


def drain() -> None:
    """Wait until the server has the logs and events, for ten seconds each at most.

    To be called outside an event loop.
    """
    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=SECONDS, at_exit=False)
