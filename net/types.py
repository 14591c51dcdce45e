"""What comes back through the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from net.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: its status (301, 302, 303, 307 or 308), from and to where."""

    status: int
    from_url: str
    to_url: str


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status.

    ``url`` is the one that answered, after redirects. ``headers`` have lower-case names and
    Latin-1 values, so that a validator sent back is the same bytes; repeated fields are joined
    with ", ". ``body`` is decompressed. ``certificate`` is that of the server which answered
    a GET or a greeting, if it was asked over https. URLs and body stay out of the
    repr: they can be secret.
    """

    url: str = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    hops: tuple[Hop, ...] = field(default=(), repr=False)
    certificate: Certificate | None = None
