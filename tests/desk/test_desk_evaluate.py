"""``evaluate`` with baselines beside the model, and with charts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_kit import Terminal
from newsroom_kit import REPOSITORY

from archive.types import Direction
from classifiers import trial
from classifiers.baselines import BASELINES
from classifiers.metrics import Judged, report
from desk import evaluate_command, plots
from desk.figure_table import printable
from desk.plots import draw

BASE = ["n", "relevance", "signals", "macro_ap", "macro_f1", "by_lang", "direction_accuracy"]
BASE += ["ece", "model"]
CHARTS = {
    f"{n}.{k}" for n in ("precision-recall", "reliability", "signals") for k in ("png", "svg")
}
FIGURES = {"relevance_ap", "relevance_recall_at_5fpr", "macro_ap"}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "DRAWS", 12)


@pytest.fixture(scope="module")
def rows(articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The demo's articles, whose labels alone say whether they are relevant."""
    unsaid = {"relevant", "direction"}
    return [{k: v for k, v in row.items() if k not in unsaid} for row in articles]


def written(rows: list[dict[str, Any]], folder: Path) -> Path:
    file = folder / "labelled.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_baselines_stand_beside_the_model(
    clever: Terminal, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    file, charts = written(rows, tmp_path), tmp_path / "new" / "charts"
    answer = clever("evaluate", file, "--against", "boolean, elas", "--plot", charts, "--json")
    assert answer.code == 0
    told = answer.json
    assert list(told) == [*BASE, "intervals", "against"]
    assert set(told["intervals"]) == FIGURES
    assert list(told["against"]) == ["boolean", "elas"]
    for name, rival in told["against"].items():
        extra = ["difference", "strict"] if name == "boolean" else ["difference"]
        assert list(rival) == [*BASE, *extra]
        assert rival["model"] == name
        assert rival["ece"] is None
        assert rival["n"] == told["n"] == len(rows)
        assert set(rival["difference"]) == FIGURES
        for gain in rival["difference"].values():
            assert gain["low"] <= gain["high"]
    gain = told["against"]["boolean"]["difference"]["relevance_ap"]
    assert gain["value"] > 0
    strict = told["against"]["boolean"]["strict"]
    assert strict["ours"] >= strict["recall"] > 0.5
    assert {path.name for path in charts.iterdir()} == CHARTS
    assert all(str(charts / name) in answer.err for name in CHARTS)
    for path in charts.iterdir():
        start = path.read_bytes()[:400]
        assert start.startswith(PNG) if path.suffix == ".png" else b"<svg" in start

    plain = clever("evaluate", file, "--json")
    assert list(plain.json) == BASE
    assert plain.json == {key: told[key] for key in BASE}


