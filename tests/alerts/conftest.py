"""An archive that is copied instead of migrated: there is one in nearly every test of the room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alerts_kit import new_archive

from archive import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty SQLite archive with the newest schema."""
    opened = new_archive(tmp_path)
    yield opened
    opened.close()
