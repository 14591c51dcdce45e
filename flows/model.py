"""The model in use: loaded from the home, or trained from the seeds when there is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import classifiers
from archive import Archive, is_ready, labels
from flows.home import SHIPPED_SEEDS, Home
from flows.settings import Settings

if TYPE_CHECKING:
    from classifiers import Corpus, LabelledPassage, Model

Progress = Callable[[str, float], None]


def seeds_folder(settings: Settings | None = None) -> Path:
    """Return the folder of the labelled corpus: the configured one, or the one shipped."""
    if settings is not None and settings.model.seeds is not None:
        return settings.model.seeds
    return SHIPPED_SEEDS


def corpus(home: Home, settings: Settings | None) -> Corpus:
    """Return the seeds together with the labels that analysts have given.

    Raises:
        CorpusError: the seeds have mistakes.
        ArchiveError: the database does not answer.
    """
    seeds = classifiers.load_corpus(seeds_folder(settings))
    known = {passage.id for passage in seeds.passages}  # labels may have been exported there
    fresh = (label for label in _labelled(home, settings) if label.id not in known)
    return replace(seeds, passages=(*seeds.passages, *fresh))


def _labelled(home: Home, settings: Settings | None) -> list[LabelledPassage]:
    if settings is None:
        return []
    with closing(Archive(settings.database_url(home))) as archive:
        if not is_ready(archive):
            return []
        with archive.read() as connection:
            found = labels.every(connection)
    return [
        classifiers.LabelledPassage(
            id=label.id,
            text=label.text,
            lang=label.lang,
            labels=label.labels,
            direction=label.direction,
            role="news",
            event=label.article_id or label.id,
            document="analyst",
            split="train",
        )
        for label in found
    ]


def train_new(home: Home, settings: Settings | None, progress: Progress | None = None) -> Model:
    """Train on seeds and labels, save the model and make it the current one.

    Raises:
        CorpusError: the corpus has mistakes; nothing was trained.
    """
    model = classifiers.train(corpus(home, settings), progress=progress)
    classifiers.save_model(model, home.models)
    classifiers.set_current(model, home.models)
    return model


def ensure(home: Home, settings: Settings | None, progress: Progress | None = None) -> Model:
    """Return the current model; train one first where there is none.

    Raises:
        CorpusError: there is no model and the corpus has mistakes.
        ModelError: the model file is damaged.
    """
    model = classifiers.current_model(home.models)
    return model if model is not None else train_new(home, settings, progress)


def signal_names(settings: Settings | None) -> dict[str, str]:
    """Return the signals' names by code.

    Raises:
        CorpusError: the file that defines them has mistakes.
    """
    return {
        s.code: s.name for s in classifiers.load_signals(seeds_folder(settings) / "signals.toml")
    }
