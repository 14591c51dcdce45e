"""No URL form, redirect or DNS answer makes the door dial an address that may not be asked."""

from __future__ import annotations

from typing import Any

import pytest

from net import Door, NetError, NetSettings, Refused, Unreachable
from net.guard import GuardedBackend
from net.resolver import system_resolver

pytestmark = pytest.mark.anyio

PUBLIC = "8.8.8.8"

HOSTILE = """\
http://127.0.0.1/
http://127.0.0.1:80/
http://127.0.0.1:443/
http://127.1/
http://127.0.1/
http://127.000.000.001/
http://0177.0.0.1/
http://0177.0.0.01/
http://00177.0.0.1/
http://0x7f.0.0.1/
http://0x7f.0x0.0x0.0x1/
http://0x7f000001/
http://0X7F000001/
http://2130706433/
http://017700000001/
http://0/
http://0.0.0.0/
http://00000/
http://0x0/
http://127.255.255.254/
http://10.0.0.1/
http://10.1/
http://167772161/
http://172.16.0.1/
http://172.31.255.254/
http://192.168.0.1/
http://192.168.257/
http://0xc0a80001/
http://169.254.169.254/latest/meta-data/
http://169.254.43518/
http://2852039166/
http://0xa9fea9fe/
http://0251.0376.0251.0376/
http://100.64.0.1/
http://100.100.100.200/
http://192.0.0.8/
http://192.0.2.1/
http://192.88.99.1/
http://198.18.0.1/
http://198.51.100.1/
http://203.0.113.1/
http://224.0.0.1/
http://239.255.255.250/
http://240.0.0.1/
http://255.255.255.255/
http://[::]/
http://[::1]/
http://[0:0:0:0:0:0:0:1]/
http://[0000:0000:0000:0000:0000:0000:0000:0001]/
http://[::127.0.0.1]/
http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/
http://[0:0:0:0:0:ffff:127.0.0.1]/
http://[::ffff:169.254.169.254]/
http://[::ffff:10.0.0.1]/
http://[::ffff:0:127.0.0.1]/
http://[64:ff9b::7f00:1]/
http://[64:ff9b::10.0.0.1]/
http://[64:ff9b:1::1]/
http://[100::1]/
http://[2001::1]/
http://[2001:db8::1]/
http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::1]/
http://[3fff::1]/
http://[fc00::1]/
http://[fd00:ec2::254]/
http://[fe80::1]/
http://[fe80::1%25lo]/
http://[fec0::1]/
http://[ff02::1]/
http://[::1%25lo]/
http://localhost/
http://LOCALHOST/
http://localhost:443/
http://localhost./
http://127.0.0.1./
http://internal.example/
http://INTERNAL.example/
http://internal.example./
http://six.example/
http://mixed.example/
http://mixed6.example/
http://metadata.example/computeMetadata/v1/
http://news.example:22/
http://news.example:25/
http://news.example:6379/
http://news.example:8080/
http://news.example:0/
http://news.example:65535/
http://8.8.8.8:53/
https://8.8.8.8:8443/
http://[2606:4700::1111]:9200/
http://user@news.example/
http://user:word@news.example/
http://:word@news.example/
http://news.example@127.0.0.1/
http://news.example:80@127.0.0.1/
http://127.0.0.1@news.example/
http://news.example\\@127.0.0.1/
http://127.0.0.1\\@news.example/
http://127.0.0.1%2f@news.example/
http://news.example%40127.0.0.1/
http://127.0.0.1%00.news.example/
http://127.0.0.1%09/
http://127.0.0.1\\news.example/
http://127。0。0。1/
http://127．0．0．1/
http://①②⑦.⓪.⓪.①/
http://１２７.0.0.1/
http://ⓛocalhost/
http://loc­alhost/
http:///127.0.0.1/
http:127.0.0.1/
http:/127.0.0.1/
http://
http://:80/
http://./
http://../
http://[/
http://[::1/
http://::1/
http://[127.0.0.1]/
http://[::ffff:127.0.0.1/
http://news.example:port/
http://news.example:99999/
http://news.example:-1/
http://-/
http://256.256.256.256/
http://1.2.3.4.5/
http://news..example/
//127.0.0.1/
127.0.0.1
localhost
/etc/hostname
ftp://127.0.0.1/
ftp://news.example/feed
file:///etc/hostname
file://news.example/etc/hostname
gopher://127.0.0.1:6379/_INFO
dict://127.0.0.1:11211/stats
data:text/plain,hello
javascript:alert(1)
jar:http://127.0.0.1!/
unix:///run/docker.sock
http+unix://%2Frun%2Fdocker.sock/info
ws://127.0.0.1/
mailto:someone@news.example
about:blank
http://news.example:3306/
http://news.example:443443/
http://[::2]/
""".splitlines()

TABLE = {
    "news.example": [[PUBLIC]],
    "internal.example": [["10.0.0.5"]],
    "internal.example.": [["10.0.0.5"]],
    "six.example": [["fd00::5"]],
    "mixed.example": [[PUBLIC, "192.168.0.9"]],
    "mixed6.example": [["2606:4700::1111", "::1"]],
    "metadata.example": [["169.254.169.254"]],
    "localhost.": [["127.0.0.1"]],
    "127.0.0.1.": [["127.0.0.1"]],
    "127.0.0.1": [["127.0.0.1"]],
    "ⓛocalhost": [["127.0.0.1"]],
    "empty.example": [[]],
    "odd.example": [["not an address"]],
}


def test_there_are_enough_forms() -> None:
    assert len(set(HOSTILE)) >= 150


async def test_hostile_urls_are_never_dialled(
    names: Any, dialled: list[tuple[str, int]], settings: NetSettings
) -> None:
    names.table = TABLE
    async with Door(settings, resolver=names) as door:
        for url in HOSTILE:
            with pytest.raises(NetError):
                await door.get(url)
            with pytest.raises(NetError):
                await door.post(url, b"{}", {})
    assert dialled == []


async def test_hostile_redirects_are_never_dialled(
    server: Any, names: Any, dialled: list[tuple[str, int]], settings: NetSettings
) -> None:
    names.table = TABLE
    wrong: list[str] = []
    async with Door(settings, resolver=names) as door:
        for number, url in enumerate(HOSTILE):
            path = f"/{number}"
            server.put(path, status="302 Found", location=url.encode())
            try:
                answer = await door.get(server.url(path))
            except NetError:
                continue
            # a form without an authority is a path on the same, allowed server
            if not answer.url.startswith(server.url()):
                wrong.append(url)
    assert wrong == []
    assert dialled == []


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
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.3:9/")
    server.put("/", b"direct")
    async with Door(settings) as door:
        assert (await door.get(server.url())).body == b"direct"


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
