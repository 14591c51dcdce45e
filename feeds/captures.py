"""Captures: the raw response behind each article version, in files of their own.

They wait uncompressed until their version is scored, for few become evidence; those are
compressed and kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from archive import ids
from archive.types import Article, Capture
from feeds.errors import FeedError
from net import Response

WAITING = "waiting"
KEPT = "kept"
_SAFE = re.compile(r"[A-Za-z0-9_]{1,64}")


class CaptureError(FeedError):
    """A capture could not be written or read: the disk, or the size that is allowed."""


class CaptureLostError(CaptureError):
    """A capture's file is missing, or is not what was written."""


class Captures:
    """The files below ``folder``; those that wait may take ``most_bytes`` together."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Nothing is made or read before the first capture."""
        self.folder = folder
        self.most_bytes = most_bytes
        self._waiting: int | None = None
        self._lock = threading.Lock()  # several threads spool at once: disks like it

    def spool(
        self,
        article: Article,
        version: int,
        fetched_at: datetime,
        response: Response | None,
        content: str | None,
    ) -> Capture:
        """Write what an article version was read from, and return the row to store.

        It is ``response``, or ``content``, the HTML in the feed, when there was no request. The
        file is whole and on the disk when this returns; one of the same version is replaced.

        Raises:
            CaptureError: it could not be written; the line is the same for every article.
        """
        from feeds import warc  # not above: warcio takes 0.2 s, and every worker imports this room

        if response is None:
            html = (content or "").encode("utf-8", "replace")
            document = warc.document(fetched_at, article.url, html)
        else:
            document = warc.document(fetched_at, response.url, response.body, response)
        safe = article.id if _SAFE.fullmatch(article.id) else ids.digest(article.id)
        path = f"{WAITING}/{safe}-{version}.warc"
        self._take_room(len(document))
        try:
            self._write(path, document)
        except CaptureError:
            self._give_back(len(document))
            raise
        sha256 = hashlib.sha256(document).hexdigest()
        return Capture(article.id, version, path, sha256, len(document), WAITING, fetched_at)

    def keep(self, capture: Capture) -> Capture:
        """Compress a waiting capture into the month's folder and return its new row.

        The waiting file stays until ``remove``, so that a crash in between loses nothing.

        Raises:
            CaptureLostError: the waiting file is missing or damaged.
            CaptureError: the new one cannot be written.
        """
        if capture.state == KEPT:
            return capture
        packed = self._compressed(capture)
        path = f"{KEPT}/{capture.taken:%Y-%m}/{Path(capture.path).name}.gz"
        self._write(path, packed)
        sha256 = hashlib.sha256(packed).hexdigest()
        return replace(capture, path=path, sha256=sha256, size=len(packed), state=KEPT)

    def read(self, capture: Capture) -> bytes:
        """Return a capture's file, checked against its SHA-256.

        Raises:
            CaptureLostError: it is missing, or other bytes than were written.
            CaptureError: it cannot be read.
        """
        place = self.place(capture)
        with self._errors():
            try:
                size = place.stat().st_size
                document = place.read_bytes() if size == capture.size else b""
            except (FileNotFoundError, NotADirectoryError):
                raise CaptureLostError(f"{place}: missing") from None
        if hashlib.sha256(document).hexdigest() != capture.sha256:
            raise CaptureLostError(f"{place}: damaged: its SHA-256 is not {capture.sha256}")
        return document

    def remove(self, capture: Capture) -> None:
        """Delete a capture's file; one that is gone already is no mistake.

        Raises:
            CaptureError: it cannot be deleted.
        """
        with self._errors():
            self.place(capture).unlink(missing_ok=True)
        if capture.state == WAITING:
            self._give_back(capture.size)

    def sweep(self, known: set[str], before: datetime) -> int:
        """Delete waiting files that no row names and that were written before a time: what a
        crash between file and row has left. Return how many.

        Raises:
            CaptureError: one cannot be deleted.
        """
        count = 0
        with self._errors():
            for file in self._waiting_files():
                path = f"{WAITING}/{file.name}"
                if path not in known and file.stat().st_mtime < before.timestamp():
                    Path(file.path).unlink(missing_ok=True)
                    count += 1
        return count

    def place(self, capture: Capture) -> Path:
        """Return where a capture's file is.

        Raises:
            CaptureLostError: its path leads out of the folder, so it is not one of ours.
        """
        place = self.folder / capture.path
        if Path(capture.path).is_absolute() or ".." in Path(capture.path).parts:
            raise CaptureLostError(f"{place}: not inside {self.folder}")
        return place

    def _compressed(self, capture: Capture) -> bytes:
        from feeds import warc

        try:
            return warc.compressed(self.read(capture))
        except warc.WarcError as error:
            raise CaptureLostError(f"{self.place(capture)}: {error}") from error

    def _take_room(self, size: int) -> None:
        with self._lock, self._errors():
            if self._waiting is None:
                self._waiting = sum(file.stat().st_size for file in self._waiting_files())
            if self._waiting + size > self.most_bytes:
                raise CaptureError(
                    f"{self.folder / WAITING}: [captures] most_megabytes is reached; the pages of "
                    "further articles are not kept until those that wait are scored"
                )
            self._waiting += size

    def _give_back(self, size: int) -> None:
        with self._lock:
            if self._waiting is not None:
                self._waiting -= size

    def _waiting_files(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder / WAITING) as files:
                return [file for file in files if file.is_file(follow_symlinks=False)]
        except FileNotFoundError:
            return []

    def _write(self, path: str, document: bytes) -> None:
        """Write a file as a whole or not at all, and have it on the disk."""
        place = self.folder / path
        unfinished = place.with_name(place.name + ".tmp")
        with self._errors():
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with unfinished.open("wb") as file:
                    file.write(document)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(place)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise
            _sync_folder(place.parent)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CaptureError(
                f"{self.folder}: pages of articles cannot be kept there: "
                f"{error.strerror or error}; make room or mend its permissions"
            ) from error


def _sync_folder(folder: Path) -> None:
    """Have a rename in ``folder`` on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
