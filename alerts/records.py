"""The DNS records by which others tell our mail from forged mail: SPF, DKIM and DMARC."""

from __future__ import annotations

import base64
import ipaddress
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from alerts.check import Check, CheckState, note, ok, problem
from alerts.clean import clean
from alerts.settings import EmailSettings, is_loopback

Lookup = Callable[[str], Sequence[str]]
"""Takes a name and returns its TXT records, an empty sequence when it has none; may block."""

NAME_SECONDS = 5.0
"""How long the resolver is waited for with one name …"""
ALL_SECONDS = 10.0
"""… and with all: a silent one is not asked for ever."""
_RESERVED = frozenset({"example", "test", "invalid", "localhost", "local", "internal", "onion"})
_DOCUMENTED = frozenset({"example.com", "example.net", "example.org"})  # RFC 2606


class NoAnswerError(Exception):
    """The resolver did not answer, so that nothing is known of a name."""


def system_lookup() -> Lookup | None:
    """Return how TXT records are looked up; None without dnspython, which comes with dkimpy."""
    if find_spec("dns") is None:
        return None
    return partial(_ask, time.monotonic() + ALL_SECONDS)


def check_records(settings: EmailSettings, lookup: Lookup | None) -> list[Check]:
    """Say which records the sender's domain should have, and compare where they can be asked.

    Without a ``lookup`` the records are only told, with the line that asks for them.
    """
    domain = settings.domain
    if is_reserved(domain):
        said = f"[email] from: {domain} is a name that nobody else can look up"
        return [note("sender", said, "mail that leaves this machine needs a domain of your own")]
    return [
        _check("SPF", domain, spf(settings), _is_spf, lookup),
        _dkim(settings, lookup),
        _dmarc(domain, lookup),
    ]


def spf(settings: EmailSettings) -> str:
    """Return the SPF record that lets the configured server send (RFC 7208)."""
    if is_loopback(settings.host):
        return "v=spf1 ip4:THIS-MACHINE'S-ADDRESS -all"
    try:
        address = ipaddress.ip_address(settings.host)
    except ValueError:
        return f"v=spf1 a:{settings.host} -all"
    return f"v=spf1 ip{address.version}:{address} -all"


def dkim_record(key_file: Path) -> str | None:
    """Return the DKIM record to a private key (RFC 6376, 3.6.1); None when it cannot be read."""
    from cryptography.exceptions import UnsupportedAlgorithm  # Prefect brings it
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, RSAPrivateKey):
            return None
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def is_reserved(domain: str) -> bool:
    """Whether a domain is one of those that are never registered (RFC 2606, RFC 6761)."""
    labels = domain.split(".")
    return len(labels) < 2 or labels[-1] in _RESERVED or ".".join(labels[-2:]) in _DOCUMENTED


def _check(
    kind: str, name: str, wanted: str, is_one: Callable[[str], bool], lookup: Lookup | None
) -> Check:
    """Compare what is published under a name with what is wanted there, by its kind alone."""
    publish = f'publish as TXT of {name}: "{wanted}", or what your mail provider says'
    try:
        found = None if lookup is None else [text for text in lookup(name) if is_one(text)]
    except NoAnswerError:
        return note(kind, f"the resolver did not answer for {name}", publish)
    if found is None:
        return note(kind, f"not looked up: `dig +short TXT {name}` does it", publish)
    if not found:
        return note(kind, f"{name} has no {kind} record: mail may be taken for spam", publish)
    if len(found) > 1:
        said = f"{name} has {len(found)} {kind} records, which count as none"
        return problem(kind, said, "keep one of them")
    return ok(kind, f"{name}: {clean(found[0], 120)}")


def _dkim(settings: EmailSettings, lookup: Lookup | None) -> Check:
    selector, key_file = settings.dkim_selector, settings.dkim_key_file
    if selector is None or key_file is None:
        return note(
            "DKIM",
            "mail is not signed here, so the mail server has to",
            "look for DKIM-Signature in a mail that has arrived; is there none, set dkim_selector",
        )
    wanted = dkim_record(key_file)
    if wanted is None:
        said = f"{key_file} is not a readable RSA key in PEM: no mail can be signed"
        return problem("DKIM", said, "put [email] dkim_key_file right")
    name = f"{selector}._domainkey.{settings.domain}"
    publish = f'publish as TXT of {name}: "{wanted}"'
    try:
        found = None if lookup is None else list(lookup(name))
    except NoAnswerError:
        return note("DKIM", f"the resolver did not answer for {name}", publish)
    if found is None:
        return note("DKIM", f"not looked up: `dig +short TXT {name}` does it", publish)
    if not found:
        return problem("DKIM", f"{name} has no record: no signature can be checked", publish)
    if not any(_key(text) == _key(wanted) for text in found):
        return problem("DKIM", f"{name} has another key: every signature is wrong", publish)
    return ok("DKIM", f"{name} has our key")


def _dmarc(domain: str, lookup: Lookup | None) -> Check:
    """Look under the domain and those above it, as receivers do (RFC 7489, 6.6.3)."""
    wanted = f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
    labels = domain.split(".")
    first = _check("DMARC", f"_dmarc.{domain}", wanted, _is_dmarc, lookup)
    for start in range(1, len(labels) - 1):
        if lookup is None or first.state is not CheckState.NOTE:
            break
        above = "_dmarc." + ".".join(labels[start:])
        one = _check("DMARC", above, wanted, _is_dmarc, lookup)
        if one.state is not CheckState.NOTE:
            return one
    return first


def _is_spf(text: str) -> bool:
    return re.match(r"v=spf1(?: |$)", text, re.IGNORECASE) is not None


def _is_dmarc(text: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text) is not None


def _key(text: str) -> str:
    """Return the public key in a DKIM record, without the blanks that may stand in it."""
    found = re.search(r"(?:^|;)\s*p\s*=([^;]*)", text)
    return "".join(found[1].split()) if found else ""


def _ask(until: float, name: str) -> Sequence[str]:
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver()
        resolver.lifetime = min(NAME_SECONDS, until - time.monotonic())
        if resolver.lifetime <= 0:
            raise NoAnswerError(name)
        rows = resolver.resolve(name, "TXT")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, UnicodeError):
        raise NoAnswerError(name) from None
    return [b"".join(row.strings).decode("utf-8", "replace") for row in rows]
