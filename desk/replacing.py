"""Writing a file that somebody may be reading: the old one or the new one, never half of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from desk.errors import DeskError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file at once: whoever reads it meanwhile gets the old one or the new one whole.

    Of several who write it at the same time the last one has the whole file.

    Raises:
        DeskError: it cannot be written.
    """
    made: Path | None = None
    try:
        handle, name = mkstemp(prefix=".pivotwatch-", suffix=".new", dir=path.parent)
        made = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        made.chmod(0o666 & ~mask)  # mkstemp gives it to the owner alone
        made.replace(path)
    except OSError as error:
        if made is not None:
            with suppress(OSError):
                made.unlink()
        reason = error.strerror or type(error).__name__
        raise DeskError(f"{path}: cannot be written ({reason}); name another file") from None
