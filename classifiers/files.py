"""Model files: written whole or not at all, opened only when they are what they claim to be."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archive.types import Direction

from .calibration import Calibration, Platt
from .card import model_card
from .container import pack, unpack
from .core import Core
from .current import CURRENT, current_id
from .errors import ModelError
from .figures import figures_from_dict
from .heads import Heads
from .lexicon import Lexicon
from .model import Model
from .signals import Signal


def save_model(model: Model, directory: Path) -> Path:
    """Write ``model`` to ``directory`` and return the path of its ``.skops`` file.

    Beside it stand ``<id>.json`` (figures, hashes, thresholds, SHA-256 of the model file) and
    ``<id>.md`` (the model card). Each file is complete or absent.
    """
    directory.mkdir(parents=True, exist_ok=True)
    data = pack(_state(model))
    path = directory / f"{model.id}.skops"
    about = {
        "model": model.id,
        "sha256": hashlib.sha256(data).hexdigest(),
        "corpus": model.corpus_hash,
        "lexicon": model.lexicon.hash,
        "thresholds": dict(model.thresholds),
        "figures": model.figures.as_dict() if model.figures else None,
    }
    _write(path, data)
    _write(path.with_suffix(".md"), model_card(model, len(data)).encode())
    _write(path.with_suffix(".json"), (json.dumps(about, indent=2) + "\n").encode())
    return path


def load_model(path: Path) -> Model:
    """Return the model in the ``.skops`` file ``path``.

    Raises ``ModelError`` if a file is missing, the SHA-256 in the ``.json`` beside it differs,
    or it holds anything but the types of a model; nothing in it is ever executed.
    """
    data = _read(path)
    try:
        about = json.loads(_read(path.with_suffix(".json")))
        expected = about["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        name = path.with_suffix(".json")
        raise ModelError(f"{name}: damaged; restore it or run pivotwatch train") from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise ModelError(f"{path}: damaged (its SHA-256 differs); restore it or train again")
    try:
        return _model(unpack(data))
    except Exception as error:  # a hostile file can raise anything
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"{path}: not a model file ({reason}); train again") from None


def set_current(model: Model, directory: Path) -> None:
    """Make ``model``, already saved in ``directory``, the one in use there."""
    if not (directory / f"{model.id}.skops").is_file():
        raise ModelError(f"{directory}: no {model.id}.skops in it; save the model first")
    _write(directory / CURRENT, (json.dumps({"model": model.id}) + "\n").encode())


def current_model(directory: Path) -> Model | None:
    """Return the model in use in ``directory``, ``None`` when none was ever set.

    Raises ``ModelError`` when the one that was set is missing or damaged.
    """
    name = current_id(directory)
    return None if name is None else load_model(directory / f"{name}.skops")


def _state(model: Model) -> dict[str, object]:
    about = {
        "id": model.id,
        "signals": [dataclasses.asdict(signal) for signal in model.signals],
        "lexicon": model.lexicon.to_json(),
        "calibration": dataclasses.asdict(model.calibration),
        "cutoffs": model.cutoffs,
        "corpus": model.corpus_hash,
        "figures": model.figures.as_dict() if model.figures else None,
    }
    core = model.core
    return {
        "about": json.dumps(about, ensure_ascii=False, sort_keys=True),
        "counter": core.counter,
        "tfidf": core.tfidf,
        "relevance": core.heads.relevance,
        "signals": list(core.heads.signals),
        "recap": core.heads.recap,
        "direction": core.heads.direction,
    }


def _model(state: Any) -> Model:
    about = json.loads(state["about"])
    heads = Heads(state["relevance"], tuple(state["signals"]), state["recap"], state["direction"])
    return Model(
        id=about["id"],
        signals=tuple(_signal(row) for row in about["signals"]),
        lexicon=Lexicon.from_json(about["lexicon"]),
        core=Core(state["counter"], state["tfidf"], heads),
        calibration=Calibration(
            Platt(**about["calibration"]["relevance"]),
            tuple(Platt(**platt) for platt in about["calibration"]["signals"]),
        ),
        cutoffs=tuple(about["cutoffs"]),
        corpus_hash=about["corpus"],
        figures=figures_from_dict(about["figures"]) if about["figures"] else None,
    )


def _signal(row: Mapping[str, Any]) -> Signal:
    return Signal(**{**row, "direction": Direction(row["direction"])})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise ModelError(f"{path}: {reason}; restore it or run pivotwatch train") from None


def _write(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: temporary file, fsync, rename, fsync of the directory."""
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
