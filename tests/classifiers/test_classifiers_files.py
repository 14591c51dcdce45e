from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skops.io

from archive.types import Article, Direction
from classifiers import (
    Model,
    ModelError,
    current_model,
    load_corpus,
    load_model,
    save_model,
    set_current,
    train,
)
from classifiers.container import pack, unpack

TEXT = "Armenia will not attend the CSTO summit in Minsk. Moscow expressed regret on Monday."


@pytest.fixture(scope="module")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(model, tmp_path_factory.mktemp("models"))


def claim(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    about = {"sha256": hashlib.sha256(data).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(about))


def test_a_loaded_model_scores_as_the_saved_one(
    model: Model, saved: Path, article: Callable[..., Article]
) -> None:
    loaded = load_model(saved)
    assert loaded.id == model.id
    assert loaded.signals == model.signals
    assert loaded.score([article(TEXT)]) == model.score([article(TEXT)])
    assert saved.stat().st_size <= 1_500_000


def test_card_and_figures_stand_beside_the_model(model: Model, saved: Path) -> None:
    about = json.loads(saved.with_suffix(".json").read_text())
    assert about["sha256"] == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert about["thresholds"] == dict(model.thresholds)
    assert model.id in saved.with_suffix(".md").read_text()
    assert sorted(path.suffix for path in saved.parent.iterdir()) == [".json", ".md", ".skops"]


def test_same_corpus_gives_same_bytes_in_any_process(tiny: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from classifiers import *\n"
        "print(save_model(train(load_corpus(Path(sys.argv[1]))), Path(sys.argv[2])))"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tiny), str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    paths = [Path(run.communicate()[0].strip()) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_figures_survive_the_file(tiny: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    model = train(load_corpus(tiny), progress=lambda step, share: steps.append((step, share)))
    assert steps[-1] == ("training", 1.0)
    assert model.figures is not None
    loaded = load_model(save_model(model, tmp_path))
    assert loaded.figures == model.figures
    assert loaded.calibration == model.calibration
    assert "relevance AP" in (tmp_path / f"{model.id}.md").read_text()


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


def hostile_files(good: bytes) -> dict[str, bytes]:
    source = zipfile.ZipFile(io.BytesIO(good))
    schema = json.loads(source.read("schema.json"))
    evil = json.loads(json.dumps(schema))
    evil["content"] = {"x": {"__class__": "system", "__module__": "os", "__loader__": "TypeNode"}}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("schema.json", json.dumps(evil))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (65 * 2**20))
    return {
        "pickle": pickle.dumps(Bomb()),
        "truncated": good[: len(good) // 2],
        "empty": b"",
        "text": b"hello",
        "foreign type": target.getvalue(),
        "other object": skops.io.dumps({"about": 1}),
        "zip bomb": bomb.getvalue(),
    }


@pytest.mark.parametrize(
    "kind",
    ["pickle", "truncated", "empty", "text", "foreign type", "other object", "zip bomb"],
)
def test_a_hostile_file_is_refused_even_with_a_matching_hash(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "m_x.skops"
    claim(path, hostile_files(saved.read_bytes())[kind])
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert not Path("exploded").exists()


def test_one_flipped_byte_is_noticed(saved: Path, tmp_path: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / saved.name
    path.write_bytes(data)
    path.with_suffix(".json").write_bytes(saved.with_suffix(".json").read_bytes())
    with pytest.raises(ModelError, match="SHA-256 differs"):
        load_model(path)


@pytest.mark.parametrize("beside", [None, "{", "[]", "{}"])
def test_missing_and_broken_files_are_named(saved: Path, tmp_path: Path, beside: str) -> None:
    path = tmp_path / saved.name
    with pytest.raises(ModelError, match="no such file"):
        load_model(path)
    path.write_bytes(saved.read_bytes())
    if beside is not None:
        path.with_suffix(".json").write_text(beside)
    with pytest.raises(ModelError, match="restore it"):
        load_model(path)


def test_types_outside_the_list_never_reach_skops(saved: Path) -> None:
    with pytest.raises(ValueError, match=r"os\.system"):
        unpack(hostile_files(saved.read_bytes())["foreign type"])


def test_current_model_is_the_one_that_was_set(model: Model, tmp_path: Path) -> None:
    assert current_model(tmp_path) is None
    with pytest.raises(ModelError, match="save the model first"):
        set_current(model, tmp_path)
    save_model(model, tmp_path)
    set_current(model, tmp_path)
    loaded = current_model(tmp_path)
    assert loaded is not None
    assert loaded.id == model.id


@pytest.mark.parametrize("text", ["", "{}", '{"model": "../../m_x"}', '{"model": 5}', "[]"])
def test_a_bad_pointer_names_itself(tmp_path: Path, text: str) -> None:
    (tmp_path / "current.json").write_text(text)
    with pytest.raises(ModelError, match=r"current\.json: names no model"):
        current_model(tmp_path)


def test_a_model_of_code_version_2_still_scores(
    saved: Path, tmp_path: Path, article: Callable[..., Article]
) -> None:
    """It has no tendency; its direction model decides alone."""
    state = unpack(saved.read_bytes())
    about = json.loads(state["about"])
    del about["tendency"]
    path = tmp_path / saved.name
    claim(path, pack(state | {"about": json.dumps(about)}))
    (score,) = load_model(path).score([article("Armenia skips the CSTO summit in Moscow.")])
    assert score.direction in (Direction.AWAY, Direction.MIXED, Direction.TOWARD)


def test_a_folder_that_is_no_folder_is_one_line(model: Model, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("not a folder")
    with pytest.raises(ModelError, match="models: file exists"):
        save_model(model, tmp_path / "models")


def test_the_order_of_passages_makes_no_other_model(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    turned = replace(corpus, passages=corpus.passages[::-1])
    one, other = (train(c, cross_validate=False) for c in (corpus, turned))
    assert one.id == other.id
    assert np.array_equal(one.core.stacked[0], other.core.stacked[0])
