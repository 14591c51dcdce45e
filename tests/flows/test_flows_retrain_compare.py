"""The flow ``retrain``: what is new is learnt, and the better model kept."""

from __future__ import annotations

import fcntl
import json
import random
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flows_kit import run_watch, runs_of, tables_of
from newsroom_kit import REPOSITORY, TOLD, World

from archive import Archive, heartbeats
from classifiers import (
    CorpusError,
    Figures,
    Model,
    Report,
    current_model,
    in_use,
    load_corpus,
    load_signals,
    save_model,
    set_current,
    train,
)
from classifiers.current import Standing, save_standing, standing
from classifiers.metrics import Ranking
from flows import promotion
from flows.home import Home
from flows.server import Server
from flows.settings import load

LANGUAGE = "ru"
KEPT = 18  # passages of a file
PASSAGES = f"passages/{LANGUAGE}.public_rift.jsonl"


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


@pytest.fixture(autouse=True)
def quick_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw few samples for intervals that are only shown."""
    monkeypatch.setattr("classifiers.verdict._DRAWS", 4)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few seeds of one language, and a model that has learnt them with its corpus beside it."""
    root = tmp_path_factory.mktemp("school")
    shutil.copytree(REPOSITORY / "seeds", root / "seeds")
    for path in (root / "seeds" / "passages").iterdir():
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:KEPT]), encoding="utf-8")
        if not path.name.startswith(f"{LANGUAGE}."):
            path.unlink()
    corpus = load_corpus(root / "seeds")
    model = train(corpus, cross_validate=False)
    save_model(model, root / "home" / "models", corpus=corpus)
    set_current(model, root / "home" / "models")
    return root


@pytest.fixture
def home(school: Path, tmp_path: Path) -> Home:
    """A home of its own with the school's model and seeds."""
    shutil.copytree(school, tmp_path / "school")
    found = Home(tmp_path / "school" / "home")
    found.config.write_text(f'[model]\nseeds = "{tmp_path}/school/seeds"\n', encoding="utf-8")
    return found


@pytest.fixture
def champion(home: Home) -> Model:
    found = current_model(home.models)
    assert found is not None
    return found


@pytest.fixture
def again(retraining: ModuleType, home: Home) -> Callable[..., str]:
    """Retrain, and return the id of the model in use afterwards."""

    def run(**request: object) -> str:
        found = retraining.retrain(retraining.RetrainRequest(home=home.root, **request))
        assert isinstance(found, str)
        return found

    return run


def passages(home: Home) -> Path:
    return home.root.parent / "seeds" / "passages"


def learn_more(home: Home) -> None:
    """Add some more of the shipped passages."""
    for path in passages(home).iterdir():
        shipped = REPOSITORY / "seeds" / "passages" / path.name
        lines = shipped.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[: KEPT + 12]), encoding="utf-8")


def flip(home: Home, share: float = 0.2) -> None:
    """Take the signal from a share of the passages that have one, and give one to as many more."""
    draw = random.Random(7)
    codes = [s.code for s in load_signals(passages(home).parent / "signals.toml")]
    for path in sorted(passages(home).iterdir()):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            if draw.random() < share and row["role"] != "background":
                flipped = [] if row["labels"] else [draw.choice(codes)]
                direction = "away" if flipped else "none"
                row.update(labels=flipped, direction=direction, role="news")
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        path.write_text("".join(lines), encoding="utf-8")


def last_tables(prefect: Server, home: Home) -> dict[str, list[dict[str, Any]]]:
    return tables_of(prefect.api_url, runs_of(prefect.api_url, home)[0]["id"])


def told(home: Home, name: str) -> Any:
    return json.loads((home.models / f"{name}.comparison.json").read_text(encoding="utf-8"))


def test_an_unchanged_corpus_leaves_the_champion(
    prefect: Server, home: Home, champion: Model, again: Callable[..., str]
) -> None:
    before = {path: path.read_bytes() for path in home.models.iterdir()}
    assert again() == champion.id
    assert {path: path.read_bytes() for path in home.models.iterdir()} == before
    (run,) = runs_of(prefect.api_url, home)
    assert run["state_type"] == "COMPLETED"
    assert set(tables_of(prefect.api_url, run["id"])) == {"thresholds"}
    with closing(Archive(load(home).database_url(home))) as archive, archive.read() as connection:
        assert heartbeats.every(connection)["flow retrain"].ok


