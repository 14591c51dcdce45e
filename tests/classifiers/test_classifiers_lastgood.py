"""A missing or damaged model file: the last good one stands in, and that is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers import Model, ModelError, current_id, in_use, save_model, set_current
from classifiers.budget import StreamThresholds
from classifiers.current import (
    REMEMBERED,
    Standing,
    candidates,
    fault_of,
    save_standing,
    standing,
    standing_in,
)
from classifiers.lastgood import save_stream, stream_path

Damage = Callable[[Path], None]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def lose_note(path: Path) -> None:
    path.with_suffix(".json").unlink()


DAMAGES: dict[str, Damage] = {
    "missing": Path.unlink,
    "one byte flipped": flip,
    "cut short": cut,
    "its json is missing": lose_note,
    "its json is damaged": lambda path: path.with_suffix(".json").write_text("{") and None,
}


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    """Three models, promoted one after the other; the last one is in use."""
    for name in ("m_first", "m_second", "m_third"):
        made = replace(model, id=name)
        save_model(made, tmp_path)
        set_current(made, tmp_path)
    return tmp_path


def test_the_models_before_are_remembered(folder: Path) -> None:
    assert standing(folder) == Standing("m_third", ("m_first", "m_second"))
    found = in_use(folder)
    assert found is not None
    assert (found.model.id, found.fault, found.told, found.lines) == ("m_third", "", "", ())
    assert standing_in(folder) == ("m_third", None)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_newest_former_model_stands_in_for_a_bad_one(folder: Path, damage: Damage) -> None:
    damage(folder / "m_third.skops")
    found = in_use(folder)
    assert found is not None
    assert found.model.id == "m_second"
    assert found.told == "scored by the last good model m_second: m_third is missing or damaged"
    assert "m_third" in found.fault
    assert "\n" not in found.fault
    name, fault = standing_in(folder)
    assert name == "m_second"
    assert fault is not None
    assert fault.startswith("scored by the last good model m_second: ")


def test_a_bad_stand_in_is_passed_over(folder: Path) -> None:
    (folder / "m_third.skops").unlink()
    flip(folder / "m_second.skops")
    found = in_use(folder)
    assert found is not None
    assert found.model.id == "m_first"
    assert standing_in(folder)[0] == "m_first"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": 5}', '{"model": "../m_x"}'])
def test_without_a_pointer_the_newest_model_is_taken(folder: Path, text: str) -> None:
    for year, name in ((2024, "m_first"), (2026, "m_second"), (2025, "m_third")):
        path = folder / f"{name}.json"
        about = json.loads(path.read_text()) | {"created": f"{year}-01-01T00:00:00+00:00"}
        path.write_text(json.dumps(about))
    (folder / "current.json").write_text(text)
    found = in_use(folder)
    assert found is not None
    assert found.model.id == "m_second"
    assert "current.json: names no model" in found.fault
    assert "current.json is missing or damaged" in found.told


def test_a_refused_model_comes_last(folder: Path) -> None:
    save_standing(folder, Standing("m_third", (), ("m_second",)))
    assert list(candidates(folder)) == ["m_third", "m_first", "m_second"]


def test_when_nothing_loads_the_first_fault_is_told(folder: Path) -> None:
    for name in ("m_first", "m_second", "m_third"):
        flip(folder / f"{name}.skops")
    with pytest.raises(ModelError, match=r"m_third\.skops: damaged"):
        in_use(folder)
    name, fault = standing_in(folder)
    assert name is None
    assert fault is not None
    assert "m_third.skops: damaged" in fault


def test_a_folder_without_models_is_no_fault(tmp_path: Path) -> None:
    assert in_use(tmp_path) is None
    assert in_use(tmp_path / "absent") is None
    assert standing_in(tmp_path) == (None, None)


def test_a_missing_file_is_named_with_its_remedy(folder: Path) -> None:
    (folder / "m_third.skops").unlink()
    with pytest.raises(ModelError, match=r"m_third\.skops: missing; run `pivotwatch train`"):
        current_id(folder)
    assert "no such file" in str(fault_of(folder, "m_third"))


@pytest.mark.parametrize(
    "said",
    [
        {"history": None, "refused": 3},
        {"history": [["m_first"]], "refused": [None, "../m_x", 7]},
        {"history": "m_first"},
    ],
)
def test_odd_memories_are_forgotten(folder: Path, said: dict[str, object]) -> None:
    (folder / "current.json").write_text(json.dumps({"model": "m_third"} | said))
    assert standing(folder) == Standing("m_third")


def test_the_memory_is_bounded() -> None:
    now = Standing("m_0")
    for number in range(1, 60):
        now = now.promoted(f"m_{number}").refusing(f"m_r{number}")
    assert now.model == "m_59"
    assert now.history[-1] == "m_58"
    assert len(now.history) == len(now.refused) == REMEMBERED


def test_going_back_refuses_what_was_left_and_forgets_nothing_older() -> None:
    now = Standing("m_c", ("m_a", "m_b"))
    once = now.rolled_back("m_b")
    assert once == Standing("m_b", ("m_a",), ("m_c",))
    assert once.rolled_back("m_a") == Standing("m_a", (), ("m_c", "m_b"))
    assert once.promoted("m_c") == Standing("m_c", ("m_a", "m_b"))


def test_promoting_what_is_in_use_changes_nothing() -> None:
    assert Standing("m_b", ("m_a",)).promoted("m_b") == Standing("m_b", ("m_a",))


def fitted(model: Model, level: float) -> StreamThresholds:
    cutoffs = tuple(max(own, level) for own in model.cutoffs)
    return StreamThresholds(cutoffs, 6.0, 5.0, 0.8, 0.7, 0.9, 14.0, 2000)


def test_thresholds_from_the_stream_are_applied(folder: Path, model: Model) -> None:
    third = replace(model, id="m_third")
    save_stream(third, fitted(third, 0.9), folder)
    found = in_use(folder)
    assert found is not None
    assert set(found.model.cutoffs) == {0.9}
    assert found.floor == model.cutoffs
    assert found.stream == fitted(third, 0.9)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "m_first"}', '{"model": "m_third"}'])
def test_bad_thresholds_are_ignored_and_that_is_said(folder: Path, model: Model, text: str) -> None:
    path = stream_path(folder, "m_third")
    path.write_text(text)
    found = in_use(folder)
    assert found is not None
    assert found.model.cutoffs == model.cutoffs
    assert found.fault == ""
    assert str(path) in found.note
    assert "\n" not in found.note


def test_thresholds_of_another_model_are_not_taken(folder: Path, model: Model) -> None:
    first = replace(model, id="m_first")
    save_stream(first, fitted(first, 0.9), folder)
    stream_path(folder, "m_first").rename(stream_path(folder, "m_third"))
    found = in_use(folder)
    assert found is not None
    assert found.model.cutoffs == model.cutoffs
    assert found.note
