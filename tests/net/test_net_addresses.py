"""Which addresses count as public."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net import Refused
from net.addresses import check, is_public, parse

CLOSED = """\
0.0.0.0
0.1.2.3
10.0.0.1
10.255.255.255
100.64.0.1
100.127.255.254
127.0.0.1
127.255.255.254
169.254.169.254
172.16.0.1
172.31.255.255
192.0.0.8
192.0.0.170
192.0.2.1
192.88.99.1
192.168.1.1
198.18.0.1
198.19.255.255
198.51.100.7
203.0.113.9
224.0.0.1
239.255.255.255
240.0.0.1
255.255.255.255
::
::1
::127.0.0.1
::ffff:127.0.0.1
::ffff:10.0.0.1
64:ff9b::7f00:1
64:ff9b:1::1
100::1
2001::1
2001:1ff::1
2001:db8::1
2002:7f00:1::
3fff::1
fc00::1
fd12::1
fe80::1
fec0::1
ff02::1
4000::1
1::1
""".splitlines()
OPEN = """\
1.1.1.1
8.8.8.8
100.63.255.255
100.128.0.1
172.15.0.1
172.32.0.1
192.0.1.1
198.17.0.1
198.20.0.1
223.255.255.255
2606:4700::1111
2a00:1450::1
2001:4860::8888
2001:200::1
2003::1
::ffff:8.8.8.8
""".splitlines()


@pytest.mark.parametrize("text", CLOSED)
def test_special_addresses_are_not_public(text: str) -> None:
    address = parse(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", OPEN)
def test_ordinary_addresses_are_public(text: str) -> None:
    address = parse(text)
    assert address is not None
    assert is_public(address)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_public_is_never_more_than_global(address: IPv4Address | IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


def test_one_closed_address_closes_the_name() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.1 is not a public address"):
        check([ip_address("8.8.8.8"), ip_address("10.0.0.1")], 443, ())


def test_opened_range_opens_any_port_but_only_when_all_addresses_are_in_it() -> None:
    allow = (ip_network("10.0.0.0/8"),)
    check([ip_address("10.0.0.1"), ip_address("10.0.0.2")], 8080, allow)
    with pytest.raises(Refused):
        check([ip_address("10.0.0.1"), ip_address("8.8.8.8")], 8080, allow)
    with pytest.raises(Refused):
        check([ip_address("10.0.0.1"), ip_address("192.168.0.1")], 80, allow)


def test_only_the_ports_of_the_web_are_asked() -> None:
    check([ip_address("8.8.8.8")], 80, ())
    check([ip_address("8.8.8.8")], 443, ())
    with pytest.raises(Refused, match="port 22"):
        check([ip_address("8.8.8.8")], 22, ())
