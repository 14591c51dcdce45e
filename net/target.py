"""From the text of a URL to one that may be asked, and from a redirect to its next target."""

from __future__ import annotations

import httpx

from net.errors import BadRedirect, Refused

LONGEST_URL = 8_000  # characters; common servers take no longer request line (RFC 9112 §3: 8000)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def target_of(url: str) -> httpx.URL:
    """Return ``url`` parsed.

    Raises:
        Refused: it is no http or https URL with a host, or it holds a password or a strange port.
    """
    try:
        target = httpx.URL(url)
        host, port = target.host, target.port
    except (httpx.InvalidURL, TypeError, ValueError):
        raise Refused("this is not a URL") from None
    if target.scheme not in {"http", "https"}:
        raise Refused("only http and https URLs are asked")
    if not host:
        raise Refused("this URL names no host")
    if port is not None and not 0 < port < 65536:
        raise Refused("this URL names a port that does not exist")
    if target.userinfo:
        raise Refused("a URL with a user name or password in it is not asked")
    return target


def onward_of(answer: httpx.Response, target: httpx.URL) -> str | None:
    """Return the absolute URL, without fragment, that ``answer`` redirects to, if it does.

    Raises:
        BadRedirect: it redirects to what is no URL, or to an endless one.
    """
    if answer.status_code not in _REDIRECTS:
        return None
    raw = next((v for n, v in answer.headers.raw if n.lower() == b"location"), b"").strip()
    if not raw:
        return None
    if len(raw) > LONGEST_URL:
        raise BadRedirect(f"it redirects to a URL of {len(raw):,} characters")
    try:
        location = raw.decode("utf-8")
    except UnicodeDecodeError:
        location = raw.decode("latin-1")
    try:
        return str(target.join(location).copy_with(fragment=None))
    except (httpx.InvalidURL, TypeError, ValueError):
        raise BadRedirect("it redirects to something that is not a URL") from None
