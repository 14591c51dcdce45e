"""``train``, ``score``, ``evaluate`` and ``explain`` on files, as others compare with us."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cli_kit import Terminal
from newsroom_kit import REPOSITORY

SEEDS = REPOSITORY / "seeds"
SIGNALS = {
    signal["code"]
    for signal in tomllib.loads((SEEDS / "signals.toml").read_text(encoding="utf-8"))["signal"]
}


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def seeds_copy(folder: Path, terminal: Terminal, *, most: int | None = None) -> Path:
    """Configure a copy of the seeds, or of the first English passages of each file."""
    ignored = shutil.ignore_patterns("ru.*", "hy.*") if most else None
    shutil.copytree(SEEDS, folder, ignore=ignored)
    for path in folder.glob("passages/*.jsonl") if most else ():
        kept = path.read_text(encoding="utf-8").splitlines(keepends=True)[:most]
        path.write_text("".join(kept), encoding="utf-8")
    terminal.root.mkdir(parents=True, exist_ok=True)
    config = f'[model]\nseeds = "{folder}"\n'
    (terminal.root / "pivotwatch.toml").write_text(config, encoding="utf-8")
    return folder


def test_score_writes_one_json_line_an_article(
    clever: Terminal, articles: list[dict[str, Any]], tmp_path: Path
) -> None:
    some = articles[:9] + articles[30:40]
    file = tmp_path / "articles.jsonl"
    file.write_text(lines(some), encoding="utf-8")
    answer = clever("score", file)
    assert answer.code == 0
    assert [row["id"] for row in answer.rows] == [a["id"] for a in some]
    quoted = 0
    for article, row in zip(some, answer.rows, strict=True):
        assert set(row) == {"id", "relevance", "direction", "signals", "evidence", "model", "lang"}
        assert set(row["signals"]) == SIGNALS
        assert all(0 <= p <= 1 for p in (row["relevance"], *row["signals"].values()))
        assert row["direction"] in {"away", "toward", "mixed", "none"}
        for piece in row["evidence"]:
            assert set(piece) == {"signal", "text", "start", "end", "reasons"}
            assert article["text"][piece["start"] : piece["end"]] == piece["text"]
            assert all(set(r) == {"concept", "surface", "weight"} for r in piece["reasons"])
            quoted += 1
    assert quoted >= 9
    assert clever("score", "-", stdin=lines(some)).out == answer.out


def test_evaluate_gives_the_agreed_figures(
    clever: Terminal, articles: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(lines(articles), encoding="utf-8")
    answer = clever("evaluate", file, "--json")
    assert answer.code == 0
    report = answer.json
    assert list(report) == [
        *("n", "relevance", "signals", "macro_ap", "macro_f1", "by_lang"),
        *("direction_accuracy", "ece", "model"),
    ]
    assert report["n"] == len(articles)
    assert set(report["relevance"]) == {"ap", "auc", "recall_at_5fpr"}
    assert report["relevance"]["ap"] > 0.9
    assert set(report["signals"]) == SIGNALS
    assert all(set(figure) == {"n", "ap"} for figure in report["signals"].values())
    assert set(report["by_lang"]) == {"en", "ru", "hy"}
    assert clever("evaluate", "-", "--json", stdin=lines(articles)).json == report
    table = clever("evaluate", file)
    assert "relevance ap" in table.out


def test_explain_tells_the_reasons(
    clever: Terminal, articles: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(lines(articles[4:5]), encoding="utf-8")
    told = clever("explain", file, "--json").json
    (scored,) = clever("score", file).rows
    assert {key: told[key] for key in scored} == scored
    assert told["decisions"] == []
    best = max(told["verdicts"], key=lambda v: v["probability"])
    assert best["signal"] == "western_drills"
    assert best["probability"] >= best["threshold"]
    assert best["for"]
    assert set(best["for"][0]) == {"concept", "surface", "weight"}

    plain = tmp_path / "one.txt"
    plain.write_text(f"{articles[4]['title']}\n{articles[4]['text']}", encoding="utf-8")
    shown = clever("explain", plain)
    assert shown.code == 0
    assert "western_drills: “" in shown.out


@pytest.mark.parametrize("what", ["a_none", "no/such/file.txt", "two words"])
def test_explain_of_nothing_is_one_line(clever: Terminal, what: str) -> None:
    answer = clever("explain", what)
    assert answer.code == 1
    assert answer.problems == [f"{what}: neither a file, nor a URL, nor an id in the archive"]


def test_explain_of_a_page_that_may_not_be_asked_is_one_line(clever: Terminal) -> None:
    answer = clever("explain", "http://127.0.0.1:9/page")
    assert answer.code == 1
    (line,) = answer.problems
    assert line.startswith("http://127.0.0.1:9/page: ")


@pytest.mark.parametrize("verb", ["score", "evaluate"])
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("{not json", "not JSON"),
        ('["a"]', "not a JSON object"),
        ('{"id": "x"}', "no text"),
        ('{"text": "x"}', "no id"),
        ('{"id": "x", "text": "y", "labels": "csto_snub"}', "labels is not a list"),
        ('{"id": "x", "text": "y", "direction": "north"}', "direction is 'north'"),
        ('{"id": "x", "text": "y", "date": "yesterday"}', "date is 'yesterday'"),
    ],
)
def test_a_bad_line_is_named_in_one_line(
    clever: Terminal, tmp_path: Path, verb: str, bad: str, words: str
) -> None:
    file = tmp_path / "articles.jsonl"
    good = json.dumps({"id": "1", "text": "Snow closed the road over the pass."})
    file.write_text(f"{good}\n\n{bad}\n", encoding="utf-8")
    answer = clever(verb, file)
    assert answer.code == 1
    (line,) = answer.problems
    assert line.startswith(f"{file}:3: ")
    assert words in line


@pytest.mark.parametrize("verb", ["score", "evaluate"])
def test_a_file_that_cannot_be_read_is_one_line(
    clever: Terminal, tmp_path: Path, verb: str
) -> None:
    gone = clever(verb, tmp_path / "gone.jsonl")
    assert gone.code == 1
    assert gone.problems == [
        f"{tmp_path}/gone.jsonl: No such file or directory; name a file of JSON Lines, or -"
    ]
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "1", "text": "\xe9t\xe9"}\n')
    latin = clever(verb, tmp_path / "latin.jsonl")
    assert latin.code == 1
    assert len(latin.problems) == 1
    assert "not UTF-8" in latin.problems[0]


def test_evaluate_of_an_empty_file_is_one_line(clever: Terminal) -> None:
    answer = clever("evaluate", "-", stdin="\n\n")
    assert answer.code == 1
    assert answer.problems == ["-: no articles in it; write one JSON object a line"]


def test_a_damaged_model_is_one_line(clever: Terminal) -> None:
    (model,) = (clever.root / "models").glob("*.skops")
    model.write_bytes(model.read_bytes()[:-100])
    answer = clever("score", "-", stdin='{"id": "1", "text": "Snow."}\n')
    assert answer.code == 1
    (line,) = answer.problems
    assert line.startswith(f"{model}: damaged")
    assert answer.out == ""


def test_train_names_each_mistake_of_the_corpus_and_leaves_no_model(
    bare: Terminal, tmp_path: Path
) -> None:
    seeds = seeds_copy(tmp_path / "seeds", bare)
    file = seeds / "passages" / "en.csto_snub.jsonl"
    first = json.loads(file.read_text(encoding="utf-8").partition("\n")[0])
    bad = [
        first,  # an id that is there already
        first | {"id": "t-2", "labels": ["csto_snubb"]},
        first | {"id": "t-3", "text": "  "},
        first | {"id": "t-4", "lang": "hy"},
        first | {"id": "t-5", "source": {"document": "nowhere"}},
    ]
    before = len(file.read_text(encoding="utf-8").splitlines())
    with file.open("a", encoding="utf-8") as end:
        end.write(lines(bad) + "{broken\n")
    answer = bare("train")
    assert answer.code == 1
    assert answer.out == ""
    numbers = range(before + 1, before + len(bad) + 2)
    assert [x.partition(": ")[0] for x in answer.problems] == [f"{file}:{n}" for n in numbers]
    wanted = ("already at", "csto_snubb", "empty text", "letters", "nowhere", "not JSON")
    for line, words in zip(answer.problems, wanted, strict=True):
        assert words in line
    assert not list(bare.root.glob("models/*"))


def test_train_reports_its_figures_and_writes_model_and_card(
    bare: Terminal, tmp_path: Path
) -> None:
    seeds_copy(tmp_path / "seeds", bare, most=9)
    answer = bare("train", "--json")
    assert answer.code == 0
    report = answer.json
    model = Path(report["file"])
    assert model == bare.root / "models" / f"{report['model']}.skops"
    assert model.is_file()
    assert report["model"] in model.with_suffix(".md").read_text(encoding="utf-8")
    assert report["relevance"]["ap"] > 0.5
    assert (
        bare("score", "-", stdin='{"id": "1", "text": "Snow."}\n').rows[0]["model"]
        == (report["model"])
    )
