"""``evaluate``: a model against labelled articles, baselines beside it, and its charts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import classifiers
from desk.console import Bars, bars, complain, out, say, show_json, table
from desk.figure_table import cell, printable, show_figures
from desk.labelled import read_labelled
from desk.opening import settings_if_any
from desk.plots import draw, plot_folder
from desk.using import used_model
from flows import model as models
from flows.home import Home

if TYPE_CHECKING:
    from classifiers import Interval, LabelledArticle, LabelledPassage, Model, Report, Rival, Trial

USAGE = 2
BASELINES = ("boolean", "elas")
COMPARED = {
    "relevance_ap": "relevance AP",
    "relevance_recall_at_5fpr": "recall at 5 % FPR",
    "macro_ap": "macro-AP",
}


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(evaluate)


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled articles, JSON Lines; - reads stdin.")],
    against: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Baselines to put beside the model: boolean,elas."),
    ] = "",
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw charts into this folder.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program to read.")
    ] = False,
) -> None:
    """Score labelled articles and compare with their labels, and with simpler means."""
    names = _baselines(against)
    articles = read_labelled(file)
    folder = None if plot is None else plot_folder(plot)
    home = Home.find()
    settings = settings_if_any(home)
    charts: list[Path] = []
    with bars() as shown:
        model = used_model(home, settings, shown)
        passages: Sequence[LabelledPassage] = ()
        if "elas" in names:
            passages = models.corpus(home, settings).passages
        trial = classifiers.hold_trial(
            *(model, articles),
            against=names,
            passages=passages,
            intervals=folder is not None,
            progress=shown.share,
        )
        if folder is not None:
            charts = _draw(trial, model, folder, shown)
    _note_gaps(articles, model)
    if as_json:
        show_json(_as_dict(trial))
    elif names:
        _show_comparison(f"{file}: {trial.report.n} articles", trial)
    else:
        show_figures(f"{file}: {trial.report.n} articles", trial.report.as_dict())
    if charts:
        _tell_charts(charts, trial)


def _baselines(against: str) -> tuple[str, ...]:
    """Return the names in ``against`` in order, each once; end with a line at an unknown one."""
    names = tuple(dict.fromkeys(name for part in against.split(",") if (name := part.strip())))
    for name in names:
        if name not in BASELINES:
            complain(f"--against {name}: no such baseline; use {' or '.join(BASELINES)}, or both")
            raise typer.Exit(USAGE)
    return names


def _draw(trial: Trial, model: Model, folder: Path, shown: Bars) -> list[Path]:
    names = {signal.code: signal.name for signal in model.signals}
    return draw(trial, names, folder, lambda done, total: shown.counted("charts", done, total))


def _tell_charts(charts: Sequence[Path], trial: Trial) -> None:
    if not trial.judged.relevant.any():
        say("note: precision-recall is not drawn: no article is relevant")
    say(f"wrote {', '.join(map(str, charts))}")


def _note_gaps(articles: Sequence[LabelledArticle], model: Model) -> None:
    """Say which lines say nothing and which labels the model does not know."""
    silent = sum(not one.is_judged for one in articles)
    if silent:
        say(f'note: {silent} lines have neither "labels" nor "relevant" and are left out')
    unknown = {code for one in articles for code in one.labels or ()} - set(model.codes)
    for code in sorted(unknown):
        say(f"note: the model knows no signal {code!r}; these labels count for relevance only")


def _as_dict(trial: Trial) -> dict[str, object]:
    """Return the report in its exchange form; with baselines, they and the intervals too."""
    report = trial.report.as_dict()
    if not trial.rivals:
        return report
    return report | {
        "intervals": _plain(trial.intervals),
        "against": {
            rival.name: rival.report.as_dict()
            | {"difference": _plain(rival.difference)}
            | ({} if rival.strict is None else {"strict": asdict(rival.strict)})
            for rival in trial.rivals
        },
    }


def _plain(intervals: Mapping[str, Interval | None]) -> dict[str, object]:
    """Return intervals for JSON, which has no infinite bounds."""
    return {
        name: None
        if one is None
        else {
            "value": one.value,
            "low": one.low if math.isfinite(one.low) else None,
            "high": one.high if math.isfinite(one.high) else None,
        }
        for name, one in intervals.items()
    }


def _show_comparison(title: str, trial: Trial) -> None:
    """Print the figures that are compared with their intervals, then all figures side by side."""
    columns = ["figure", "pivotwatch (low, high)"]
    for rival in trial.rivals:
        columns += [rival.name, "difference (low, high)"]
    reports = [trial.report, *(rival.report for rival in trial.rivals)]
    ours, *theirs = map(_compared, reports)
    rows: list[list[str]] = []
    for figure, name in COMPARED.items():
        row = [name, cell(ours[figure]) + _bounds(trial.intervals[figure])]
        for rival, its in zip(trial.rivals, theirs, strict=True):
            row += [cell(its[figure]), _gain(rival.difference[figure])]
        rows.append(row)
    out.print(table(title, columns, rows))
    say("difference: pivotwatch minus the baseline; 95 % intervals, paired bootstrap over events")
    for rival in trial.rivals:
        _tell_strict(rival)
    names = ["figure", "articles", "pivotwatch", *(rival.name for rival in trial.rivals)]
    rows = [
        [*alike[0][:2], *(cell(value) for _, _, value in alike)]
        for alike in zip(*map(_others, reports), strict=True)
    ]
    out.print(table("other figures", names, rows))


def _compared(report: Report) -> dict[str, float | None]:
    """Return the figures of a report that have intervals, under the same names."""
    return {
        "relevance_ap": report.relevance.ap,
        "relevance_recall_at_5fpr": report.relevance.recall_at_5fpr,
        "macro_ap": report.macro_ap,
    }


def _others(report: Report) -> list[tuple[str, str, float | None]]:
    """Return the other figures: name, number of articles, value."""
    n = str(report.n)
    return [
        ("relevance AUC", n, report.relevance.auc),
        ("macro-F1", n, report.macro_f1),
        ("direction accuracy", "", report.direction_accuracy),
        ("ECE", n, report.ece),
        *((f"{one.code} AP", str(one.n), one.ap) for one in report.signals),
        *((f"{printable(one.lang)} AP", str(one.n), one.ap) for one in report.by_lang),
    ]


def _bounds(interval: Interval | None) -> str:
    if interval is None or not math.isfinite(interval.low):
        return ""
    return f" ({interval.low:.3f}, {interval.high:.3f})"


def _gain(interval: Interval | None) -> str:
    if interval is None:
        return ""
    if not math.isfinite(interval.low):
        return f"{interval.value:+.3f}"
    return f"{interval.value:+.3f} ({interval.low:+.3f}, {interval.high:+.3f})"


def _tell_strict(rival: Rival) -> None:
    if rival.strict is not None:
        say(
            f"{rival.name}, as it stands: finds {rival.strict.recall:.0%} of the relevant articles "
            f"and calls {rival.strict.false_positive_rate:.0%} of the others; "
            f"pivotwatch finds {rival.strict.ours:.0%} at that price"
        )
