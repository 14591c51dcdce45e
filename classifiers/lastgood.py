"""The model to score with: the one in use, or the last good one when that cannot be loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from .budget import StreamThresholds, read_thresholds
from .current import CURRENT, candidates, read_object, stand_in, standing, write_whole
from .errors import ModelError
from .files import load_model
from .model import Model


@dataclass(frozen=True, slots=True)
class InUse:
    """A model, and what people have to know about it.

    ``fault`` is empty, or says why the model that should be in use is not and which one stands in
    for it; ``told`` says it to readers of alerts, without a path. ``stream`` are the thresholds
    that were fitted to the stream, when they are applied; ``note`` says why they could not be.
    ``floor`` are the model's own thresholds.
    """

    model: Model
    floor: tuple[float, ...]
    fault: str = ""
    told: str = ""
    stream: StreamThresholds | None = None
    note: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The fault and the note, where there are any."""
        return tuple(line for line in (self.fault, self.note) if line)


def in_use(directory: Path) -> InUse | None:
    """Return the model to score with, ``None`` when none was ever set in ``directory``.

    Where the model that was set is missing or damaged, the newest former one that loads is taken,
    else any that loads. Thresholds fitted to the stream are applied. Raises ``ModelError`` when
    no model can be loaded.
    """
    fault: ModelError | None = None
    missed = CURRENT
    try:
        now = standing(directory)
        if now is None:
            return None
        missed = now.model
    except ModelError as error:
        fault = error
    for name in candidates(directory):
        try:
            model = load_model(directory / f"{name}.skops")
        except ModelError as error:
            fault = fault or error
            continue
        stream, note = load_stream(model, directory)
        line = stand_in(model.id, str(fault)) if fault else ""
        told = stand_in(model.id, f"{missed} is missing or damaged") if fault else ""
        return InUse(_with(model, stream), model.cutoffs, line, told, stream, note)
    assert fault is not None
    raise fault


def save_stream(model: Model, found: StreamThresholds, directory: Path) -> Path:
    """Write thresholds fitted to the stream beside ``model`` and return their path."""
    path = stream_path(directory, model.id)
    data = {"model": model.id} | found.as_dict(model.codes)
    write_whole(path, (json.dumps(data, indent=2) + "\n").encode())
    return path


def load_stream(model: Model, directory: Path) -> tuple[StreamThresholds | None, str]:
    """Return the stream's thresholds for ``model``, or ``None`` and why they are not used.

    The reason is empty where there are none.
    """
    path = stream_path(directory, model.id)
    if not path.exists():
        return None, ""
    data = read_object(path)
    try:
        if data.get("model") != model.id:
            raise ValueError("it is no file of this model")
        return read_thresholds(data, model.codes), ""
    except ValueError as error:
        return None, f"{path}: ignored ({error}); the next retraining writes it anew"


def stream_path(directory: Path, name: str) -> Path:
    """Return where the stream's thresholds for the model ``name`` are kept."""
    return directory / f"{name}.thresholds.json"


def _with(model: Model, stream: StreamThresholds | None) -> Model:
    return model if stream is None else replace(model, cutoffs=stream.cutoffs)