def test_a_challenger_that_is_not_worse_is_promoted_with_its_reasons(
    prefect: Server, home: Home, champion: Model, again: Callable[..., str]
) -> None:
    learn_more(home)
    used = again()
    assert used != champion.id
    assert standing(home.models) == Standing(used, (champion.id,))
    rows = last_tables(prefect, home)["retrain"]
    assert [row["figure"] for row in rows][:2] == ["relevance AP", "macro-AP over signals"]
    assert {row["verdict"] for row in rows} == {"passed"}
    assert all(row["margin"] > 0 for row in rows)
    assert (told(home, used)["promoted"], told(home, used)["champion"]) == (True, champion.id)
    assert (home.models / f"{used}.corpus.jsonl.gz").is_file()
    assert again() == used, "there is nothing new the next night"


def test_a_fifth_of_the_labels_flipped_leaves_the_champion_and_is_tried_once(
    prefect: Server, home: Home, champion: Model, again: Callable[..., str]
) -> None:
    flip(home)
    assert again() == champion.id
    now = standing(home.models)
    assert now is not None
    (refused,) = now.refused
    assert now == Standing(champion.id, (), (refused,))
    failed = [row for row in last_tables(prefect, home)["retrain"] if row["verdict"] == "failed"]
    assert failed
    assert told(home, refused)["why"].startswith("worse by more than the margin: ")
    made = (home.models / f"{refused}.skops").stat().st_mtime_ns
    assert again() == champion.id
    assert (home.models / f"{refused}.skops").stat().st_mtime_ns == made


def test_a_damaged_model_is_made_again(
    home: Home, champion: Model, again: Callable[..., str]
) -> None:
    learn_more(home)
    used = again()
    file = home.models / f"{used}.skops"
    sound = file.read_bytes()
    file.write_bytes(sound[:-10])
    found = in_use(home.models)
    assert found is not None
    assert found.model.id == champion.id
    assert again() == used
    assert file.read_bytes() == sound
    assert standing(home.models) == Standing(used, (champion.id,))


def other_model(home: Home, champion: Model, name: str) -> Model:
    found = replace(champion, id=name)
    save_model(found, home.models)
    return found


@pytest.mark.parametrize("promoted", [True, False])
def test_a_model_put_into_use_during_retraining_stays(
    home: Home, champion: Model, promoted: bool
) -> None:
    before = promotion.find_champion(home)
    other, challenger = (other_model(home, champion, name) for name in ("m_other", "m_new"))
    set_current(other, home.models)  # somebody rolls back or promotes meanwhile
    ruling = promotion.settle(home, before, challenger, promotion.Ruling(promoted, "measured"))
    assert standing(home.models) == Standing("m_other", (champion.id,))
    assert not ruling.promoted
    assert ruling.why.startswith("m_other was put into use meanwhile")
    assert (told(home, "m_new")["promoted"], told(home, "m_new")["why"]) == (False, ruling.why)


