"""A raw loopback server that can misbehave, and a record of every address that is dialled."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore
import pytest

from net import NetSettings

HERE = "127.0.0.2"  # the server's address; [net] allow opens this one and nothing else


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = bytes | Callable[[asyncio.StreamWriter, Request], Awaitable[None]]


@dataclass
class Server:
    """Answers each path with the bytes, or the function, that was put there."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def url(self, path: str = "/", host: str = HERE) -> str:
        return f"http://{host}:{self.port}{path}"

    def put(
        self, path: str, body: bytes = b"", status: str = "200 OK", **headers: str | bytes
    ) -> None:
        lines = [f"HTTP/1.1 {status}".encode()]
        fields: dict[str, str | bytes] = {"content_length": str(len(body)), **headers}
        for name, value in fields.items():
            raw = value if isinstance(value, bytes) else value.encode()
            lines.append(name.replace("_", "-").encode() + b": " + raw)
        self.answers[path] = b"\r\n".join(lines) + b"\r\n\r\n" + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while request := await self._read(reader):
                self.requests.append(request)
                answer = self.answers.get(
                    request.path, b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"
                )
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(writer, request)
                    break
                await writer.drain()
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").strip().split("\r\n")
        headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in rest)}
        method, path, _ = first.split(" ")
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Request(method, path, headers, body)

    @contextlib.asynccontextmanager
    async def run(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
        async with await asyncio.start_server(self.serve, HERE, 0, ssl=tls) as listening:
            self.port = listening.sockets[0].getsockname()[1]
            yield self


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def server(anyio_backend: str) -> AsyncIterator[Server]:
    async with Server().run() as running:
        yield running


@pytest.fixture
def new_server() -> type[Server]:
    """For tests that run more than one, or one with TLS."""
    return Server


@pytest.fixture
def settings() -> NetSettings:
    return NetSettings.model_validate({"allow": [f"{HERE}/32"], "deadline": 20})


@dataclass
class Names:
    """A stub of DNS: known names, numeric spellings as the C library reads them, nothing else.

    A name with several answers gives them in turn, one list an enquiry.
    """

    table: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host in self.table:
            turns = self.table[host]
            return turns.pop(0) if len(turns) > 1 else turns[0]
        flags = socket.AI_NUMERICHOST
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
        return [str(row[4][0]) for row in rows]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was dialled apart from the test's own server; such a dial is recorded, never made."""
    record: list[tuple[str, int]] = []
    real = httpcore.AnyIOBackend.connect_tcp

    async def connect(self: Any, host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != HERE:
            record.append((host, port))
            raise httpcore.ConnectError("not dialled in a test")
        return await real(self, host, port, *rest, **more)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    return record
