"""Captures: the raw response behind an article version, kept as a small WARC 1.1 file.

ISO 28500:2017. A file holds a ``warcinfo`` record and one more: a ``response`` with the status,
the headers and the body as decompressed, or, where the feed carried the text, a ``resource`` with
the entry's HTML. Files wait uncompressed until their version is scored, for few become evidence;
those are compressed, a record a gzip member, so that any WARC tool reads them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import ids
from archive.types import Article, Capture
from feeds.errors import FeedError
from feeds.types import status_line
from net import Response

WAITING = "waiting"
KEPT = "kept"
VERSION = "WARC/1.1"
_INFO = (
    b"software: pivotwatch\r\n"
    b"format: WARC File Format 1.1\r\n"
    b"conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
    b"\r\n"
    b"description: one article version; a response's body is kept as decompressed, without its "
    b"Content-Encoding and Transfer-Encoding (named in X-Crawler-Content-Encoding), its cookies "
    b"are left out; a resource is the HTML that the feed carried\r\n"
)
_SECRET = {"set-cookie", "set-cookie2", "authorization", "proxy-authorization"}
_OF_THE_WIRE = {"content-encoding", "transfer-encoding", "content-length"}
_SAFE = re.compile(r"[A-Za-z0-9_]{1,64}")
_BREAKS = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029]+")


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
        if response is None:
            html = (content or "").encode("utf-8", "replace")
            document = _document(fetched_at, article.url, html)
        else:
            document = _document(fetched_at, response.url, response.body, response)
        safe = article.id if _SAFE.fullmatch(article.id) else ids.digest(article.id)
        path = f"{WAITING}/{safe}-{version}.warc"
        waiting = self._room_for(len(document))
        self._write(path, document)
        self._waiting = waiting + len(document)
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
        packed = _compressed(self.read(capture))
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
                raise CaptureLostError(f"{place}: missing; restore it from a backup") from None
        if hashlib.sha256(document).hexdigest() != capture.sha256:
            raise CaptureLostError(
                f"{place}: damaged: its SHA-256 is not {capture.sha256}; restore it from a backup"
            )
        return document

    def remove(self, capture: Capture) -> None:
        """Delete a capture's file; one that is gone already is no mistake.

        Raises:
            CaptureError: it cannot be deleted.
        """
        with self._errors():
            self.place(capture).unlink(missing_ok=True)
        if capture.state == WAITING and self._waiting is not None:
            self._waiting -= capture.size

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
            raise CaptureLostError(f"{place}: not inside {self.folder}; the archive is damaged")
        return place

    def _room_for(self, size: int) -> int:
        """Return how many bytes wait, if ``size`` more may."""
        with self._errors():
            if self._waiting is None:
                self._waiting = sum(file.stat().st_size for file in self._waiting_files())
        if self._waiting + size > self.most_bytes:
            raise CaptureError(
                f"{self.folder / WAITING}: [captures] most_megabytes is reached; the pages of "
                "further articles are not kept until those that wait are scored"
            )
        return self._waiting

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


def _document(taken: datetime, url: str, body: bytes, response: Response | None = None) -> bytes:
    """Return a WARC file, not compressed."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version=VERSION)
    date = f"{taken.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    info = writer.create_warc_record(
        "",
        "warcinfo",
        payload=BytesIO(_INFO),
        length=len(_INFO),
        warc_headers_dict={"WARC-Date": date, "WARC-Block-Digest": _digest(_INFO)},
    )
    writer.write_record(info)
    http, kind, content_type, block = None, "resource", "text/html; charset=utf-8", body
    if response is not None:
        http, kind, content_type = _http(response), "response", ""
        http.compute_headers_buffer()
        block = http.headers_buff + body
    record = writer.create_warc_record(
        _BREAKS.sub("", url),
        kind,
        payload=BytesIO(body),
        length=len(body),
        warc_content_type=content_type,
        warc_headers_dict={
            "WARC-Date": date,
            "WARC-Warcinfo-ID": str(info.rec_headers.get_header("WARC-Record-ID")),
            "WARC-Payload-Digest": _digest(body),
            "WARC-Block-Digest": _digest(block),
        },
        http_headers=http,
    )
    writer.write_record(record)
    return out.getvalue()


def _http(response: Response) -> StatusAndHeaders:
    """Return the status and the headers as received, less what no longer fits the body."""
    headers = [
        (name, _BREAKS.sub(" ", value))
        for name, value in response.headers.items()
        if name.lower() not in _SECRET | _OF_THE_WIRE
    ]
    headers += [
        (f"X-Crawler-{name.title()}", _BREAKS.sub(" ", value))
        for name, value in response.headers.items()
        if name.lower() in _OF_THE_WIRE - {"content-length"}
    ]
    headers.append(("Content-Length", str(len(response.body))))
    return StatusAndHeaders(status_line(response.status), headers, protocol="HTTP/1.1")


def _digest(block: bytes) -> str:
    return "sha256:" + hashlib.sha256(block).hexdigest()


def _compressed(document: bytes) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    try:
        for record in ArchiveIterator(BytesIO(document), no_record_parse=True):
            writer.write_record(record)
    except ArchiveLoadFailed as error:
        raise CaptureLostError(f"a capture is no WARC file: {_BREAKS.sub(' ', str(error))}") from (
            error
        )
    return out.getvalue()
