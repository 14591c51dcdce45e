"""The flow ``retrain``: learn again when the corpus has changed, and keep the better model."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict, Field

from classifiers import Model, save_model, set_current, train
from flows import model
from flows.home import Home
from flows.settings import load

MARGIN = 0.01
"""How much worse, in average precision, a new model may measure and still replace the old one:
about one standard error of the cross-validated figure."""


class RetrainRequest(BaseModel):
    """What a run of ``retrain`` may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(None, description="state directory; default: PIVOTWATCH_HOME")
    force: bool = Field(False, description="train although the corpus has not changed")


@task(name="train challenger", timeout_seconds=3600, cache_policy=NO_CACHE, persist_result=False)
def train_challenger(home: Home, request: RetrainRequest) -> Model | None:
    """Train on seeds and labels, unless the current model has seen exactly them."""
    settings = load(home)
    champion = model.ensure(home, settings)
    corpus = model.corpus(home, settings)
    known = champion.corpus_hash, champion.lexicon.hash
    if known == (corpus.hash, corpus.lexicon.hash) and not request.force:
        return None
    return train(corpus)


def is_not_worse(challenger: Model, champion: Model) -> bool:
    """Whether a challenger's cross-validated figures allow it to replace the champion."""
    pairs = zip(_figures(challenger), _figures(champion), strict=True)
    return all(after >= before - MARGIN for after, before in pairs)


def _figures(one: Model) -> tuple[float, float]:
    """Return relevance AP and macro-AP; a model without figures counts as nothing."""
    if one.figures is None:
        return 0.0, 0.0
    report = one.figures.report
    return report.relevance.ap or 0.0, report.macro_ap or 0.0


@flow(
    name="retrain",
    description="Train on the corpus when it has changed; promote the model if it is not worse.",
    timeout_seconds=7200,
    persist_result=False,
)
def retrain(request: RetrainRequest = RetrainRequest()) -> str:  # noqa: B008
    """Return the id of the model in use afterwards.

    Raises:
        ConfigError: the configuration has mistakes.
        CorpusError: the corpus has mistakes; the current model stays.
    """
    home = Home(request.home) if request.home else Home.find()
    champion = model.ensure(home, load(home))
    challenger = train_challenger(home, request)
    if challenger is None:
        get_run_logger().info("the corpus has not changed; %s stays", champion.id)
        return champion.id
    save_model(challenger, home.models)
    promoted = is_not_worse(challenger, champion)
    if promoted:
        set_current(challenger, home.models)
    create_table_artifact(
        key="retrain",
        table=[_row("champion", champion), _row("challenger", challenger)],
        description=f"The challenger {'was promoted' if promoted else 'was not promoted'}.",
    )
    return challenger.id if promoted else champion.id


def _row(name: str, one: Model) -> dict[str, object]:
    relevance, macro = (round(figure, 4) for figure in _figures(one))
    return {"model": name, "id": one.id, "relevance AP": relevance, "macro AP": macro}
