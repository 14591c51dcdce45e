"""Reading an answer's body within its limits, decompressed by a decoder that is bounded too.

httpx's own decoders are not: 228 bytes of brotli cost it 300 MB, whatever the caller's cap.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Iterator
from typing import Protocol

import httpcore
import httpx

from net.errors import TooLarge, Unreachable
from net.settings import Limits

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: expect a gzip header (RFC 1952)
_MAGIC = b"\x1f\x8b\x08"  # how a gzip member begins
_MOST_MEMBERS = 1_000
_PIECE = 65_536  # bytes decompressed at a time


class _Decoder(Protocol):
    def feed(self, chunk: bytes, room: int) -> Iterator[bytes]:
        """Give what ``chunk`` decodes to, at most ``room`` bytes, piece by piece."""

    def is_complete(self) -> bool:
        """Whether the data ended where it should."""


class _Plain:
    def feed(self, chunk: bytes, room: int) -> Iterator[bytes]:
        yield chunk[:room]

    def is_complete(self) -> bool:
        return True


class _Gzip:
    """All gzip members in a row (RFC 1952 §2.2); what is no gzip after them is ignored."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP)
        self._begun = False
        self._members = 1
        self._rest = b""  # too little to tell whether another member begins
        self._over = False

    def feed(self, chunk: bytes, room: int) -> Iterator[bytes]:
        self._begun = self._begun or bool(chunk)
        chunk, self._rest = self._rest + chunk, b""
        while room > 0 and not (self._inner.eof and not self._goes_on(chunk)):
            asked = min(room, _PIECE)
            piece = self._inner.decompress(chunk, asked)
            yield piece
            room -= len(piece)
            if self._inner.eof:
                chunk = self._inner.unused_data
            elif len(piece) < asked:  # zlib has taken the whole chunk and holds nothing back
                return
            else:
                chunk = self._inner.unconsumed_tail

    def is_complete(self) -> bool:
        return self._inner.eof or not self._begun

    def _goes_on(self, rest: bytes) -> bool:
        """Whether ``rest``, after a complete member, begins another one; be ready for it then."""
        if not self._over and len(rest) < len(_MAGIC) and _MAGIC.startswith(rest):
            self._rest = rest
            return False
        self._over = self._over or not rest.startswith(_MAGIC)
        if self._over:
            return False
        if self._members == _MOST_MEMBERS:
            raise Unreachable(f"the answer is more than {_MOST_MEMBERS:,} gzip files in a row")
        self._members += 1
        self._inner = zlib.decompressobj(_GZIP)
        return True


def _decoder(response: httpx.Response) -> _Decoder:
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in {"", "identity"}:
        return _Plain()
    if coding in {"gzip", "x-gzip"}:
        return _Gzip()
    raise Unreachable(f"it answered in the coding {coding[:40]!r}; only gzip was asked for")


async def read(response: httpx.Response, limits: Limits) -> bytes:
    """Return the whole body, decompressed; with ``limits.cut`` no more than them of it.

    Raises:
        TooLarge: it is larger than ``limits``, by its Content-Length or in fact, and not to be cut.
        Unreachable: it is in a coding that was not asked for, broken, or ends in the middle.
    """
    decoder = _decoder(response)
    announced = response.headers.get("content-length", "")
    if not limits.cut and announced.isdecimal() and int(announced) > limits.wire:
        raise TooLarge(f"the answer is {int(announced):,} bytes, more than {limits.wire:,}")
    body, wire = bytearray(), 0
    async for chunk in _pieces(response):
        part = chunk[: limits.wire - wire] if limits.cut else chunk
        wire += len(chunk)
        if wire > limits.wire and not limits.cut:
            raise TooLarge(f"the answer is more than {limits.wire:,} bytes")
        _decode(body, decoder, part, limits.decoded + 1 - len(body))
        if limits.cut and (wire >= limits.wire or len(body) > limits.decoded):
            return bytes(body[: limits.decoded])
        if len(body) > limits.decoded:
            raise TooLarge(f"the answer decompresses to more than {limits.decoded:,} bytes")
    if not decoder.is_complete():
        raise Unreachable("the answer ended in the middle of its gzip data")
    return bytes(body)


def _pieces(response: httpx.Response) -> AsyncIterable[bytes]:
    """Give the body of ``response`` as it was sent, without httpx's decoders."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the answer was not asked for asynchronously")
    return response.stream


async def read_some(response: httpx.Response, limits: Limits) -> bytes:
    """Return the beginning of the body, up to ``limits``; what cannot be decoded is left out."""
    body, wire = bytearray(), 0
    try:
        decoder = _decoder(response)
        async for chunk in _pieces(response):
            part = chunk[: limits.wire - wire]
            wire += len(part)
            _decode(body, decoder, part, limits.decoded - len(body))
            if wire >= limits.wire or len(body) >= limits.decoded:
                break
    except (Unreachable, httpcore.ProtocolError, httpcore.NetworkError):
        pass  # the status is what counts; it is known
    return bytes(body)


def _decode(body: bytearray, decoder: _Decoder, chunk: bytes, room: int) -> None:
    """Append to ``body`` what ``chunk`` decodes to, at most ``room`` bytes."""
    try:
        for piece in decoder.feed(chunk, room):
            body += piece
    except zlib.error:
        raise Unreachable("the answer is not the gzip data that it says it is") from None
