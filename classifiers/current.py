"""Which model is in use, which were before it, and which were refused: ``current.json``."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import ModelError

CURRENT = "current.json"
REMEMBERED = 20
"""Former and refused models that are remembered, at most; the oldest are forgotten."""

_ID = re.compile(r"m_[a-z0-9]+")
_LARGEST = 8 * 2**20
"""Bytes of a JSON file beside a model that are read; such a file has a few thousand."""

_held = threading.local()


@dataclass(frozen=True, slots=True)
class Standing:
    """The model in use and the ids of former and refused ones, the newest last.

    A refused model is one that retraining would make again and that was not promoted, or one that
    was rolled back.
    """

    model: str
    history: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def promoted(self, name: str) -> Standing:
        """Return the standing after ``name`` has taken the place of the model in use."""
        if name == self.model:
            return replace(self, refused=_without(self.refused, name))
        history = (*_without(self.history, name, self.model), self.model)
        return Standing(name, history[-REMEMBERED:], _without(self.refused, name))

    def rolled_back(self, name: str) -> Standing:
        """Return the standing after the former model ``name`` has replaced the one in use."""
        history = self.history[: self.history.index(name)]
        return Standing(name, history, self.refusing(self.model).refused)

    def refusing(self, name: str) -> Standing:
        """Return the standing that remembers ``name`` as refused."""
        refused = (*_without(self.refused, name), name)
        return replace(self, refused=refused[-REMEMBERED:])


def standing(directory: Path) -> Standing | None:
    """Return what ``current.json`` in ``directory`` says, ``None`` when no model was ever set.

    What it says of former and refused models is left out where it cannot be read. Raises
    ``ModelError`` when it names no model.
    """
    path = directory / CURRENT
    try:
        data = json.loads(read_bounded(path, _LARGEST))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        data = None
    name = data.get("model") if isinstance(data, dict) else None
    if not is_id(name):
        raise ModelError(f"{path}: names no model; remove it and run `pivotwatch train`")
    return Standing(str(name), _ids(data.get("history")), _ids(data.get("refused")))


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Let nobody else write ``current.json`` in ``directory`` for the block; waits for others.

    A block within a block of the same thread holds what is held already. Raises ``ModelError``
    when the lock file cannot be written.
    """
    outer: Path | None = getattr(_held, "directory", None)
    if outer == directory:
        yield
        return
    path = directory / ".current.lock"
    try:
        file = path.open("a")
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise ModelError(f"{path}: {reason}; correct the permissions") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file frees it
        _held.directory = directory
        try:
            yield
        finally:
            _held.directory = outer


def save_standing(directory: Path, now: Standing) -> None:
    """Write ``current.json`` in ``directory``."""
    data = {"model": now.model, "history": now.history, "refused": now.refused}
    with held(directory):
        write_whole(directory / CURRENT, (json.dumps(data) + "\n").encode())


def current_id(directory: Path) -> str | None:
    """Return the id of the model in use in ``directory``, ``None`` when none was ever set.

    Raises ``ModelError`` when ``current.json`` names no model, or one whose file is missing.
    """
    now = standing(directory)
    if now is None:
        return None
    if not (directory / f"{now.model}.skops").is_file():
        raise ModelError(f"{directory / now.model}.skops: missing; run `pivotwatch train`")
    return now.model


def candidates(directory: Path) -> Iterator[str]:
    """Yield the ids to try when a model is needed: in use, former ones newest first, the rest.

    The rest are the other model files, those made last first; refused ones come at the end.
    """
    try:
        now = standing(directory)
    except ModelError:
        now = None
    named = [now.model, *reversed(now.history)] if now else []
    refused = set(now.refused) if now else set()
    others = sorted(known_ids(directory) - set(named), key=lambda one: _made(directory, one))
    others.sort(key=lambda one: one not in refused)
    yield from dict.fromkeys([*named, *reversed(others)])


def known_ids(directory: Path) -> set[str]:
    """Return the ids of the model files in ``directory``, whatever their state."""
    return {path.stem for path in directory.glob("m_*.skops") if is_id(path.stem)}


def fault_of(directory: Path, name: str) -> str | None:
    """Return what is wrong with the files of the model ``name``, ``None`` when they are sound.

    Only size and SHA-256 are looked at: nothing is loaded.
    """
    path = directory / f"{name}.skops"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"{path}: {(error.strerror or 'cannot be read').lower()}"
    expected = about(directory, name).get("sha256")
    return None if found == expected else f"{path}: damaged (its SHA-256 differs)"


def stand_in(name: str, fault: str) -> str:
    """Return the line that says that ``name`` stands in for a model with a ``fault``."""
    return f"scored by the last good model {name}: {fault}"


def standing_in(directory: Path) -> tuple[str | None, str | None]:
    """Return the id of the model to score with and the fault, without loading a model.

    Either may be ``None``. What only loading would show is not seen.
    """
    fault: str | None = None
    try:
        if standing(directory) is None:
            return None, None
    except ModelError as error:
        fault = str(error)
    for name in candidates(directory):
        found = fault_of(directory, name)
        if found is None:
            return name, stand_in(name, fault) if fault else None
        fault = fault or f"{found}; restore it or run `pivotwatch train`"
    return None, fault


def about(directory: Path, name: str) -> dict[str, Any]:
    """Return what ``<name>.json`` tells of a model; empty when it is missing or damaged."""
    return read_object(directory / f"{name}.json")


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``; empty when it is missing, too large or damaged."""
    try:
        data = json.loads(read_bounded(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def is_id(value: object) -> bool:
    """Tell whether ``value`` is a well-formed model id."""
    return isinstance(value, str) and len(value) <= 80 and _ID.fullmatch(value) is not None


def read_bounded(path: Path, largest: int) -> bytes:
    """Return the bytes of ``path``; raise ``ValueError`` for more than ``largest``."""
    with path.open("rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise ValueError("larger than any of ours")
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: temporary file, fsync, rename, fsync of the directory.

    Raises:
        ModelError: it cannot be written.
    """
    try:
        _write(path, data)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise ModelError(f"{path}: {reason}; make room or correct the permissions") from None


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _ids(value: object) -> tuple[str, ...]:
    found = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(one for one in found if is_id(one)))[-REMEMBERED:]


def _without(names: Sequence[str], *gone: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in gone)


def _made(directory: Path, name: str) -> tuple[datetime, str]:
    """Return when a model was made, for ordering; the file's own time where it does not say."""
    try:
        made = datetime.fromisoformat(about(directory, name)["created"])
        return (made if made.tzinfo else made.replace(tzinfo=UTC)), name
    except (KeyError, TypeError, ValueError):
        pass
    try:
        seconds = (directory / f"{name}.skops").stat().st_mtime
    except OSError:
        seconds = 0.0
    return datetime.fromtimestamp(seconds, UTC), name
