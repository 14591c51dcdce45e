"""Keeping: what becomes of captures once their article versions are scored."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from archive import Archive, ArchiveError
from archive import captures as capture_store
from archive.captures import Settled
from archive.types import Capture
from feeds import CaptureError, CaptureLostError, Captures
from flows.home import Home
from flows.settings import CapturesSettings, Settings

BATCH = 200
TOLD = timedelta(days=30)
"""So long what an alert rests on is kept, however little room there is."""
FEW = 20
"""So many captures may always be pruned for their age; beyond that, at most half of all: if more
seem too old at once, the clock may be wrong."""
_UNFINISHED = timedelta(hours=1)  # a waiting file may be without its row this long

_log = logging.getLogger(__name__)


def captures_of(home: Home, settings: Settings) -> Captures:
    """Return the captures below ``home``."""
    return Captures(home.captures, settings.captures.most_bytes)


def settle(
    archive: Archive, captures: Captures, settings: CapturesSettings, now: datetime
) -> tuple[str, ...]:
    """Keep the captures that became evidence, delete the others, and stay below the limits.

    Every step can be repeated: a crash between a file and its row is mended by the next call.

    Returns:
        A line for each thing that went wrong; nothing is raised, as no alert may wait for this.
    """
    lines: list[str] = []
    for step in (
        _settled(archive, captures),
        _swept(archive, captures, now),
        _aged(archive, captures, settings, now),
        _within_size(archive, captures, settings, now),
    ):
        try:
            lines += step
        except (ArchiveError, CaptureError) as error:
            lines.append(str(error))
    return tuple(dict.fromkeys(lines))


def prune(archive: Archive, captures: Captures, before: datetime) -> int:
    """Delete the kept captures that were taken before a time; return how many.

    Raises:
        CaptureError: a file cannot be deleted.
        ArchiveError: the database does not answer.
    """
    count = 0
    while True:
        with archive.read() as connection:
            batch = capture_store.taken_before(connection, before, BATCH)
        if not batch:
            return count
        _delete(archive, captures, batch)
        count += len(batch)


def _settled(archive: Archive, captures: Captures) -> Iterator[str]:
    while True:
        with archive.read() as connection:
            batch = capture_store.waiting(connection, BATCH)
        if not batch:
            return
        kept, lost = _moved(captures, batch)
        yield from lost
        useless = [one.capture for one in batch if one.capture.path not in kept]
        for capture in useless:
            captures.remove(capture)
        with archive.write() as connection:
            capture_store.keep(connection, kept.values())
            capture_store.drop(connection, useless)
        for one in batch:
            captures.remove(one.capture)


def _moved(captures: Captures, batch: list[Settled]) -> tuple[dict[str, Capture], list[str]]:
    """Return the new rows of what became evidence, by old path, and a line for each lost file."""
    kept: dict[str, Capture] = {}
    lost: list[str] = []
    for one in batch:
        if one.is_evidence:
            try:
                kept[one.capture.path] = captures.keep(one.capture)
            except CaptureLostError as error:
                lost.append(f"{error}; what this article was read from is lost")
    return kept, lost


def _swept(archive: Archive, captures: Captures, now: datetime) -> Iterator[str]:
    with archive.read() as connection:
        known = capture_store.waiting_paths(connection)
    if count := captures.sweep(known, now - _UNFINISHED):
        _log.info("%d captures that no article names are deleted", count)
    yield from ()


def _aged(
    archive: Archive, captures: Captures, settings: CapturesSettings, now: datetime
) -> Iterator[str]:
    if settings.days is None:
        return
    before = now - timedelta(days=settings.days)
    with archive.read() as connection:
        old = capture_store.taken_before_count(connection, before)
        held = capture_store.held(connection)
    if old > max(FEW, held.count // 2):
        yield (
            f"{captures.folder}: {old} of {held.count} captures are older than [captures] days, "
            "and nothing is deleted in case the clock is wrong; if it is right, run "
            f"`pivotwatch archive prune --days {settings.days:g}`"
        )
    elif old:
        count = prune(archive, captures, before)
        _log.info("%d captures older than %g days are deleted", count, settings.days)


def _within_size(
    archive: Archive, captures: Captures, settings: CapturesSettings, now: datetime
) -> Iterator[str]:
    with archive.read() as connection:
        excess = capture_store.held(connection).size - settings.most_bytes
    while excess > 0:
        with archive.read() as connection:
            batch = capture_store.oldest(connection, BATCH, told_since=now - TOLD)
        if not batch:
            yield (
                f"{captures.folder}: larger than [captures] most_megabytes = "
                f"{settings.most_megabytes}, but alerts of the last {TOLD.days} days rest on all "
                "of it; allow more"
            )
            return
        chosen: list[Capture] = []
        for one in batch:
            if excess > 0:
                chosen.append(one)
                excess -= one.size
        _delete(archive, captures, chosen)
        _log.info("%d oldest captures are deleted to make room", len(chosen))


def _delete(archive: Archive, captures: Captures, chosen: list[Capture]) -> None:
    """Delete files, then their rows: in this order a crash leaves no file that nobody knows."""
    for one in chosen:
        captures.remove(one)
    with archive.write() as connection:
        capture_store.drop(connection, chosen)
