"""``models list|show|promote|rollback``, and what ``status`` says of a damaged model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_kit import Terminal

from classifiers import current_model, save_model, set_current
from classifiers.current import Standing, save_standing, standing


@pytest.fixture
def models(clever: Terminal) -> Path:
    """The folder of a home with three models: two former ones, and one in use."""
    folder = clever.root / "models"
    first = current_model(folder)
    assert first is not None
    for name in ("m_second", "m_third"):
        made = replace(first, id=name)
        save_model(made, folder)
        set_current(made, folder)
    return folder


def states(terminal: Terminal) -> dict[str, str]:
    return {row["model"]: row["state"] for row in terminal("models", "list", "--json").json}


def test_list_says_of_each_model_what_it_is(clever: Terminal, models: Path) -> None:
    rows = clever("models", "list", "--json").json
    assert [row["state"] for row in rows] == ["in use", "former", "former"]
    assert (rows[0]["model"], rows[0]["fault"]) == ("m_third", None)
    about = json.loads((models / "m_third.json").read_text())
    for key in ("created", "corpus", "lexicon", "code_version"):
        assert rows[0][key] == about[key]
        assert about[key]
    text = clever("models", "list").out
    assert "m_second" in text
    assert "in use" in text


def test_list_of_a_home_without_models_is_empty(terminal: Terminal) -> None:
    assert terminal("models", "list", "--json").json == []


def test_promote_and_rollback_change_what_is_in_use(clever: Terminal, models: Path) -> None:
    answer = clever("models", "promote", "m_second")
    assert answer.code == 0
    assert "m_second is used from the next cycle on, instead of m_third" in answer.err
    now = standing(models)
    assert now is not None
    assert (now.model, now.history[-1]) == ("m_second", "m_third")
    assert "m_third" in now.refused, "retraining does not bring it back"
    assert states(clever)["m_second"] == "in use"

    answer = clever("models", "rollback")
    assert answer.code == 0
    assert "m_third is used from the next cycle on, instead of m_second" in answer.err
    again = standing(models)
    assert again is not None
    assert again.model == "m_third"
    assert again.refused[-1] == "m_second"


def test_rollback_passes_over_a_damaged_model(clever: Terminal, models: Path) -> None:
    (models / "m_second.skops").write_bytes(b"")
    assert clever("models", "rollback").code == 0
    now = standing(models)
    assert now is not None
    assert now.model not in {"m_second", "m_third"}


def test_promoting_what_is_in_use_says_so(clever: Terminal, models: Path) -> None:
    before = (models / "current.json").read_bytes()
    answer = clever("models", "promote", "m_third")
    assert (answer.code, "in use already" in answer.err) == (0, True)
    assert (models / "current.json").read_bytes() == before


@pytest.mark.parametrize("name", ["m_absent", "../m_third", "m_", "", "m_" + "x" * 300])
def test_an_unknown_model_is_one_line(clever: Terminal, models: Path, name: str) -> None:
    answer = clever("models", "promote", name)
    assert answer.code == 1
    (line,) = answer.problems
    assert line.startswith(f"{name}: no such model in ")


def test_a_damaged_model_is_not_promoted(clever: Terminal, models: Path) -> None:
    (models / "m_second.skops").write_bytes(b"damaged")
    answer = clever("models", "promote", "m_second")
    assert answer.code == 1
    (line,) = answer.problems
    assert "m_second.skops: damaged" in line
    now = standing(models)
    assert now is not None
    assert now.model == "m_third"


def test_without_a_former_model_there_is_no_way_back(clever: Terminal) -> None:
    answer = clever("models", "rollback")
    assert answer.code == 1
    (line,) = answer.problems
    assert "no former model" in line


def test_show_tells_thresholds_with_their_origin_and_the_comparison(
    clever: Terminal, models: Path
) -> None:
    plain = clever("models", "show", "--json").json
    assert (plain["model"], plain["thresholds_from"]) == ("m_third", "cross-validation")
    assert plain["comparison"] is None
    codes = list(plain["thresholds"])
    stream = {
        "model": "m_third",
        "cutoffs": dict.fromkeys(codes, 0.91),
        "alerts_per_day": 6.0,
        "expected_alerts_per_day": 5.9,
        "expected_precision": 0.8,
        "low": 0.7,
        "high": 0.9,
        "days": 14.0,
        "articles": 4321,
    }
    (models / "m_third.thresholds.json").write_text(json.dumps(stream))
    row = {
        "figure": "relevance AP",
        "champion": 0.99,
        "challenger": 0.991,
        "difference": 0.001,
        "low": -0.001,
        "high": 0.002,
        "margin": 0.003,
        "passed": True,
    }
    told = {"champion": "m_second", "promoted": True, "why": "fine", "comparison": {"rows": [row]}}
    (models / "m_third.comparison.json").write_text(json.dumps(told))
    shown = clever("models", "show", "m_third", "--json").json
    assert shown["thresholds_from"] == "stream"
    assert set(shown["thresholds"].values()) == {0.91}
    assert shown["comparison"]["comparison"]["rows"] == [row]
    text = clever("models", "show").out
    for words in ("4321 articles", "0.910", "against m_second: promoted; fine", "relevance AP"):
        assert words in text


@pytest.mark.parametrize("text", ["", "[]", '{"comparison": 5}', '{"comparison": {"rows": [1]}}'])
def test_damaged_notes_do_not_stop_show(clever: Terminal, models: Path, text: str) -> None:
    for kind in ("thresholds", "comparison"):
        (models / f"m_third.{kind}.json").write_text(text)
    assert clever("models", "show").code == 0
    assert clever("models", "show", "--json").code == 0


def test_status_and_list_name_the_last_good_model(clever: Terminal, models: Path) -> None:
    assert clever("status", "--json").json["model_fault"] is None
    (models / "m_third.skops").write_bytes(b"damaged")
    state = clever("status", "--json").json
    assert state["model"] == "m_second"
    assert state["model_fault"].startswith("scored by the last good model m_second: ")
    assert "m_third.skops: damaged" in state["model_fault"]
    found = states(clever)
    assert (found["m_second"], found["m_third"]) == ("last good, in use", "set, not usable")
    shown = clever("models", "show")
    assert (shown.code, "m_second" in shown.out) == (0, True)
    assert "note: scored by the last good model" in shown.err


def test_when_no_model_is_sound_status_names_the_fault_and_goes_on(clever: Terminal) -> None:
    folder = clever.root / "models"
    for path in folder.glob("*.skops"):
        path.unlink()
    state = clever("status", "--json").json
    assert state["model"] is None
    assert "no such file" in state["model_fault"]
    answer = clever("models", "show")
    assert (answer.code, len(answer.problems)) == (1, 1)


def test_refused_models_are_shown_as_such(clever: Terminal, models: Path) -> None:
    save_standing(models, Standing("m_third", (), ("m_second",)))
    assert states(clever)["m_second"] == "refused"
