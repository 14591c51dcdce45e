"""Model files: written whole or not at all, opened only when they are what they claim to be."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.types import Direction

from .calibration import Calibration, Platt
from .card import model_card
from .container import pack, unpack
from .core import Core
from .corpus import Corpus
from .corpus_file import save_corpus
from .current import Standing, current_id, held, save_standing, standing, write_whole
from .errors import ModelError
from .figures import figures_from_dict
from .heads import Heads
from .lexicon import Lexicon
from .model import Model
from .signals import Signal
from .tendency import Tendency


def save_model(model: Model, directory: Path, *, corpus: Corpus | None = None) -> Path:
    """Write ``model`` to ``directory`` and return the path of its ``.skops`` file.

    Beside it stand ``<id>.json`` (figures, hashes, thresholds, SHA-256 of the model file, time),
    ``<id>.md`` (the model card) and, where the ``corpus`` it was made of is given,
    ``<id>.corpus.jsonl.gz``. Each file is complete or absent. Only the ``.json`` holds a time:
    all others have the same bytes whenever the same model is saved.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "cannot be made").lower()
        raise ModelError(f"{directory}: {reason}; correct the permissions") from None
    data = pack(_state(model))
    path = directory / f"{model.id}.skops"
    about = {
        "model": model.id,
        "sha256": hashlib.sha256(data).hexdigest(),
        "corpus": model.corpus_hash,
        "lexicon": model.lexicon.hash,
        "code_version": model.code_version,
        "seed": model.seed,
        "reviews": model.reviews,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "thresholds": dict(model.thresholds),
        "figures": model.figures.as_dict() if model.figures else None,
    }
    if corpus is not None:
        save_corpus(corpus, directory, model.id)
    write_whole(path, data)
    write_whole(path.with_suffix(".md"), model_card(model, len(data)).encode())
    write_whole(path.with_suffix(".json"), (json.dumps(about, indent=2) + "\n").encode())
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
    with held(directory):
        try:
            before = standing(directory)
        except ModelError:
            before = None
        after = before.promoted(model.id) if before else Standing(model.id)
        save_standing(directory, after)


def current_model(directory: Path) -> Model | None:
    """Return the model in use in ``directory``, ``None`` when none was ever set.

    Its thresholds are those of the cross-validation; see ``lastgood.in_use`` for the stream's.
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
        "tendency": dataclasses.asdict(model.tendency),
        "corpus": model.corpus_hash,
        "figures": model.figures.as_dict() if model.figures else None,
        "code_version": model.code_version,
        "seed": model.seed,
        "reviews": model.reviews,
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
        tendency=_tendency(about.get("tendency")),
        corpus_hash=about["corpus"],
        figures=figures_from_dict(about["figures"]) if about["figures"] else None,
        code_version=str(about.get("code_version", "")),
        seed=int(about.get("seed", 0)),
        reviews=str(about.get("reviews", "")),
    )


def _tendency(row: Mapping[str, Any] | None) -> Tendency:
    if row is None:  # a model of code version 2, whose direction model decides alone
        return Tendency()
    return Tendency(
        tuple(row["toward"]), tuple(map(tuple, row["weights"])), tuple(row["intercepts"])
    )


def _signal(row: Mapping[str, Any]) -> Signal:
    return Signal(**{**row, "direction": Direction(row["direction"])})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise ModelError(f"{path}: {reason}; restore it or run pivotwatch train") from None
