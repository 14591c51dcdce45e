"""The daily flows: ``retrain`` keeps the better model, ``digest`` mails the day's digest."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from flows_kit import run_watch, runs_of, tables_of
from newsroom_kit import REPOSITORY, TOLD, World, new_home

from classifiers import CorpusError, Figures, Model, Report, current_model
from classifiers.metrics import Ranking
from flows.home import Home
from flows.server import Server

PASSAGES = "passages/en.public_rift.jsonl"


def figures(relevance: float | None, macro: float | None) -> Figures:
    report = Report(
        n=100,
        relevance=Ranking(ap=relevance, auc=None, recall_at_5fpr=None),
        signals=(),
        macro_ap=macro,
        macro_f1=None,
        by_lang=(),
        direction_accuracy=None,
        ece=None,
        model="m_any",
    )
    return Figures(report, hard_negative_alarms=None, recap_alarms=None)


@pytest.fixture
def retraining(prefect: Server) -> ModuleType:
    """The module of the flow, imported when Prefect's environment is set."""
    return import_module("flows.retrain")


@pytest.fixture
def home(tmp_path: Path, trained: Path) -> Home:
    return new_home(tmp_path / "home", trained)


@pytest.fixture
def champion(home: Home) -> Model:
    found = current_model(home.models)
    assert found is not None
    return found


def learn_other_seeds(home: Home, folder: Path) -> Path:
    """Configure a corpus with one passage fewer; return the file that it was taken from."""
    shutil.copytree(REPOSITORY / "seeds", folder)
    file = folder / PASSAGES
    file.write_text(file.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")
    home.config.write_text(f'[model]\nseeds = "{folder}"\n', encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("challenger", "champion", "replaces"),
    [
        ((0.95, 0.80), (0.95, 0.80), True),
        ((0.97, 0.85), (0.95, 0.80), True),
        ((0.945, 0.795), (0.95, 0.80), True),  # within one standard error
        ((0.93, 0.90), (0.95, 0.80), False),
        ((0.99, 0.78), (0.95, 0.80), False),
        ((None, None), (0.95, 0.80), False),
        ((0.50, 0.50), (None, None), True),
    ],
)
def test_a_model_replaces_another_unless_it_is_worse(
    retraining: ModuleType,
    trained: Path,
    challenger: tuple[float | None, float | None],
    champion: tuple[float | None, float | None],
    replaces: bool,
) -> None:
    model = current_model(trained)
    assert model is not None
    new = replace(model, figures=figures(*challenger))
    old = replace(model, figures=figures(*champion))
    assert retraining.is_not_worse(new, old) is replaces


def test_a_model_without_figures_replaces_nothing_measured(
    retraining: ModuleType, champion: Model
) -> None:
    unmeasured = replace(champion, figures=None)
    measured = replace(champion, figures=figures(0.9, 0.7))
    assert not retraining.is_not_worse(unmeasured, measured)
    assert retraining.is_not_worse(measured, unmeasured)


def test_an_unchanged_corpus_leaves_the_champion(
    prefect: Server, retraining: ModuleType, home: Home, champion: Model
) -> None:
    before = {path: path.read_bytes() for path in home.models.iterdir()}
    assert retraining.retrain(retraining.RetrainRequest(home=home.root)) == champion.id
    assert {path: path.read_bytes() for path in home.models.iterdir()} == before
    (run,) = runs_of(prefect.api_url, home)
    assert run["state_type"] == "COMPLETED"
    assert tables_of(prefect.api_url, run["id"]) == {}


@pytest.mark.parametrize("better", [True, False])
def test_a_changed_corpus_gives_a_challenger_that_is_kept_and_used_when_not_worse(
    prefect: Server,
    retraining: ModuleType,
    home: Home,
    champion: Model,
    better: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn_other_seeds(home, tmp_path / "seeds")
    measured = replace(champion, id="m_challenger", figures=figures(0.97, 0.9))
    monkeypatch.setattr(retraining, "train", lambda corpus: measured)
    if not better:
        monkeypatch.setattr(retraining, "is_not_worse", lambda challenger, champion: False)
    used = measured.id if better else champion.id
    assert retraining.retrain(retraining.RetrainRequest(home=home.root)) == used
    current = current_model(home.models)
    assert current is not None
    assert current.id == used
    assert (home.models / "m_challenger.skops").is_file()
    assert (home.models / f"{champion.id}.skops").is_file()
    run = runs_of(prefect.api_url, home)[0]
    (table,) = tables_of(prefect.api_url, run["id"]).values()
    assert [(row["model"], row["id"], row["relevance AP"]) for row in table] == [
        ("champion", champion.id, 0),
        ("challenger", "m_challenger", 0.97),
    ]


def test_a_broken_corpus_leaves_the_champion(
    prefect: Server, retraining: ModuleType, home: Home, champion: Model, tmp_path: Path
) -> None:
    file = learn_other_seeds(home, tmp_path / "seeds")
    with file.open("a", encoding="utf-8") as lines:
        lines.write("{not json\n")
    with pytest.raises(CorpusError, match=f"{file.name}:\\d+: not JSON"):
        retraining.retrain(retraining.RetrainRequest(home=home.root))
    current = current_model(home.models)
    assert current is not None
    assert current.id == champion.id
    assert runs_of(prefect.api_url, home)[0]["state_type"] == "FAILED"


def test_the_digest_is_one_mail_a_day_and_person(prefect: Server, world: World) -> None:
    from flows.digest import DigestRequest, digest

    run_watch(world.home)
    del world.received.mails[:]
    request = DigestRequest(home=world.home.root)
    assert asyncio.run(digest(request)) == 1
    assert asyncio.run(digest(request)) == 1
    first, again = world.received.mails
    assert first["Message-ID"] == again["Message-ID"]
    assert "digest" in first["Subject"]
    body = first.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert f"{len(world.visible())} new articles from 11 of 11 feeds" in text
    assert "10 of 11 sources healthy" in text
    table = tables_of(prefect.api_url, runs_of(prefect.api_url, world.home)[0]["id"])["digest"]
    assert {row["what"]: row["count"] for row in table}["alerts"] == len(TOLD)


def test_the_digest_of_a_home_without_email_is_mailed_to_nobody(
    prefect: Server, home: Home
) -> None:
    from flows.digest import DigestRequest, digest

    assert asyncio.run(digest(DigestRequest(home=home.root))) == 0
