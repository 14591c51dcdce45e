"""Model files: ``models list|show|promote|rollback``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from classifiers import ModelError
from classifiers import current as files
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from flows.home import Home

app = typer.Typer(
    help="The models that were made: what they are, and which one is used.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
_SHORT = 12


@dataclass(frozen=True, slots=True)
class _Known:
    """A model and what the files beside it tell; nothing of it is loaded."""

    name: str
    state: str
    about: dict[str, Any]
    fault: str | None

    def as_dict(self) -> dict[str, object]:
        return {
            "model": self.name,
            "state": self.state,
            "created": _text(self.about.get("created")),
            "corpus": _text(self.about.get("corpus")),
            "lexicon": _text(self.about.get("lexicon")),
            "code_version": _text(self.about.get("code_version")),
            "relevance_ap": _figure(self.about, "relevance", "ap"),
            "macro_ap": _figure(self.about, "macro_ap"),
            "fault": self.fault,
        }


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show all models, the one in use first, then former ones and the rest, newest first."""
    found = _all(Home.find().models)
    if as_json:
        show_json([one.as_dict() for one in found])
        return
    columns = ["id", "state", "made (UTC)", "corpus", "lexicon", "code", "AP", "macro-AP", "file"]
    rows = [
        (
            one.name,
            one.state,
            (_text(one.about.get("created")) or "–")[:16].replace("T", " "),
            (_text(one.about.get("corpus")) or "–")[:_SHORT],
            (_text(one.about.get("lexicon")) or "–")[:_SHORT],
            _text(one.about.get("code_version")) or "–",
            _shown(_figure(one.about, "relevance", "ap")),
            _shown(_figure(one.about, "macro_ap")),
            one.fault or "ok",
        )
        for one in found
    ]
    out.print(table(f"{len(rows)} models", columns, rows))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A model's id; default: the one in use.")] = "",
    as_json: Json = False,
) -> None:
    """Show a model: what it was made of, its figures, its thresholds, and why it was promoted."""
    directory = Home.find().models
    one = _one(directory, name) if name else _used(directory)
    stream = files.read_object(directory / f"{one.name}.thresholds.json")
    told = files.read_object(directory / f"{one.name}.comparison.json")
    if as_json:
        show_json(one.as_dict() | _details(one, stream) | {"comparison": told or None})
        return
    _show_about(one)
    _show_thresholds(one, stream)
    _show_comparison(told)


@app.command()
def promote(name: Annotated[str, typer.Argument(help="A model's id.")]) -> None:
    """Use another model from the next cycle on, whatever it measured.

    The one that it replaces does not come back while there is nothing new to learn.
    """
    directory = Home.find().models
    one = _one(directory, name)
    _check(one)
    with files.held(directory):
        now = _standing(directory)
        if now is not None and now.model == one.name:
            say(f"{one.name} is in use already")
            return
        after = now.promoted(one.name).refusing(now.model) if now else files.Standing(one.name)
        files.save_standing(directory, after)
    say(f"{one.name} is used from the next cycle on{_before(now)}")


@app.command()
def rollback() -> None:
    """Use the model again that was in use before.

    The one that it replaces does not come back while there is nothing new to learn.
    """
    directory = Home.find().models
    now = files.standing(directory)
    former = (
        [n for n in reversed(now.history) if files.fault_of(directory, n) is None] if now else []
    )
    if now is None or not former:
        raise DeskError(f"{directory}: no former model to go back to; see `pivotwatch models list`")
    files.save_standing(directory, now.rolled_back(former[0]))
    say(f"{former[0]} is used from the next cycle on, instead of {now.model}")


def _all(directory: Path) -> list[_Known]:
    now = _standing(directory)
    names = list(files.candidates(directory))
    return [_known(directory, name, _state(directory, name, now)) for name in names]


def _known(directory: Path, name: str, state: str) -> _Known:
    return _Known(name, state, files.about(directory, name), files.fault_of(directory, name))