def test_the_table_has_a_column_for_each_baseline(
    clever: Terminal, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = written(rows, tmp_path)
    answer = clever("evaluate", file, "--against", "boolean,boolean")
    assert answer.code == 0
    for words in (
        "pivotwatch (low, high)",
        "boolean",
        "difference (low, high)",
        "recall at 5 % FPR",
    ):
        assert words in answer.out
    assert answer.out.count("difference") == 1
    assert "elas" not in answer.out
    assert "boolean, as it stands: finds " in answer.err


@pytest.mark.parametrize("names", ["booleans", "boolean,svm", "elas;boolean"])
def test_an_unknown_baseline_is_one_usage_line(clever: Terminal, names: str) -> None:
    answer = clever("evaluate", "no/such/file.jsonl", "--against", names)
    assert answer.code == 2
    (line,) = answer.problems
    assert line.startswith("--against ")
    assert "use boolean or elas" in line
    assert answer.out == ""


@pytest.mark.parametrize("relevant", [True, False])
def test_one_class_alone_is_no_traceback(
    clever: Terminal, rows: list[dict[str, Any]], tmp_path: Path, relevant: bool
) -> None:
    file = written([row for row in rows if bool(row["labels"]) is relevant][:5], tmp_path)
    charts = tmp_path / "charts"
    answer = clever("evaluate", file, "--against", "boolean", "--plot", charts)
    assert answer.code == 0
    assert "–" in answer.out
    drawn = {path.name for path in charts.iterdir()}
    assert drawn == (CHARTS if relevant else {n for n in CHARTS if "recall" not in n})
    assert ("precision-recall is not drawn" in answer.err) is not relevant
    told = clever("evaluate", file, "--against", "boolean", "--json").json
    assert told["relevance"]["recall_at_5fpr"] is None
    assert told["against"]["boolean"]["difference"]["relevance_recall_at_5fpr"] is None
    assert "strict" not in told["against"]["boolean"]


def test_names_from_a_file_are_shown_harmlessly(
    clever: Terminal, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    odd = ["\ud800$\\frac$", "\x1b[2J" + "x" * 5000]
    some = [row | {"lang": odd[at % 2], "event": "\udfff"} for at, row in enumerate(rows)]
    file, charts = written(some, tmp_path), tmp_path / "charts"
    answer = clever("evaluate", file, "--against", "boolean", "--plot", charts)
    assert answer.code == 0
    assert "\x1b[2J" not in answer.out
    assert "frac" not in answer.out, "what is no language code is not taken as one"
    assert {path.name for path in charts.iterdir()} == CHARTS
    assert clever("evaluate", file).code == 0
    assert printable("a\x00\ud800b") == "a??b"


def test_a_chart_is_the_same_when_drawn_again(tmp_path: Path) -> None:
    some = np.array([True, False, True, False])
    judged = Judged(
        codes=("a", "b"),
        langs=("en",) * 4,
        relevant=some,
        carries=np.stack([some, ~some], axis=1),
        direction=(None,) * 4,
        relevance=np.array([0.9, 0.2, 0.4, 0.4]),
        signals=np.full((4, 2), 0.5),
        calls=np.ones((4, 2), dtype=bool),
        direction_called=(Direction.NONE,) * 4,
    )
    intervals = {"relevance_ap": None}
    held = trial.Trial(judged, report(judged, "m"), intervals, {"a": None, "b": None})
    found = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        files = draw(held, {"a": "Ararat \N{ARMENIAN CAPITAL LETTER AYB}"}, folder, lambda *_: None)
        found.append([(path.name, path.read_bytes()) for path in files])
    assert found[0] == found[1]
    assert {name for name, _ in found[0]} == CHARTS


def test_a_folder_that_cannot_be_written_is_one_line(
    clever: Terminal, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = written(rows[:4], tmp_path)
    for folder in (file, file / "charts"):
        answer = clever("evaluate", file, "--plot", folder)
        assert answer.code == 1
        (line,) = answer.problems
        assert line.startswith(f"{folder}: ")
        assert line.endswith("name a folder that can be written")
        assert answer.out == ""
    taken = tmp_path / "charts"
    (taken / "signals.svg").mkdir(parents=True)
    answer = clever("evaluate", file, "--plot", taken)
    assert answer.code == 1
    assert answer.problems == [
        f"{taken / 'signals.svg'}: Is a directory; name a folder that can be written"
    ]


def test_what_the_desk_offers_is_what_there_is() -> None:
    assert evaluate_command.BASELINES == BASELINES
    assert tuple(evaluate_command.COMPARED) == trial.FIGURES
    assert set(plots.RIVAL_STYLES) == set(BASELINES)


def test_the_drawing_library_is_loaded_only_for_charts() -> None:
    asked = (
        "import sys, desk.verbs; print([m for m in ('matplotlib', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", asked], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_the_folder_of_charts_keeps_what_is_in_it(tmp_path: Path) -> None:
    """The state directory has a name of its own, and may be there."""
    (tmp_path / ".pivotwatch").mkdir()
    assert plots.plot_folder(tmp_path) == tmp_path
    assert (tmp_path / ".pivotwatch").is_dir()
