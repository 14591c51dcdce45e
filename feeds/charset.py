"""From bytes to text when the labels on them may be wrong."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_HTTP = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)"
    rb"|<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)",
    re.IGNORECASE,
)
_HEAD = 4096  # bytes in which a document declares its charset
_CYRILLIC = "cp1251"  # what unlabelled feeds of the region are in
# Labels that stand for a superset in practice (WHATWG Encoding Standard, §4.2).
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}
_MANY_GOOD = 20  # UTF-8 characters for each bad byte that outweigh a label
_FEW_BAD = 0.01  # of all bytes


def decode(body: bytes, content_type: str = "") -> str:
    """Return ``body``, a feed or an HTML page, as text; never fails.

    A byte order mark is believed first. Then valid UTF-8 is UTF-8, whatever the labels say (other
    encodings do not look like it by accident), and so is UTF-8 with a stray byte here and there.
    Then the charset of ``content_type`` counts, then the one that the document declares. What has
    no usable label is UTF-8 when it holds some and few bytes are bad, else windows-1251.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for start, name in _BARE_UTF16:
        if body.startswith(start):
            return body.decode(name, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(body, content_type)


def _decode_other(body: bytes, content_type: str) -> str:
    lenient = body.decode("utf-8", "replace")
    bad = lenient.count("\ufffd")
    good = sum(c > "\x7f" for c in lenient) - bad
    if good >= _MANY_GOOD * bad:
        return lenient
    for label in (_http_charset(content_type), _declared_charset(body)):
        codec = _codec(label)
        if codec is not None and not codec.startswith("utf"):
            return body.decode(codec, "replace")
    if good and bad <= _FEW_BAD * len(body):
        return lenient
    return body.decode(_CYRILLIC, "replace")


def _http_charset(content_type: str) -> str:
    found = _HTTP.search(content_type)
    return found[1] if found else ""


def _declared_charset(body: bytes) -> str:
    found = _DECLARED.search(body[:_HEAD])
    return (found[1] or found[2]).decode("ascii", "ignore") if found else ""


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
        "".encode(name)  # refuses codecs that are not text encodings, such as base64
    except LookupError:
        return None
    return _SUPERSETS.get(name, name)
