"""Reading text files so that a fault can be named with its file and line."""

from __future__ import annotations

from pathlib import Path

from .errors import CorpusError


def read_text(path: Path) -> str:
    """Return the UTF-8 text of ``path``; raise ``CorpusError`` if it is missing or not UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise CorpusError([f"{path}:1: {reason.lower()}; check the path"]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError([f"{path}:{line}: not UTF-8; save the file as UTF-8"]) from None


def line_of(text: str, needle: str) -> int:
    """Return the number of the first line that holds ``needle``, or 1."""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
