"""Before each redirect is followed the caller may wait for its turn, or refuse."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from net import BadRedirect, Door, NetSettings, Refused, TimedOut

pytestmark = pytest.mark.anyio


class CallerError(Exception):
    """An error of the caller's own."""


def chain(server: Any, length: int) -> None:
    for step in range(length):
        server.put(f"/{step}", status="302 Found", location=f"/{step + 1}")
    server.put(f"/{length}", b"end")


async def test_it_is_awaited_once_for_each_redirect_before_that_is_asked(
    server: Any, settings: NetSettings
) -> None:
    chain(server, 2)
    story: list[str] = []

    async def note(url: str) -> None:
        story.append(f"{url} after {len(server.requests)}")

    async with Door(settings) as door:
        answer = await door.get(server.url("/0"), before_hop=note)
    assert answer.body == b"end"
    assert story == [f"{server.url('/1')} after 1", f"{server.url('/2')} after 2"]


async def test_it_is_not_awaited_without_a_redirect(server: Any, settings: NetSettings) -> None:
    async def never(url: str) -> None:
        raise AssertionError(url)

    server.put("/", b"here")
    async with Door(settings) as door:
        assert (await door.get(server.url(), before_hop=never)).body == b"here"


async def test_its_time_does_not_count(server: Any, settings: NetSettings) -> None:
    chain(server, 2)

    async def wait(_: str) -> None:
        await anyio.sleep(0.7)

    async with Door(settings.model_copy(update={"deadline": 0.6})) as door:
        assert (await door.get(server.url("/0"), before_hop=wait)).body == b"end"


async def test_the_deadline_is_one_for_all_requests(server: Any, settings: NetSettings) -> None:
    async def slow(writer: asyncio.StreamWriter, request: Any) -> None:
        await asyncio.sleep(0.4)
        onward = int(request.path[1:]) + 1
        writer.write(
            f"HTTP/1.1 302 Found\r\nlocation: /{onward}\r\ncontent-length: 0\r\n\r\n".encode()
        )

    for step in range(5):
        server.answers[f"/{step}"] = slow
    server.put("/5", b"end")

    async def no_wait(_: str) -> None:
        return

    async with Door(settings.model_copy(update={"deadline": 1.0})) as door:
        with pytest.raises(TimedOut):
            await door.get(server.url("/0"), before_hop=no_wait)
    assert [request.path for request in server.requests] == ["/0", "/1", "/2"]


@pytest.mark.parametrize("error", [CallerError(), OSError("disk"), Refused("robots.txt says no")])
async def test_what_it_raises_passes_unchanged(
    error: Exception, server: Any, settings: NetSettings
) -> None:
    chain(server, 1)

    async def refuse(_: str) -> None:
        raise error

    async with Door(settings) as door:
        with pytest.raises(type(error)) as caught:
            await door.get(server.url("/0"), before_hop=refuse)
    assert caught.value is error
    assert [request.path for request in server.requests] == ["/0"]


@pytest.mark.parametrize(
    "location", ["ftp://news.example/", "http://a:b@news.example/", "http://news.example:99999/"]
)
async def test_it_is_not_asked_about_what_may_not_be_followed(
    location: str, server: Any, settings: NetSettings
) -> None:
    server.put("/", status="302 Found", location=location)
    asked: list[str] = []

    async def note(url: str) -> None:
        asked.append(url)

    async with Door(settings) as door:
        with pytest.raises((Refused, BadRedirect)):
            await door.get(server.url(), before_hop=note)
    assert asked == []


async def test_an_endless_location_is_refused_and_not_printed(
    server: Any, settings: NetSettings
) -> None:
    server.put("/huge", status="302 Found", location="/" + "a" * 60_000)
    server.put("/long", status="302 Found", location="/" + "b" * 3_000)
    async with Door(settings) as door:
        with pytest.raises(BadRedirect, match=r"a URL of 60,001 characters") as huge:
            await door.get(server.url("/huge"))
        assert (await door.get(server.url("/long"))).status == 404
        server.put("/" + "b" * 3_000, status="302 Found", location="ftp://x/")
        server.put("/long", status="302 Found", location="http://[::1]/" + "b" * 3_000)
        with pytest.raises(Refused) as long:
            await door.get(server.url("/long"))
    assert len(str(huge.value)) < 200
    assert len(str(long.value)) < 500
