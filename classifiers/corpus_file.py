"""The corpus a model was made of, kept beside it so that its recipe can be trained again."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from archive.types import Direction

from .corpus import Corpus, LabelledPassage
from .current import read_bounded, write_whole
from .errors import ModelError
from .model import Model

_LARGEST = 64 * 2**20
"""Bytes that a corpus may unpack to, and may have packed; ours has half a million."""
_FIELDS = tuple(field.name for field in fields(LabelledPassage))


def corpus_path(directory: Path, name: str) -> Path:
    """Return where the corpus of the model ``name`` is kept."""
    return directory / f"{name}.corpus.jsonl.gz"


def save_corpus(corpus: Corpus, directory: Path, name: str) -> None:
    """Write the passages of ``corpus`` beside the model ``name``; equal ones give equal bytes.

    Signals and lexicon are in the model file.
    """
    rows = sorted(corpus.passages, key=lambda passage: passage.id)
    lines = (json.dumps(astuple(row), ensure_ascii=False) + "\n" for row in rows)
    data = gzip.compress("".join(lines).encode(), mtime=0)
    write_whole(corpus_path(directory, name), data)


def load_kept(model: Model, directory: Path) -> Corpus | None:
    """Return the corpus that ``model`` was made of, ``None`` for a model saved without it.

    Raises ``ModelError`` when it is damaged or not the one that the model names.
    """
    path = corpus_path(directory, model.id)
    try:
        data = read_bounded(path, _LARGEST)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {error}; the next retraining writes it anew") from None
    try:
        passages = tuple(_passages(_unpack(data)))
    except (OSError, EOFError, ValueError, TypeError, RecursionError, zlib.error):
        raise ModelError(f"{path}: damaged; the next retraining writes it anew") from None
    corpus = Corpus(model.signals, model.lexicon, passages)
    if corpus.hash != model.corpus_hash:
        raise ModelError(f"{path}: not the corpus of {model.id}; the next retraining writes it")
    return corpus


def _unpack(data: bytes) -> str:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        whole = file.read(_LARGEST + 1)
    if len(whole) > _LARGEST:
        raise ValueError("unpacks to more than a corpus can need")
    return whole.decode("utf-8")


def _passages(text: str) -> Iterable[LabelledPassage]:
    for line in text.split("\n"):
        if line:
            yield _passage(json.loads(line))


def _passage(row: Any) -> LabelledPassage:
    values = dict(zip(_FIELDS, row, strict=True))
    labels = values.pop("labels")
    direction = Direction(values.pop("direction"))
    texts = [*values.values(), *labels]
    if not isinstance(labels, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("not a passage")
    return LabelledPassage(**values, labels=tuple(labels), direction=direction)
