"""Captures as WARC 1.1 files (ISO 28500:2017): written, compressed, read.

A file holds a ``warcinfo`` record and one more: a ``response`` with the status, the headers and
the body as decompressed, or, where the feed carried the text, a ``resource`` with the entry's
HTML. All digests are SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from feeds.types import status_line
from net import Response

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
_BREAKS = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029]+")


class _Headers(StatusAndHeaders):  # type: ignore[misc]
    """HTTP headers in the bytes that were received; warcio's own way is to percent-encode what
    is not ASCII, and fails on some of it."""

    def to_ascii_bytes(self, header_filter: None = None) -> bytes:
        """Return the block with its values, Latin-1 as ``Response`` has them, as bytes again."""
        return str(self.to_str(header_filter)).encode("latin-1", "replace") + b"\r\n"


class WarcError(Exception):
    """A file is not one that ``document`` or ``compressed`` has made."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a capture holds: the address that answered, its status ("200 OK"; empty when the feed
    carried the text), the media type, and how many bytes the body has."""

    url: str
    status: str
    content_type: str
    size: int


def document(taken: datetime, url: str, body: bytes, response: Response | None = None) -> bytes:
    """Return a WARC file, not compressed.

    Args:
        taken: when the request was sent.
        url: the address that answered, or that of the feed's entry.
        body: what the article was read from.
        response: whose status and headers are kept; None for the HTML that a feed carried.
    """
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
        _BREAKS.sub("", url).replace(" ", "%20"),
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


def _http(response: Response) -> _Headers:
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
    return _Headers(status_line(response.status), headers, protocol="HTTP/1.1")


def _digest(block: bytes) -> str:
    return "sha256:" + hashlib.sha256(block).hexdigest()


def compressed(document: bytes) -> bytes:
    """Return a WARC file with each record as a gzip member of its own.

    Raises:
        WarcError: it is not a WARC file.
    """
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    try:
        for record in ArchiveIterator(BytesIO(document), no_record_parse=True):
            writer.write_record(record)
    except ArchiveLoadFailed as error:
        raise WarcError("not a WARC file") from error
    return out.getvalue()


def described(document: bytes) -> Description:
    """Return what the ``response`` or ``resource`` in a WARC file says of itself.

    Raises:
        WarcError: it is not a WARC file, its digests are wrong, or it has no such record.
    """
    try:
        for record in ArchiveIterator(BytesIO(document), check_digests="raise"):
            size = len(record.content_stream().read())
            if record.rec_type in {"response", "resource"}:
                http = record.http_headers
                return Description(
                    str(record.rec_headers.get_header("WARC-Target-URI") or ""),
                    http.statusline if http else "",
                    str(http.get_header("content-type") or "") if http else record.content_type,
                    size,
                )
    except ArchiveLoadFailed as error:
        raise WarcError("not a WARC file, or its digests are wrong") from error
    raise WarcError("has neither a response nor a resource")
