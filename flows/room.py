"""How much room there is on the disks that are written to."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.home import Home


def room(home: Home, database: Path | None) -> dict[Path, int]:
    """Return the free bytes of each disk, by a folder on it: the home's, and the database's.

    Args:
        home: where models, logs and what is fetched are kept; it must be there.
        database: the file of an SQLite database; None for a server's.

    Raises:
        OSError: a folder is not there.
    """
    folders = {home.root, *((database.parent,) if database else ())}
    disks = {folder.stat().st_dev: folder for folder in sorted(folders)}
    return {folder: shutil.disk_usage(folder).free for folder in disks.values()}
