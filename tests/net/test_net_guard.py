"""Names are resolved once, and what is dialled is the address that was checked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from net_hostile_urls import PUBLIC, TABLE

from net import Door, NetSettings, Refused, Unreachable
from net.guard import GuardedBackend
from net.resolver import system_resolver

pytestmark = pytest.mark.anyio


async def test_public_name_is_dialled_at_the_address_that_was_checked(
    names: Any, dialled: list[tuple[str, int]]
) -> None:
    names.table = {"news.example": [[PUBLIC, "2606:4700::1111"]]}
    async with Door(resolver=names) as door:
        with pytest.raises(Unreachable):
            await door.get("http://news.example/")
        with pytest.raises(Unreachable):
            await door.get("https://news.example/")
    assert dialled == [
        (PUBLIC, 80),
        ("2606:4700::1111", 80),
        (PUBLIC, 443),
        ("2606:4700::1111", 443),
    ]


async def test_rebinding_is_refused_at_the_second_lookup(
    names: Any, dialled: list[tuple[str, int]]
) -> None:
    names.table = {"news.example": [[PUBLIC], ["127.0.0.1"]]}
    async with Door(resolver=names) as door:
        with pytest.raises(Unreachable):
            await door.get("http://news.example/")
        with pytest.raises(Refused, match=r"127\.0\.0\.1 is not a public address"):
            await door.get("http://news.example/")
    assert names.asked == ["news.example", "news.example"]  # one lookup a connection
    assert dialled == [(PUBLIC, 80)]


async def test_redirect_to_a_name_that_is_private_says_where_it_led(
    server: Any, names: Any, dialled: list[tuple[str, int]], settings: NetSettings
) -> None:
    names.table = TABLE
    server.put("/", status="301 Moved", location="http://internal.example/x")
    async with Door(settings, resolver=names) as door:
        with pytest.raises(Refused) as caught:
            await door.get(server.url())
    assert str(caught.value) == (
        f"{server.url()}: redirected to http://internal.example/x: "
        "10.0.0.5 is not a public address; [net] allow can open its range"
    )
    assert dialled == []


async def test_name_in_an_opened_range_is_asked_on_any_port(
    server: Any, names: Any, settings: NetSettings
) -> None:
    names.table = {"hook.example": [["127.0.0.2"]]}
    server.put("/", b"yes")
    async with Door(settings, resolver=names) as door:
        answer = await door.get(server.url(host="hook.example"))
    assert answer.body == b"yes"
    assert server.requests[0].headers["host"] == f"hook.example:{server.port}"


@pytest.mark.parametrize("name", ["unknown.example", "empty.example", "odd.example"])
async def test_unresolved_names_are_unreachable(
    name: str, names: Any, dialled: list[tuple[str, int]]
) -> None:
    names.table = {k: v for k, v in TABLE.items() if k in {"empty.example", "odd.example"}}
    async with Door(resolver=names) as door:
        with pytest.raises(Unreachable, match="name does not resolve"):
            await door.get(f"http://{name}/")
    assert dialled == []


async def test_environment_proxies_are_not_used(
    server: Any, settings: NetSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = 0

    def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard += 1
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.2", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.2:{port}/")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.2:{port}/")
        server.put("/", b"direct")
        async with Door(settings) as door:
            assert (await door.get(server.url())).body == b"direct"
            assert (await door.post(server.url(), b"{}", {})).body == b"direct"
            with pytest.raises(Unreachable, match="is the host up"):
                await door.get("https://127.0.0.2:1/")
    assert heard == 0


async def test_socket_files_are_refused() -> None:
    with pytest.raises(Refused):
        await GuardedBackend(NetSettings(), system_resolver).connect_unix_socket("/run/any.sock")


async def test_open_hosts_are_literal_addresses_or_localhost() -> None:
    door = Door(NetSettings.model_validate({"allow": ["127.0.0.0/8", "fd00::/8"]}))
    for host in ("127.0.0.1", "localhost", "fd00::1", "[fd00::1]", "::ffff:127.0.0.1"):
        assert door.is_open(host), host
    for host in ("8.8.8.8", "10.0.0.1", "news.example", "127.1", "", "::1", "localhost.example"):
        assert not door.is_open(host), host
    assert not Door().is_open("localhost")
