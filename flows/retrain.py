"""The flow ``retrain``: learn again when there is something new, and keep the better model."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict, Field

import classifiers
from archive import Archive, upgrade
from classifiers import InUse, Model, save_model, train
from classifiers.budget import StreamThresholds
from classifiers.verdict import Compared
from flows import cycle, model, promotion, stream, stuck
from flows.home import Home
from flows.model import Material
from flows.promotion import Champion, Ruling
from flows.settings import Settings, load


class RetrainRequest(BaseModel):
    """What a run of ``retrain`` may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(None, description="state directory; default: PIVOTWATCH_HOME")
    force: bool = Field(False, description="train although there is nothing new to learn")


@task(name="train challenger", timeout_seconds=3600, cache_policy=NO_CACHE, persist_result=False)
def train_challenger(home: Home, found: Material) -> Model:
    """Train on seeds and labels, and save the model; it is not used yet."""
    challenger = train(found.corpus, reviewed=found.reviewed)
    save_model(challenger, home.models, corpus=found.corpus)
    return challenger


@task(name="compare", timeout_seconds=3600, cache_policy=NO_CACHE, persist_result=False)
def compare_models(home: Home, champion: Champion, challenger: Model, found: Material) -> Ruling:
    """Decide whether the challenger replaces the champion."""
    return promotion.rule(home, champion, challenger, found)


@task(name="fit thresholds", timeout_seconds=3600, cache_policy=NO_CACHE, persist_result=False)
def fit_thresholds(home: Home, settings: Settings) -> StreamThresholds | None:
    """Fit the thresholds of the model in use to the stream and the alert budget."""
    used = classifiers.in_use(home.models)
    assert used is not None  # one has just been used or promoted
    with closing(Archive(settings.database_url(home))) as archive:
        upgrade(archive)
        found = stream.refit(home, settings, archive, used)
    _show_thresholds(used, found)
    return found


@flow(
    name="retrain",
    description="Learn what is new; promote the model if it is not worse; fit the thresholds.",
    timeout_seconds=7200,
    persist_result=False,
)
def retrain(request: RetrainRequest = RetrainRequest()) -> str:  # noqa: B008
    """Return the id of the model in use afterwards.

    A missing or damaged model file is made again.

    Raises:
        ConfigError: the configuration has mistakes.
        CorpusError: the corpus has mistakes; the current model stays.
        ArchiveError: the database does not answer.
    """
    home = Home(request.home) if request.home else Home.find()
    settings = load(home)
    champion = promotion.find_champion(home)
    found = model.material(home, settings)
    if request.force or promotion.is_due(home, champion, found):
        challenger = train_challenger(home, found)
        ruling = compare_models(home, champion, challenger, found)
        ruling = promotion.settle(home, champion, challenger, ruling)
        _show_ruling(champion, challenger, ruling)
    elif champion.used is not None:
        get_run_logger().info("there is nothing new to learn; %s stays", champion.used.model.id)
    fit_thresholds(home, settings)
    used = classifiers.in_use(home.models)
    assert used is not None
    stuck.done(home, settings, "retrain", cycle.clock())
    return used.model.id


def _show_ruling(champion: Champion, challenger: Model, ruling: Ruling) -> None:
    """Leave the comparison where the Prefect UI shows it."""
    verdict = "was promoted" if ruling.promoted else "was not promoted"
    line = f"The challenger {challenger.id} {verdict}: {ruling.why}."
    get_run_logger().info(line)
    create_table_artifact(
        key="retrain", table=_table(champion, challenger, ruling), description=line
    )


def _table(champion: Champion, challenger: Model, ruling: Ruling) -> list[dict[str, object]]:
    if ruling.comparison is not None:
        return [_row(row) for row in ruling.comparison.rows]
    before = promotion.figures(champion.used.model) if champion.used else (None, None)
    names = ("relevance AP, cross-validated", "macro-AP over signals, cross-validated")
    return [
        {"figure": name, "champion": old, "challenger": new, "margin": promotion.MARGIN}
        for name, old, new in zip(names, before, promotion.figures(challenger), strict=True)
    ]


def _row(row: Compared) -> dict[str, object]:
    interval = None if row.low is None else f"{row.low:+.4f} to {row.high:+.4f}"
    return {
        "figure": row.figure,
        "champion": row.champion,
        "challenger": row.challenger,
        "difference": row.difference,
        "interval": interval,
        "margin": row.margin,
        "verdict": "passed" if row.passed else "failed",
    }


def _show_thresholds(used: InUse, found: StreamThresholds | None) -> None:
    cutoffs = found.cutoffs if found else used.floor
    rows: list[dict[str, object]] = [
        {"signal": code, "threshold": threshold, "cross-validated": own}
        for code, threshold, own in zip(used.model.codes, cutoffs, used.floor, strict=True)
    ]
    create_table_artifact(key="thresholds", table=rows, description=_expectation(found))


def _expectation(found: StreamThresholds | None) -> str:
    if found is None:
        return "The model's own thresholds: no budget, or too few articles of the last days."
    words = (
        f"From {found.articles} articles of {found.days:.1f} days: "
        f"{found.expected_alerts_per_day:.1f} stories a day of {found.alerts_per_day:g} allowed"
    )
    if found.expected_precision is None:
        return f"{words}."
    return (
        f"{words}; expected precision {found.expected_precision:.2f} "
        f"({found.low:.2f}–{found.high:.2f}), if the calibration holds."
    )
