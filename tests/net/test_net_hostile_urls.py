"""No URL form, redirect, rebinding or mixed answer of DNS reaches what may not be asked.

Whatever is dialled is written down where httpcore would dial it, and a real server listens on all
loopback addresses; a dial beyond the loopback is written down and never made.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore
import pytest
from net_hostile_urls import HOSTILE, PUBLIC, TABLE, with_port

import net.addresses
from net import Door, NetError, NetSettings, Refused

pytestmark = pytest.mark.anyio

HERE = "127.0.0.2"  # the one address that the settings of these tests open


@dataclass
class Canary:
    """Listens on the loopback; must hear nothing."""

    port: int = 0
    heard: int = 0
    dialled: list[tuple[str, int]] = field(default_factory=list)
    stand_in: int = 0  # the port of our own server that answers in place of PUBLIC

    def hear(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")
        writer.close()

    @property
    def refused_addresses(self) -> list[tuple[str, int]]:
        """What was dialled although it is neither public nor the address that is opened."""
        return [dial for dial in self.dialled if dial[0] not in {PUBLIC, HERE}]


@pytest.fixture
async def canary(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Canary]:
    """The canary, on a port that counts as one of the web's: only its addresses are closed."""
    bird = Canary()
    real = httpcore.AnyIOBackend.connect_tcp

    async def connect(self: Any, host: str, port: int, *rest: Any, **more: Any) -> Any:
        bird.dialled.append((host, port))
        if host == PUBLIC and bird.stand_in:
            return await real(self, HERE, bird.stand_in, *rest, **more)
        if not ipaddress.ip_address(host).is_loopback:
            raise httpcore.ConnectError("not dialled in a test")
        return await real(self, host, port, *rest, **more)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    async with await asyncio.start_server(bird.hear, "0.0.0.0", 0) as listening:
        bird.port = listening.sockets[0].getsockname()[1]
        monkeypatch.setattr(net.addresses, "WEB_PORTS", frozenset({80, 443, bird.port}))
        yield bird


def forms(canary: Canary) -> list[str]:
    return HOSTILE + with_port(canary.port)


def changed(
    names: Any, answers: Callable[[str, list[str]], list[list[str]]]
) -> Callable[[str], Sequence[str]]:
    """DNS by ``names`` of which each answer for a host is replaced by ``answers``, in turn."""
    turns: dict[str, list[list[str]]] = {}

    def resolve(host: str) -> Sequence[str]:
        if host not in turns:
            try:
                true = list(names(host))
            except (OSError, UnicodeError):
                true = ["127.0.0.1"]
            turns[host] = answers(host, true)
        left = turns[host]
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def test_there_are_enough_forms() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 250


async def test_direct(canary: Canary, names: Any, settings: NetSettings) -> None:
    names.table = TABLE
    async with Door(settings, resolver=names) as door:
        for url in forms(canary):
            with pytest.raises(NetError):
                await door.get(url)
            with pytest.raises(NetError):
                await door.post(url, b"{}", {})
    assert canary.dialled == []
    assert canary.heard == 0


async def test_through_a_redirect(
    canary: Canary, server: Any, names: Any, settings: NetSettings
) -> None:
    names.table = TABLE
    wrong: list[str] = []
    async with Door(settings, resolver=names) as door:
        for number, url in enumerate(forms(canary)):
            path = f"/{number}"
            server.put(path, status="302 Found", location=url.encode())
            try:
                answer = await door.get(server.url(path))
            except NetError:
                continue
            # a form without an authority is a path on the same, opened server
            if not answer.url.startswith(server.url()):
                wrong.append(url)
    assert wrong == []
    assert canary.refused_addresses == []
    assert {port for _, port in canary.dialled} == {server.port}
    assert canary.heard == 0


async def test_rebinding_between_two_requests(
    canary: Canary, names: Any, settings: NetSettings
) -> None:
    """Public when first asked, what it truly is from then on; the hosts have no port forbidden."""
    names.table = TABLE
    resolve = changed(names, lambda _, true: [[PUBLIC], true])
    asked = 0
    async with Door(settings, resolver=resolve) as door:
        for url in forms(canary):
            with pytest.raises(NetError):
                await door.get(url)
            asked += canary.dialled[-1:] == [(PUBLIC, 80)]
            seen = len(canary.dialled)
            with pytest.raises(NetError):
                await door.get(url)
            assert len(canary.dialled) == seen or set(canary.dialled[seen:]) <= {(PUBLIC, 80)}
    assert asked > 40  # so many forms are names, which can be rebound at all
    assert canary.refused_addresses == []
    assert canary.heard == 0


@pytest.mark.parametrize("private", ["127.0.0.1", "::1", "10.0.0.5", "169.254.169.254"])
async def test_rebinding_within_one_request(
    private: str, canary: Canary, server: Any, names: Any, settings: NetSettings
) -> None:
    """The first hop is answered by a public address, the second is the same name again."""
    canary.stand_in = server.port
    names.table = {"news.example": [[PUBLIC], [private]], "www.news.example": [[private]]}
    hops = ["http://news.example/b", f"http://news.example:{canary.port}/", "//www.news.example/"]
    async with Door(settings, resolver=names) as door:
        for location in hops:
            names.table["news.example"] = [[PUBLIC], [private]]
            server.put("/a", status="302 Found", location=location)
            with pytest.raises(Refused, match="is not a public address"):
                await door.get("http://news.example/a")
    assert canary.dialled == [(PUBLIC, 80)] * len(hops)
    assert [request.path for request in server.requests] == ["/a"] * len(hops)
    assert canary.heard == 0


async def test_mixed_answers(canary: Canary, names: Any, settings: NetSettings) -> None:
    """One address that is not public closes a name, wherever it stands among public ones."""
    names.table = TABLE
    for before, after in [
        ((PUBLIC,), ()),
        ((), (PUBLIC,)),
        (("2606:4700::1111", PUBLIC), (PUBLIC,)),
    ]:

        def mix(
            _: str, true: list[str], before: Any = before, after: Any = after
        ) -> list[list[str]]:
            closed = [address for address in true if address != PUBLIC] or ["::1"]
            return [[*before, *closed, *after]]

        resolve = changed(names, mix)
        async with Door(settings, resolver=resolve) as door:
            for url in forms(canary):
                with pytest.raises(NetError):
                    await door.get(url)
    assert canary.dialled == []
    assert canary.heard == 0


async def test_a_resolver_that_never_gives_the_same_answer_twice(
    canary: Canary, names: Any, settings: NetSettings
) -> None:
    """What was checked is what is dialled, however the answers change in between."""
    turn = 0

    def fickle(_: str) -> Sequence[str]:
        nonlocal turn
        turn += 1
        return [PUBLIC] if turn % 2 else ["127.0.0.1"]

    async with Door(settings, resolver=fickle) as door:
        for number in range(20):
            with pytest.raises(NetError):
                await door.get(f"http://news.example:{canary.port}/{number}")
    assert turn == 20  # one enquiry a connection
    assert canary.dialled == [(PUBLIC, canary.port)] * 10
    assert canary.heard == 0


async def test_the_canary_hears_a_door_that_is_open(canary: Canary, names: Any) -> None:
    """The tests above mean something: many of the forms do lead to it when nothing is refused."""
    names.table = TABLE
    wide = NetSettings.model_validate({"allow": ["0.0.0.0/0", "::/0"], "connect_timeout": 1})
    reached = 0
    async with Door(wide, resolver=names) as door:
        for url in with_port(canary.port):
            try:
                reached += (await door.get(url)).body == b"secret"
            except NetError:
                continue
    assert reached == canary.heard
    assert reached >= 30