def test_nobody_else_writes_while_a_ruling_is_carried_out(
    home: Home, champion: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = promotion.find_champion(home)
    challenger = other_model(home, champion, "m_new")
    tried: list[str] = []
    write = promotion._tell

    def busy(*given: Any) -> None:
        with (home.models / ".current.lock").open("a") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tried.append("refused")
        write(*given)

    monkeypatch.setattr(promotion, "_tell", busy)
    promotion.settle(home, before, challenger, promotion.Ruling(True, "measured"))
    assert tried == ["refused"]
    assert standing(home.models) == Standing("m_new", (champion.id,))
    with (home.models / ".current.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # free again


@pytest.mark.parametrize("history", [("m_old", "STAND_IN", "m_bad"), ("m_old",)])
def test_a_stand_in_takes_the_place_of_a_damaged_model_when_the_challenger_is_refused(
    home: Home, champion: Model, history: tuple[str, ...]
) -> None:
    former = tuple(champion.id if name == "STAND_IN" else name for name in history)
    save_standing(home.models, Standing("m_gone", former, ("m_worse",)))
    before = promotion.find_champion(home)
    assert before.used is not None
    assert (before.named, before.used.model.id) == ("m_gone", champion.id)
    challenger = other_model(home, champion, "m_new")
    promotion.settle(home, before, challenger, promotion.Ruling(False, "worse"))
    assert standing(home.models) == Standing(champion.id, ("m_old",), ("m_worse", "m_new"))
    found = in_use(home.models)
    assert found is not None
    assert (found.model.id, found.fault) == (champion.id, "")


def test_a_model_restored_during_retraining_stays(home: Home, champion: Model) -> None:
    set_current(other_model(home, champion, "m_newer"), home.models)
    file = home.models / "m_newer.skops"
    sound = file.read_bytes()
    file.write_bytes(b"")
    before = promotion.find_champion(home)
    assert before.is_faulty
    file.write_bytes(sound)
    challenger = other_model(home, champion, "m_new")
    promotion.settle(home, before, challenger, promotion.Ruling(False, "worse"))
    assert standing(home.models) == Standing("m_newer", (champion.id,), ("m_new",))


def test_a_home_whose_only_model_is_damaged_gets_a_new_one(
    home: Home, champion: Model, again: Callable[..., str]
) -> None:
    (home.models / f"{champion.id}.skops").write_bytes(b"")
    used = again()
    found = in_use(home.models)
    assert found is not None
    assert (found.model.id, found.fault) == (used, "")


def test_a_champion_without_its_corpus_is_compared_by_figures(
    prefect: Server, home: Home, champion: Model, again: Callable[..., str]
) -> None:
    (home.models / f"{champion.id}.corpus.jsonl.gz").unlink()
    learn_more(home)
    used = again()
    assert used != champion.id
    assert "saved without its corpus" in told(home, used)["why"]
    first = last_tables(prefect, home)["retrain"][0]
    assert first["figure"] == "relevance AP, cross-validated"
    assert first["champion"] == 0, "it was trained without cross-validation"


def test_a_broken_corpus_leaves_the_champion(
    prefect: Server, home: Home, champion: Model, again: Callable[..., str]
) -> None:
    file = home.root.parent / "seeds" / PASSAGES
    with file.open("a", encoding="utf-8") as lines:
        lines.write("{not json\n")
    with pytest.raises(CorpusError, match=f"{file.name}:\\d+: not JSON"):
        again()
    current = current_model(home.models)
    assert current is not None
    assert current.id == champion.id
    assert runs_of(prefect.api_url, home)[0]["state_type"] == "FAILED"


@pytest.mark.parametrize(
    ("challenger", "before", "replaces"),
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
def test_figures_alone_allow_what_is_not_worse(
    champion: Model,
    challenger: tuple[float | None, float | None],
    before: tuple[float | None, float | None],
    replaces: bool,
) -> None:
    new = replace(champion, figures=figures(*challenger))
    old = replace(champion, figures=figures(*before))
    assert promotion.is_not_worse(new, old) is replaces


def test_a_model_without_figures_replaces_nothing_measured(champion: Model) -> None:
    measured = replace(champion, figures=figures(0.9, 0.7))
    assert not promotion.is_not_worse(champion, measured)
    assert promotion.is_not_worse(measured, champion)


def test_each_alert_says_that_the_last_good_model_scored(prefect: Server, world: World) -> None:
    good = current_model(world.home.models)
    assert good is not None
    newer = replace(good, id="m_newer")
    file = save_model(newer, world.home.models)
    set_current(newer, world.home.models)
    file.write_bytes(b"not a model")
    report = run_watch(world.home)
    line = f"scored by the last good model {good.id}: m_newer is missing or damaged"
    assert [error for error in report.errors if error.startswith("scored by the last good")]
    assert len(world.received.mails) == len(TOLD)
    for mail in world.received.mails:
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            assert part is not None
            assert line in " ".join(part.get_content().split())
    notes = {call["body"]["data"]["model_note"] for call in world.received.hooks}
    assert notes == {line}
