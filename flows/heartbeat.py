"""The heartbeat: one request that tells a monitor elsewhere that all is well here.

Services of this kind (healthchecks.io, Uptime Kuma, Cronitor …) tell people when it does not
come: a monitor that has died can tell nobody.
"""

from __future__ import annotations

from pydantic import SecretStr

from net import BadRedirect, Door, Limits, NetError, NetSettings, Refused, Resolver
from net.resolver import system_resolver

SECONDS = 10.0
"""So long the whole exchange may take."""

_LIMITS = Limits(wire=64_000, decoded=64_000, cut=True)
_REDIRECT = "it answers with a redirect, which is not followed; correct the address"


class _Redirected(Exception):  # noqa: N818 - says what happened, and never leaves this module
    """The service sends us elsewhere."""


async def ping(
    url: SecretStr, settings: NetSettings, resolver: Resolver = system_resolver
) -> str | None:
    """Ask ``url`` once, by GET; return what went wrong in one line, or None.

    The line names neither the URL nor where it leads.
    """
    quick = settings.model_copy(update={"deadline": min(SECONDS, settings.deadline)})
    try:
        async with Door(quick, resolver=resolver) as door:
            answer = await door.get(url.get_secret_value(), limits=_LIMITS, before_hop=_stay)
    except (_Redirected, BadRedirect):
        return _REDIRECT
    except NetError as error:
        # What is wrong with a redirect's target is told with the target, a secret perhaps.
        led_away = isinstance(error, Refused) and error.reason.startswith("redirected to ")
        return _REDIRECT if led_away else error.reason
    if 200 <= answer.status < 300:
        return None
    return f"it answered {answer.status}; look whether the check is still there"


async def _stay(_url: str) -> None:
    raise _Redirected
