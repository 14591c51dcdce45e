"""Which addresses may be dialled: public ones, and the private ranges the configuration opens."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from net.errors import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEB_PORTS = frozenset({80, 443})
LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

# The IANA special-purpose registries (RFC 6890 and its updates). ``is_global`` alone is not
# enough: on Python 3.11 it takes multicast, 192.88.99.0/24, 2002::/16 and 3fff::/20 for global.
_CLOSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# All global unicast IPv6 lies in 2000::/3 (RFC 4291 §2.4); these parts of it are special:
# protocol assignments with Teredo, documentation, 6to4, documentation again (RFC 9637).
_GLOBAL_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def parse(text: str) -> Address | None:
    """Return the address that ``text`` spells in the usual way, IPv4-mapped IPv6 unwrapped."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(address: Address) -> bool:
    """Whether ``address`` is one that the whole internet can reach."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _CLOSED_V4)
    return (
        address.is_global
        and address in _GLOBAL_V6
        and not any(address in network for network in _CLOSED_V6)
    )


def is_opened(address: Address, allow: Sequence[Network]) -> bool:
    """Whether the configuration opens ``address``."""
    return any(address in network for network in allow)


def check(addresses: Sequence[Address], port: int, allow: Sequence[Network]) -> None:
    """Pass if all ``addresses`` of a name are opened, or all are public and the port is the web's.

    A name with one address that may not be asked is refused as a whole: a mixed answer is how a
    rebinding attack looks.

    Raises:
        Refused: saying which address or port, and how to open it.
    """
    if all(is_opened(address, allow) for address in addresses):
        return
    for address in addresses:
        if not is_public(address):
            raise Refused(f"{address} is not a public address; [net] allow can open its range")
    if port not in WEB_PORTS:
        raise Refused(f"port {port} is not asked; only 80 and 443 are, outside [net] allow")
