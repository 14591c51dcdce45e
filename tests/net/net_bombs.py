"""Answers that are meant to hurt whoever asks: by their size, their slowness or their form."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Writer = asyncio.StreamWriter
Answer = bytes | Callable[[Writer, Any], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
FOUND = b"HTTP/1.1 302 Found\r\n"


@dataclass(frozen=True, slots=True)
class Bomb:
    """``outcome`` is the kind of error, or the status, that an asker is left with."""

    name: str
    outcome: str
    answer: Answer


def zeros(megabytes: int) -> bytes:
    """Gzip that decompresses to so many megabytes: one block, flushed, over and over."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * megabytes


BOMB = zeros(300)


def with_length(body: bytes, coding: str = "", status: bytes = OK) -> bytes:
    line = f"content-encoding: {coding}\r\n" if coding else ""
    return status + f"{line}content-length: {len(body)}\r\n\r\n".encode() + body


def close_after(*parts: bytes) -> Answer:
    async def answer(writer: Writer, _: Any) -> None:
        for part in parts:
            writer.write(part)
        await writer.drain()

    return answer


def cut_after(part: bytes) -> Answer:
    """Send ``part``, then reset the connection."""

    async def answer(writer: Writer, _: Any) -> None:
        writer.write(part)
        await writer.drain()
        writer.transport.abort()

    return answer


