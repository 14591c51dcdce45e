"""Reading text files so that a fault can be named with its file and line."""

from __future__ import annotations

import re
import tomllib
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


def line_of(text: str, needle: str, nth: int = 1) -> int:
    """Return the number of the ``nth`` line that holds ``needle``, or 1."""
    found = [number for number, line in enumerate(text.split("\n"), 1) if needle in line]
    return found[nth - 1] if len(found) >= nth else 1


def toml_fault(path: Path, error: tomllib.TOMLDecodeError) -> str:
    """Return the line for a file that is not TOML, with the number of its faulty line."""
    place = re.search(r"at line (\d+)", str(error))
    return f"{path}:{place[1] if place else 1}: not TOML ({error}); correct the file"
