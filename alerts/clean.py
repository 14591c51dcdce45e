"""Making foreign text safe for a mail header and for a reader's screen.

Python up to 3.11.9 and 3.12.4 turns an encoded word with a line break in it into a header of its
own (CVE-2024-6923); this cleaner leaves nothing that any Python could decode that way.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage

UNTITLED = "(no title)"
WITHHELD = "(title withheld)"
# Control characters, line and paragraph separators, and the marks that turn reading direction.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]"
)
_INNER = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]"
)
_ENCODED_WORD = re.compile(r"=(?=\s*\?)")


def clean(text: str, limit: int = 200) -> str:
    """Return foreign text as one line that is safe in a mail header, or "(no title)"."""
    plain = _CONTROLS.sub(" ", _encodable(text))
    plain = _ENCODED_WORD.sub("= ", plain).replace("= ?", "= ?")
    return " ".join(plain.split())[:limit].strip() or UNTITLED


def readable(text: str) -> str:
    """Return foreign text without control and direction marks; its line breaks stay."""
    return _INNER.sub(" ", _encodable(text)).strip()


def seal(message: EmailMessage) -> bytes:
    """Return the message as it goes over the wire, with exactly the headers that were set.

    The bytes are parsed again; if that shows other headers than were set, or the subject cannot
    be encoded at all, the subject is withheld.
    """
    for _ in range(2):
        try:
            raw = message.as_bytes()
        except (ValueError, UnicodeError, IndexError, AttributeError, LookupError):
            raw = b""
        if raw and _names(message_from_bytes(raw).keys()) == _names(message.keys()):
            return raw
        del message["Subject"]
        message["Subject"] = WITHHELD
    raise ValueError("the message's headers do not survive encoding")


def _names(names: list[str]) -> list[str]:
    return sorted(name.lower() for name in names)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
