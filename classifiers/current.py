"""Which model is in use: a small file beside the model files."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .errors import ModelError

CURRENT = "current.json"
_ID = re.compile(r"m_[a-z0-9]+")


def current_id(directory: Path) -> str | None:
    """Return the id of the model in use in ``directory``, ``None`` when none was ever set.

    Raises ``ModelError`` when the file names no model, or one whose file is missing.
    """
    path = directory / CURRENT
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["model"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        name = None
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise ModelError(f"{path}: names no model; remove it and run `pivotwatch train`")
    if not (directory / f"{name}.skops").is_file():
        raise ModelError(f"{directory / name}.skops: missing; run `pivotwatch train`")
    return name