def _state(directory: Path, name: str, now: files.Standing | None) -> str:
    used, fault = files.standing_in(directory)
    if name == used:
        return "last good, in use" if fault else "in use"
    if now is None:
        return "–"
    if name == now.model:
        return "set, not usable"
    if name in now.refused:
        return "refused"
    return "former" if name in now.history else "–"


def _one(directory: Path, name: str) -> _Known:
    if not files.is_id(name) or name not in set(files.candidates(directory)):
        raise DeskError(f"{name}: no such model in {directory}; see `pivotwatch models list`")
    return _known(directory, name, _state(directory, name, _standing(directory)))


def _used(directory: Path) -> _Known:
    used, fault = files.standing_in(directory)
    if fault:
        say(f"note: {fault}")
    if used is None:
        raise DeskError(f"{directory}: no model to show; run `pivotwatch train`")
    return _one(directory, used)


def _check(one: _Known) -> None:
    if one.fault:
        raise DeskError(f"{one.fault}; choose another, see `pivotwatch models list`")


def _standing(directory: Path) -> files.Standing | None:
    try:
        return files.standing(directory)
    except ModelError:
        return None


def _before(now: files.Standing | None) -> str:
    return f", instead of {now.model}; `pivotwatch models rollback` goes back" if now else ""


def _details(one: _Known, stream: dict[str, Any]) -> dict[str, object]:
    return {
        "seed": one.about.get("seed"),
        "reviews": one.about.get("reviews"),
        "figures": one.about.get("figures"),
        "thresholds": _cutoffs(one, stream),
        "thresholds_from": "stream" if stream else "cross-validation",
        "stream": stream or None,
    }


def _cutoffs(one: _Known, stream: dict[str, Any]) -> dict[str, object]:
    found = stream.get("cutoffs") or one.about.get("thresholds")
    return found if isinstance(found, dict) else {}


def _show_about(one: _Known) -> None:
    rows = [(name, "–" if value is None else value) for name, value in one.as_dict().items()]
    judged = bool(one.about.get("reviews"))
    rows.append(("calibrated on", "reviewed articles" if judged else "held-out passages"))
    figures = one.about.get("figures")
    if isinstance(figures, dict):
        rows += [
            (name, _shown(figures.get(name)))
            for name in ("macro_f1", "direction_accuracy", "ece", "hard_negative_alarms")
        ]
    out.print(table(one.name, ["what", "value"], rows))


def _show_thresholds(one: _Known, stream: dict[str, Any]) -> None:
    own = one.about.get("thresholds")
    own = own if isinstance(own, dict) else {}
    rows = [(code, _shown(p), _shown(own.get(code))) for code, p in _cutoffs(one, stream).items()]
    origin = "thresholds, cross-validated"
    if stream:
        origin = (
            f"thresholds from {stream.get('articles')} articles of {stream.get('days')} days for "
            f"{stream.get('alerts_per_day')} alerts a day; expected precision "
            f"{_shown(stream.get('expected_precision'))} "
            f"({_shown(stream.get('low'))}–{_shown(stream.get('high'))})"
        )
    out.print(table(origin, ["signal", "threshold", "cross-validated"], rows))


def _show_comparison(told: dict[str, Any]) -> None:
    if not told:
        say("it was set by `pivotwatch train` or a command: there is no comparison")
        return
    verdict = "promoted" if told.get("promoted") is True else "not promoted"
    comparison = told.get("comparison")
    found = comparison.get("rows") if isinstance(comparison, dict) else None
    rows = [
        (
            row.get("figure"),
            *(_shown(row.get(key)) for key in ("champion", "challenger", "difference")),
            f"{_shown(row.get('low'))} to {_shown(row.get('high'))}",
            _shown(row.get("margin")),
            "passed" if row.get("passed") is True else "failed",
        )
        for row in (found if isinstance(found, list) else [])
        if isinstance(row, dict)
    ]
    title = f"against {told.get('champion')}: {verdict}; {told.get('why')}"
    columns = ["figure", "champion", "challenger", "difference", "interval", "margin", "verdict"]
    out.print(table(title, columns, rows))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _figure(about: dict[str, Any], *path: str) -> float | None:
    value: Any = about.get("figures")
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–" if value is None else str(value)
