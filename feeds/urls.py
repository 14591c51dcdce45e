"""One spelling for each article's URL, so that the same article is the same on every path to it.

Only what is known not to name an article is dropped (a deny list): general normalisers that drop
every parameter would merge ``news.php?id=7`` with ``?id=8``.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}
_UNRESERVED = "-._~"  # RFC 3986 §2.3, with letters and digits
_PATH_SAFE = "%/:@!$&'()*+,;=" + _UNRESERVED
_QUERY_SAFE = _PATH_SAFE + "?"

# Added by newsletters, social networks, advertising and statistics; the article is the same.
_DROPPED = frozenset(
    {
        *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "igshid"),
        *("_openstat", "_ga", "_gl", "cmpid", "mc_cid", "mc_eid", "ocid", "xtor", "wt.mc_id"),
        *("tg_rhash", "rhash", "__twitter_impression", "fb_action_ids", "fb_ref", "usqp"),
        *("share", "phpsessid", "jsessionid"),
    }
)
_DROPPED_PREFIXES = ("utm_", "at_", "rcmd_", "amp_", "hsa_", "pk_", "mtm_")
# These are dropped for the values that say where a reader came from, and kept for any other.
_DROPPED_VALUES = {
    "from": re.compile(r"(rss|feeds?|twitter|facebook|fb|telegram|tg|vk|ok|e?mail|push|main)"),
    "ref": re.compile(r"(?!\d+$).*", re.DOTALL),
    "amp": re.compile(r"(1|true|yes)?"),
    "output": re.compile(r"amp"),
    "outputtype": re.compile(r"amp"),
}
_DROPPED_BY_DOMAIN = {"ria.ru": frozenset({"in"})}

_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=\-._~]*")  # one spelling as it is
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_AMP_HTML = re.compile(r"(?<=[^/.])(?:\.amp)+(?=\.html?$)")
_AMP_END = re.compile(r"(?<=[^/.])(?:[/.]amp)+(/?)$")
_MOBILE_HOSTS = ("m.", "amp.", "mobile.", "pda.")
_WRAPPED = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]+/amp|[^/]+\.cdn\.ampproject\.org/[a-z])/"
    r"(?P<s>s/)?(?P<inner>.+)"
)
_TURBO = re.compile(
    r"https?://(?:yandex\.[a-z.]+/turbo|[^/]+\.turbopages\.org(?:/turbo)?)/"
    r"(?P<host>[^/]+\.[^/]+)/(?P<s>[hs])/(?P<path>.*)"
)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_BLANKS = "".join(map(chr, range(33)))
# Second-level names under which a country registers domains, as in co.uk or gov.am.
_SECOND_LEVEL = frozenset(
    {"ac", "co", "com", "edu", "gob", "gouv", "gov", "govt", "mil", "ne", "net", "or", "org"}
)


def canonical(url: str, base: str | None = None) -> str | None:
    """Return the one spelling of ``url``, or None when it is not an http(s) URL with a host.

    Host in lower case and as IDNA A-labels, without ``m.``/``amp.``; no default port, user name,
    fragment (``#!`` is kept), dot segments or doubled slashes; escapes in upper case, letters
    composed (NFC) and escaped as UTF-8; known tracking parameters dropped, the others in order of
    their names; AMP and Turbo addresses led back to the article. ``base`` resolves a relative
    ``url``.
    """
    spelled = _spelled(url, base)
    while spelled and (inner := _unwrapped(spelled)):
        spelled = inner
    return spelled


def host_of(url: str) -> str:
    """Return the host of ``url`` in lower case, without port; empty when it has none."""
    try:
        return urlsplit(url.strip(_BLANKS)).hostname or ""
    except ValueError:
        return ""


def registered_domain(host: str) -> str:
    """Return the part of ``host`` that someone registered: ``news.am``, ``bbc.co.uk``.

    The last two labels, or three under a country's well-known second level; an address is itself.
    """
    labels = host.lower().strip(".").split(".")
    if host.startswith("[") or ":" in host or labels[-1].isdecimal():
        return host
    if labels[0] == "www":
        labels = labels[1:]
    three = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if three else labels[-2:])


def _spelled(url: str, base: str | None) -> str | None:
    text = url.encode("utf-8", "surrogatepass").decode("utf-8", "replace").strip(_BLANKS)
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        scheme, port, host = parts.scheme.lower(), parts.port, _host(parts.hostname or "")
    except ValueError:  # UnicodeError too: not a URL, a port or a host name
        return None
    if scheme not in _PORTS or not host:
        return None
    where = host if port in {None, _PORTS[scheme]} else f"{host}:{port}"
    query = _query(parts.query, registered_domain(host))
    bang = "#" + _chars(parts.fragment, _QUERY_SAFE) if parts.fragment.startswith("!") else ""
    return f"{scheme}://{where}{_path(parts.path)}{query}{bang}"


def _unwrapped(url: str) -> str | None:
    """Return the article's address out of that of a Google, AMP or Yandex Turbo cache, or None."""
    if found := _WRAPPED.match(url):
        return _spelled(f"http{'s' if found['s'] else ''}://{found['inner']}", None)
    if found := _TURBO.match(url):
        scheme = "https" if found["s"] == "s" else "http"
        return _spelled(f"{scheme}://{found['host']}/{found['path']}", None)
    return None


def _host(name: str) -> str:
    """Return the host as A-labels; empty when it cannot be one."""
    host = name.lower().rstrip(".")
    if len(host) > 253:
        return ""
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        host = host.encode("idna").decode("ascii").lower()
    while host.startswith(_MOBILE_HOSTS) and registered_domain(host) != host:
        host = host.partition(".")[2]
    return host if _HOST.fullmatch(host) and ".." not in host else ""


def _path(raw: str) -> str:
    path = _chars(raw, _PATH_SAFE)
    if ";" in path:
        path = _SESSION.sub("", path)
    *middle, last = path.split("/")
    kept: list[str] = []
    for segment in middle:
        if segment == "..":
            del kept[-1:]
        elif (segment and segment != ".") or (not segment and kept and kept[-1].endswith(":")):
            kept.append(segment)
    if last == "..":
        del kept[-1:]
    kept.append("" if last in {".", ".."} else last)
    whole = "/" + "/".join(kept)
    return _AMP_HTML.sub("", _AMP_END.sub(r"\1", whole)) if "amp" in whole else whole


def _query(raw: str, domain: str) -> str:
    """Return the parameters that may name the article, by name; equal names keep their order."""
    pairs = [_chars(pair, _QUERY_SAFE).partition("=") for pair in raw.split("&") if pair]
    also = _DROPPED_BY_DOMAIN.get(domain, frozenset())
    kept = [pair for pair in pairs if not _is_dropped(pair[0], pair[2], also)]
    kept.sort(key=lambda pair: pair[0])
    return "?" + "&".join("".join(pair) for pair in kept) if kept else ""


def _is_dropped(name: str, value: str, also: frozenset[str]) -> bool:
    key = name.lower()
    if key in _DROPPED or key in also or key.startswith(_DROPPED_PREFIXES):
        return True
    pattern = _DROPPED_VALUES.get(key)
    return pattern is not None and pattern.fullmatch(value.lower()) is not None


def _chars(raw: str, safe: str) -> str:
    """Return ``raw`` in the one spelling of its characters (RFC 3986 §6.2.2, RFC 3987 §5.3)."""
    if _PLAIN.fullmatch(raw):
        return raw
    text = _ESCAPES.sub(_unescaped, _STRAY_PERCENT.sub("%25", raw)) if "%" in raw else raw
    return quote(unicodedata.normalize("NFC", text), safe=safe, errors="surrogateescape")


def _unescaped(run: re.Match[str]) -> str:
    """Return escaped letters as letters and all other escapes in upper case."""
    raw = bytes.fromhex(run[0].replace("%", ""))
    return "".join(
        f"%{ord(char):02X}" if char.isascii() and not _is_unreserved(char) else char
        for char in raw.decode("utf-8", "surrogateescape")
    )


def _is_unreserved(char: str) -> bool:
    return char.isalnum() or char in _UNRESERVED
