"""A loopback street of outlets in processes of their own, so that a measurement of who asks them
does not count what answering costs."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

ITEMS = 15
_NEWEST = datetime(2025, 9, 1, tzinfo=UTC)


@contextmanager
def unchanged_feeds(feeds: int, processes: int = 2) -> Iterator[list[str]]:
    """Serve ``feeds`` feeds that answer 304 to their validators; yields their URLs."""
    with socket.socket() as claim:  # held, so that all processes can share the port it was given
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        claim.bind(("127.0.0.1", 0))
        port = claim.getsockname()[1]
        context = multiprocessing.get_context("forkserver")
        ready = context.Semaphore(0)
        servers = [
            context.Process(target=_serve, args=(port, ready), daemon=True)
            for _ in range(processes)
        ]
        for server in servers:
            server.start()
        try:
            for _ in servers:
                ready.acquire()
            yield [f"http://127.0.0.1:{port}/feed/{n}" for n in range(feeds)]
        finally:
            for server in servers:
                server.terminate()
                server.join()


def _serve(port: int, ready: object) -> None:
    asyncio.run(_run(port, ready))


async def _run(port: int, ready: object) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", port, reuse_port=True, backlog=1024)
    ready.release()  # type: ignore[attr-defined]  # multiprocessing's semaphore has no public type
    async with server:
        await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            path = head.split(b" ", 2)[1].decode()
            tag = f'"{path}"'
            if b"if-none-match: " + tag.encode() in head:
                writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode())
            else:
                body = _feed(path)
                writer.write(
                    f"HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Type: application/rss+xml\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
            await writer.drain()
    writer.close()


def _feed(path: str) -> bytes:
    items = "".join(
        f"<item><title>Report {n} of {path}</title><link>http://127.0.0.1{path}/{n}</link>"
        f"<guid>{path}/{n}</guid>"
        f"<pubDate>{format_datetime(_NEWEST - timedelta(hours=n))}</pubDate>"
        "<description>The council met in the morning and will meet again.</description></item>"
        for n in range(ITEMS)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{path}</title>'
        f"<link>http://127.0.0.1{path}</link><description>d</description>{items}</channel></rss>"
    ).encode()
