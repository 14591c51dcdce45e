"""The door's settings: who it says it is, how long it waits, what it opens, how much it reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_HEADER_TEXT = r"^[\x20-\x7e]*$"  # visible ASCII and blanks: what may stand in a header


def _range(value: object) -> object:
    """Take a range as text only: a number would be read as an address."""
    if isinstance(value, str | IPv4Network | IPv6Network):
        return value
    raise ValueError('not an address range; write one in quotes, such as "127.0.0.0/8"')


class NetSettings(BaseModel):
    """The ``[net]`` section of the configuration; times in seconds.

    ``allow`` opens private address ranges (then on any port); ``contact`` is a URL or an e-mail
    address by which an outlet can reach whoever runs this. ``deadline`` covers a whole exchange,
    redirects included; ``read_timeout`` one wait for more bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    allow: tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_range)], ...] = ()
    user_agent: str = Field(default="pivotwatch/0.1", min_length=1, pattern=_HEADER_TEXT)
    contact: str = Field(default="", pattern=_HEADER_TEXT)
    connect_timeout: float = Field(default=10.0, gt=0, le=600)
    read_timeout: float = Field(default=15.0, gt=0, le=600)
    deadline: float = Field(default=45.0, gt=0, le=3600)

    @property
    def agent(self) -> str:
        """The User-Agent as sent: the product, and the contact when there is one."""
        return f"{self.user_agent} (+{self.contact})" if self.contact else self.user_agent

    @property
    def product(self) -> str:
        """The name by which robots.txt knows us (RFC 9309 §2.2.1): all before ``/`` or a blank."""
        return re.split(r"[/\s]", self.user_agent.strip(), maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes of an answer are read: as sent (``wire``) and once decompressed.

    A longer answer is an error, or, with ``cut``, what was read of it.
    """

    wire: int
    decoded: int
    cut: bool = False


FEED_LIMITS = Limits(wire=4_000_000, decoded=10_000_000)
PAGE_LIMITS = Limits(wire=3_000_000, decoded=8_000_000)
ROBOTS_LIMITS = Limits(wire=512_000, decoded=512_000, cut=True)  # RFC 9309 §2.5: at least 500 KiB
ANSWER_LIMITS = Limits(wire=64_000, decoded=64_000)
