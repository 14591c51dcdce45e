"""Connections are kept while they are clean, at most so many are open, and none is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import net.pool
from net import Door, NetError, NetSettings, Refused, TimedOut, TooLarge
from net.pool import MAX_CONNECTIONS, MAX_IDLE

pytestmark = pytest.mark.anyio

SMUGGLED = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\ncontent-length: 96\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("more", [SMUGGLED, b"page not found", b"\r\n"])
async def test_what_follows_an_answer_is_not_taken_for_the_next_one(
    head: bytes, more: bytes, server: Any, settings: NetSettings
) -> None:
    server.answers["/first"] = head + more
    server.put("/next", b"the next one")
    async with Door(settings) as door:
        await door.get(server.url("/first"))
        assert (await door.get(server.url("/next"))).body == b"the next one"
        await door.post(server.url("/first"), b"{}", {})
        assert (await door.post(server.url("/next"), b"{}", {})).body == b"the next one"


async def test_a_connection_that_the_server_closed_is_not_used_again(
    server: Any, settings: NetSettings
) -> None:
    async def once(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    server.answers["/"] = once
    async with Door(settings) as door:
        for _ in range(3):
            assert (await door.get(server.url())).body == b"ok"
            await asyncio.sleep(0.05)
    assert server.connections == 3


async def test_a_connection_is_not_kept_for_long(
    server: Any, settings: NetSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net.pool, "KEEPALIVE", 0.1)
    server.put("/", b"ok")
    async with Door(settings) as door:
        for _ in range(3):
            await door.get(server.url())
        assert server.connections == 1
        await asyncio.sleep(0.3)
        await door.get(server.url())
    assert server.connections == 2


async def test_no_more_than_64_connections_are_open_and_16_are_kept(
    server: Any, settings: NetSettings
) -> None:
    asking, most = 0, 0

    async def slow(writer: asyncio.StreamWriter, _: Any) -> None:
        nonlocal asking, most
        asking += 1
        most = max(most, asking)
        await asyncio.sleep(0.1)
        asking -= 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    server.answers["/slow"] = slow
    async with Door(settings) as door:
        await asyncio.gather(*(door.get(server.url("/slow")) for _ in range(100)))
        assert most == MAX_CONNECTIONS
        server.put("/", b"ok")
        await asyncio.gather(*(door.get(server.url()) for _ in range(40)))
        before = server.connections
        await asyncio.gather(*(door.get(server.url()) for _ in range(40)))
        assert server.connections - before >= 40 - MAX_IDLE


async def test_requests_that_fail_leave_room_for_others(
    server: Any, settings: NetSettings, names: Any
) -> None:
    async def silent(writer: asyncio.StreamWriter, _: Any) -> None:
        await asyncio.sleep(30)

    server.answers["/silent"] = silent
    server.put("/large", bytes(100), content_length="5000000")
    server.put("/", b"fine")
    names.table = {"internal.example": [["10.0.0.5"]]}
    urls = [
        (server.url("/silent"), TimedOut),
        (server.url("/large"), TooLarge),
        ("http://internal.example/", Refused),
        ("http://127.0.0.2:1/", NetError),
    ]
    async with Door(settings.model_copy(update={"deadline": 2.0}), resolver=names) as door:
        for url, kind in urls:
            found = await asyncio.gather(
                *(door.get(url) for _ in range(MAX_CONNECTIONS + 6)), return_exceptions=True
            )
            assert all(isinstance(error, kind) for error in found)
        tasks = [asyncio.create_task(door.get(server.url("/silent"))) for _ in range(70)]
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (await door.get(server.url())).body == b"fine"