def endless(head: bytes, more: bytes, pause: float = 0.0) -> Answer:
    """Send ``head``, then ``more`` for ever, every ``pause`` seconds."""
    part = more if pause else more * (65_536 // len(more) + 1)

    async def answer(writer: Writer, _: Any) -> None:
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def silent_after(part: bytes) -> Answer:
    async def answer(writer: Writer, _: Any) -> None:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(4)

    return answer


def to(location: bytes) -> bytes:
    return FOUND + b"location: " + location + b"\r\ncontent-length: 0\r\n\r\n"


SIZE = [
    Bomb("gzip of 300 MB", "TooLarge", with_length(BOMB, "gzip")),
    Bomb(
        "gzip of 300 MB without a length",
        "TooLarge",
        endless(OK + b"content-encoding: gzip\r\n\r\n" + BOMB, b"\0"),
    ),
    Bomb(
        "gzip of 300 MB in chunks",
        "TooLarge",
        close_after(
            OK + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n",
            f"{len(BOMB):x}\r\n".encode() + BOMB + b"\r\n0\r\n\r\n",
        ),
    ),
    Bomb("gzip in gzip, said once", "200", with_length(gzip.compress(BOMB), "gzip")),
    Bomb("gzip in gzip, said twice", "Unreachable", with_length(gzip.compress(BOMB), "gzip, gzip")),
    Bomb(
        "gzip in gzip, in two lines",
        "Unreachable",
        with_length(gzip.compress(BOMB), "gzip\r\ncontent-encoding: gzip"),
    ),
    Bomb("forty codings", "Unreachable", with_length(BOMB, ", ".join(["gzip"] * 40))),
    Bomb(
        "300 gzip members of 1 MB",
        "TooLarge",
        with_length(gzip.compress(bytes(1_000_000)) * 300, "gzip"),
    ),
    Bomb(
        "150,000 empty gzip members",
        "Unreachable",
        with_length(gzip.compress(b"") * 150_000, "gzip"),
    ),
    Bomb(
        "gzip that breaks off", "Unreachable", with_length(gzip.compress(bytes(9_000))[:-9], "gzip")
    ),
    Bomb(
        "gzip with a wrong sum",
        "Unreachable",
        with_length(gzip.compress(b"a" * 99)[:-8] + b"\1" * 8, "gzip"),
    ),
    Bomb("no gzip at all", "Unreachable", with_length(b"<rss/>" * 99, "gzip")),
    Bomb(
        "gzip, then zeros for ever",
        "TooLarge",
        endless(OK + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"feed"), b"\0"),
    ),
    Bomb(
        "gzip with an endless file name",
        "TooLarge",
        endless(OK + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\3", b"n"),
    ),
    Bomb("brotli", "Unreachable", with_length(b"\x5b\xff\xff\x6f\xc1" * 45, "br")),
    Bomb("zstd", "Unreachable", with_length(b"\x28\xb5\x2f\xfd" * 99, "zstd")),
    Bomb("deflate", "Unreachable", with_length(zlib.compress(bytes(9_000_000)), "deflate")),
    Bomb("compress", "Unreachable", with_length(b"\x1f\x9d\x90" * 99, "compress")),
    Bomb(
        "gzip under a transfer coding",
        "Unreachable",
        close_after(
            OK + b"transfer-encoding: gzip, chunked\r\n\r\n" + f"{len(BOMB):x}\r\n".encode() + BOMB
        ),
    ),
    Bomb("endless body", "TooLarge", endless(OK + b"\r\n", b"x")),
    Bomb(
        "endless body of HTTP/1.0",
        "TooLarge",
        endless(b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\n", b"x"),
    ),
    Bomb("endless chunks", "TooLarge", endless(CHUNKED, b"fff\r\n" + b"y" * 0xFFF + b"\r\n")),
    Bomb("chunks of one byte for ever", "TooLarge", endless(CHUNKED, b"1\r\nx\r\n")),
    Bomb(
        "a length of 99 GB",
        "TooLarge",
        close_after(OK + b"content-length: 99000000000\r\n\r\n", b"z" * 999),
    ),
    Bomb("5 MB with a length", "TooLarge", with_length(bytes(5_000_000))),
]

HEADERS = [
    Bomb("one header without an end", "Unreachable", endless(OK + b"x: ", b"y")),
    Bomb("headers without an end", "Unreachable", endless(OK, b"x-more: " + b"y" * 99 + b"\r\n")),
    Bomb("headers of one letter without an end", "Unreachable", endless(OK, b"a:b\r\n")),
    Bomb("a status line without an end", "Unreachable", endless(b"HTTP/1.1 200 ", b"O")),
    Bomb("10,000 headers", "200", with_length(b"feed", status=OK + b"a: b\r\n" * 10_000)),
    Bomb(
        "10,000 different headers",
        "200",
        with_length(b"feed", status=OK + b"".join(b"h%d:\r\n" % n for n in range(10_000))),
    ),
    Bomb(
        "1xx answers without an end",
        "Unreachable",
        endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    ),
    Bomb(
        "100 Continue without an end", "Unreachable", endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n")
    ),
    Bomb(
        "another protocol",
        "Unreachable",
        silent_after(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    ),
    Bomb("NUL in a header", "Unreachable", with_length(b"", status=OK + b"etag: a\0b\r\n")),
    Bomb("CR in a header", "Unreachable", with_length(b"", status=OK + b"etag: a\rb\r\n")),
    Bomb("a header without a colon", "Unreachable", with_length(b"", status=OK + b"nonsense\r\n")),
    Bomb("a header without a name", "Unreachable", with_length(b"", status=OK + b": x\r\n")),
    Bomb("a folded header", "200", with_length(b"feed", status=OK + b"x: a\r\n b\r\n c\r\n")),
    Bomb("a header that begins folded", "Unreachable", with_length(b"", status=OK + b" x: a\r\n")),
    Bomb("trailers without an end", "Unreachable", endless(CHUNKED + b"0\r\n", b"x-more: yy\r\n")),
    Bomb("a chunk extension without an end", "Unreachable", endless(CHUNKED + b"1;", b"x")),
    Bomb("a chunk size without an end", "Unreachable", endless(CHUNKED, b"1")),
    Bomb("a chunk of 18 exabytes", "TooLarge", endless(CHUNKED + b"ffffffffffffffff\r\n", b"x")),
    Bomb("a chunk size that is none", "Unreachable", close_after(CHUNKED + b"zz\r\n")),
    Bomb(
        "a length of 5,000 figures",
        "Unreachable",
        close_after(OK + b"content-length: " + b"9" * 5_000 + b"\r\n\r\n"),
    ),
    Bomb(
        "a length of 20 figures",
        "TooLarge",
        close_after(OK + b"content-length: " + b"9" * 20 + b"\r\n\r\n"),
    ),
    Bomb("a length below nothing", "Unreachable", close_after(OK + b"content-length: -5\r\n\r\n")),
    Bomb(
        "a length that is no number",
        "Unreachable",
        close_after(OK + b"content-length: 1e9\r\n\r\n"),
    ),
    Bomb(
        "two lengths",
        "Unreachable",
        close_after(OK + b"content-length: 4\r\ncontent-length: 5\r\n\r\nabcde"),
    ),
    Bomb(
        "a length and chunks",
        "200",
        close_after(
            OK + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
        ),
    ),
    Bomb(
        "a length too short",
        "200",
        OK + b"content-length: 4\r\n\r\nfeed and more that nobody asked for",
    ),
    Bomb("a length too long", "Unreachable", close_after(OK + b"content-length: 400\r\n\r\nfeed")),
]

SLOW = [
    Bomb("one byte at a time", "TimedOut", endless(OK + b"\r\n", b"x", 0.2)),
    Bomb("a header at a time", "TimedOut", endless(OK, b"x: y\r\n", 0.2)),
    Bomb("a byte of the status at a time", "TimedOut", endless(b"HTTP/1.1 200 ", b"O", 0.2)),
    Bomb(
        "gzip, one byte at a time",
        "TimedOut",
        endless(OK + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\3", b"n", 0.2),
    ),
    Bomb("silence before the answer", "TimedOut", silent_after(b"")),
    Bomb("silence in the headers", "TimedOut", silent_after(OK + b"x: ")),
    Bomb("silence in the body", "TimedOut", silent_after(OK + b"content-length: 9\r\n\r\nhalf")),
]

REDIRECTS = [
    Bomb("to itself", "BadRedirect", to(b"?")),
    Bomb("to a file", "Refused", to(b"file:///etc/hostname")),
    Bomb("to the metadata", "Refused", to(b"http://169.254.169.254/latest/")),
    Bomb("to the loopback", "Refused", to(b"//127.0.0.1/")),
    Bomb("to a socket of another service", "Refused", to(b"gopher://127.0.0.1:6379/_FLUSHALL")),
    Bomb("to 60 kB of URL", "BadRedirect", to(b"/" + b"u" * 60_000)),
    Bomb("to 300 kB of URL", "Unreachable", to(b"/" + b"u" * 300_000)),
    Bomb("to no URL", "BadRedirect", to(b"http://x:y/")),
    Bomb("to a NUL", "Unreachable", to(b"/a\0b")),
    Bomb("to another request", "404", to(b"/a%0d%0aHost:%20other")),
    Bomb("to bytes that are no UTF-8", "404", to(b"/\xff\xfe\xfd")),
    Bomb(
        "with a bomb in its body", "404", with_length(BOMB, "gzip", FOUND + b"location: /gone\r\n")
    ),
    Bomb(
        "with brotli in its body",
        "404",
        with_length(b"\x5b\xff\xff\x6f" * 45, "br", FOUND + b"location: /gone\r\n"),
    ),
    Bomb("with an endless body", "404", endless(FOUND + b"location: /gone\r\n\r\n", b"x")),
    Bomb(
        "with a body of silence",
        "404",
        silent_after(FOUND + b"location: /gone\r\ncontent-length: 9\r\n\r\n"),
    ),
]

FORM = [
    Bomb("not HTTP", "Unreachable", close_after(b"220 mail.example ESMTP\r\n")),
    Bomb("HTTP/0.9", "Unreachable", close_after(b"<html>" + b"words " * 9_999)),
    Bomb(
        "HTTP/2", "Unreachable", close_after(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80\0\4\0\1\0\0\0\5")
    ),
    Bomb("HTTP/3", "200", close_after(b"HTTP/3.0 200 OK\r\n\r\nfeed")),
    Bomb("TLS", "Unreachable", close_after(b"\x16\3\1\2\0\1\0\1\xfc\3\3" * 20)),
    Bomb("random bytes for ever", "Unreachable", endless(b"", bytes(range(256)))),
    Bomb("no status", "Unreachable", close_after(b"HTTP/1.1 OK\r\n\r\n")),
    Bomb("a status of four figures", "Unreachable", close_after(b"HTTP/1.1 2000 OK\r\n\r\n")),
    Bomb("status 999", "999", with_length(b"", status=b"HTTP/1.1 999 Odd\r\n")),
    Bomb("nothing", "Unreachable", close_after(b"")),
    Bomb("a reset", "Unreachable", cut_after(b"")),
    Bomb("a reset in the body", "Unreachable", cut_after(OK + b"content-length: 99\r\n\r\nhalf")),
    Bomb("a body that 204 cannot have", "204", with_length(BOMB, "gzip", b"HTTP/1.1 204 None\r\n")),
    Bomb("a body that 304 cannot have", "304", with_length(BOMB, "gzip", b"HTTP/1.1 304 Same\r\n")),
    Bomb("another answer behind the first", "200", with_length(b"feed") + with_length(b"smuggled")),
]

BOMBS = SIZE + HEADERS + SLOW + REDIRECTS + FORM
