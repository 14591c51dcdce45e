"""Plain text: what is stored of titles, names and articles, free of markup and odd characters."""

from __future__ import annotations

import html
import re
import unicodedata

# Tags by their look: "a < b" stays.
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?(?:-->|\Z)|<[!?][^<>]*>", re.DOTALL)
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote|section|article|hr|figcaption)\b[^<>]*>",
    re.IGNORECASE,
)
_SILENT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"  # soft hyphen, zero-width marks
_UNWANTED = {"Cc", "Cs", "Co"}  # controls, lone surrogates, private use


def clean_line(text: str, most: int = 1000) -> str:
    """Return ``text`` as one line in NFC without control characters, at most ``most`` long."""
    return " ".join(_visible(text).split())[:most].rstrip()


def clean_text(text: str) -> str:
    """Return ``text`` in NFC, one paragraph a line, without control characters or blank lines."""
    lines = (" ".join(_visible(line).split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def title_of(markup: str) -> str:
    """Return a feed's title as plain text: most feeds put (twice escaped) HTML there."""
    return clean_line(html.unescape(_TAG.sub("", html.unescape(markup[:10_000]))))


def paragraphs_of(markup: str) -> str:
    """Return the text of an HTML fragment, one block a line."""
    spaced = _BLOCK.sub("\n", _SILENT.sub(" ", markup))
    return clean_text(html.unescape(_TAG.sub("", spaced)))


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    for mark in _INVISIBLE:  # str.translate takes ten times as long
        text = text.replace(mark, "")
    composed = unicodedata.normalize("NFC", text)
    if composed.isprintable():
        return composed
    return "".join(
        c if c.isprintable() or unicodedata.category(c) not in _UNWANTED else " " for c in composed
    )
