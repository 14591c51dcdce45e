"""Writing a file that somebody may be reading: the old one or the new one, never half of it."""

from __future__ import annotations

from pathlib import Path

from desk.errors import DeskError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file at once: whoever reads it meanwhile gets the old one or the new one whole.

    Raises:
        DeskError: it cannot be written.
    """
    made = path.with_name(f".{path.name}.new")
    try:
        made.write_bytes(content)
        made.replace(path)
    except OSError as error:
        made.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise DeskError(f"{path}: cannot be written ({reason}); name another file") from None
