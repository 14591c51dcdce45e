"""The model that the desk's commands score with, and what people have to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.console import Bars, say
from flows import model as models
from flows.home import Home
from flows.settings import Settings

if TYPE_CHECKING:
    from classifiers import Model


def used_model(home: Home, settings: Settings | None, shown: Bars) -> Model:
    """Return the model in use, trained first where there is none; say when it stands in.

    Raises:
        CorpusError: there is no model and the corpus has mistakes.
        ModelError: no model file can be loaded.
    """
    found = models.in_use(home, settings, shown.share)
    for line in found.lines:
        say(f"note: {line}")
    return found.model
