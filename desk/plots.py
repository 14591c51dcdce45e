"""The charts of an evaluation, as PNG and SVG: precision and recall, reliability, signals."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk.errors import DeskError
from desk.figure_table import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from classifiers import Interval, Judged, Reliability, Report, Trial

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#555555"
"""Colours that stay apart for colour-blind eyes (Okabe and Ito 2008); lines differ in style too."""

RIVAL_STYLES = {
    "boolean": (ORANGE, (0, (4, 1.5)), "s"),
    "elas": (GREEN, (0, (9, 1.5, 2, 1.5)), "^"),
}
LANG_STYLES = ((ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (GREY, (0, (5, 1))))
LANG_NAMES = {"en": "English", "ru": "Russian", "hy": "Armenian"}
LONGEST_NAME = 32
SHOWN_FROM = 0.05
"""The recall from which on a curve is sure to be in the picture; before it, few articles decide."""

LEAST_IN_BIN = 3
"""Articles that a bin of one language must hold to be drawn."""

LOOK: Any = {
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titlesize": 13,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "figure.figsize": (9, 6.2),
    "figure.constrained_layout.use": True,
    "savefig.dpi": 160,
    "svg.hashsalt": "pivotwatch",
    "text.parse_math": False,
}


def plot_folder(folder: Path) -> Path:
    """Return ``folder``, made if need be.

    Raises:
        DeskError: nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError) as error:
        raise _cannot_write(folder, error) from None
    return folder


def draw(
    trial: Trial, names: Mapping[str, str], folder: Path, progress: Callable[[int, int], None]
) -> list[Path]:
    """Draw the charts of ``trial`` into ``folder`` and return the files; replaces older ones.

    ``names`` are the signals' names by code; ``progress`` counts the charts. The curve of precision
    and recall is left out when no article is relevant.

    Raises:
        DeskError: a file cannot be written.
    """
    charts: list[tuple[str, Callable[[], Figure]]] = [
        ("reliability", lambda: _reliability(trial)),
        ("signals", lambda: _signals(trial, names)),
    ]
    if trial.judged.relevant.any():
        charts.insert(0, ("precision-recall", lambda: _precision_recall(trial)))
    written: list[Path] = []
    with _look():
        for done, (name, make) in enumerate(charts):
            progress(done, len(charts))
            figure = make()
            written += [_save(figure, folder / f"{name}.{kind}") for kind in ("png", "svg")]
        progress(len(charts), len(charts))
    return written


@contextmanager
def _look() -> Iterator[None]:
    """Draw in the house's look, whatever the user's own settings of matplotlib are."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(LOOK)
        yield


def _save(figure: Figure, path: Path) -> Path:
    """Write a chart; the same figures give the same bytes."""
    unstamped = {"Date": None} if path.suffix == ".svg" else {}
    try:
        figure.savefig(path, metadata=unstamped)
    except OSError as error:
        raise _cannot_write(path, error) from None
    return path


def _cannot_write(path: Path, error: Exception) -> DeskError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return DeskError(f"{path}: {reason}; name a folder that can be written")


def _figure() -> Figure:
    """Return an empty chart that no window will ever show."""
    from matplotlib.figure import Figure

    return Figure()


def _precision_recall(trial: Trial) -> Figure:
    from classifiers import precision_recall

    figure = _figure()
    axes = figure.add_subplot()
    judged = trial.judged
    prevalence = float(judged.relevant.mean())
    floor = prevalence
    bounds = _bounds(trial.intervals["relevance_ap"])
    lines: list[tuple[str, Judged, Report, str, Any]]
    lines = [("pivotwatch", judged, trial.report, BLUE, "-")]
    for rival in trial.rivals:
        colour, dashes, _ = RIVAL_STYLES[rival.name]
        lines.append((rival.name, rival.judged, rival.report, colour, dashes))
    for name, scored, report, colour, dashes in lines:
        curve = precision_recall(scored.relevant, scored.relevance)
        if curve is None:
            continue
        label = f"{name}: AP {_number(report.relevance.ap)}"
        axes.plot(
            *(curve.recall, curve.precision),
            drawstyle="steps-post",
            color=colour,
            linestyle=dashes,
            linewidth=2.2,
            zorder=3 if name == "pivotwatch" else 2,
            label=label + bounds if name == "pivotwatch" else label,
        )
        floor = min(floor, curve.lowest(from_recall=SHOWN_FROM))
    _strict_points(axes, trial)
    axes.axhline(
        prevalence, color=GREY, linestyle=":", linewidth=1.2, label=f"chance: {prevalence:.3f}"
    )
    axes.set(xlim=(0, 1.01), ylim=(max(0, floor - 0.05), 1.01))
    axes.set(xlabel="Recall: share of the relevant articles that is found")
    axes.set(ylabel="Precision: share of the found that is relevant")
    axes.set_title(f"Relevance: precision and recall, {len(judged.langs)} articles")
    axes.grid()
    _legend(figure, axes, first="pivotwatch", columns=2)
    return figure


def _strict_points(axes: Axes, trial: Trial) -> None:
    """Mark where a rule stands that says only yes or no."""
    for rival in trial.rivals:
        if rival.strict is None:
            continue
        called = rival.judged.calls.any(axis=1)
        colour, _, marker = RIVAL_STYLES[rival.name]
        axes.plot(
            [rival.strict.recall],
            [float(trial.judged.relevant[called].mean())],
            marker,
            color=colour,
            markersize=10,
            markeredgecolor="white",
            label=f"{rival.name}: the rule as it stands",
        )


def _reliability(trial: Trial) -> Figure:
    from classifiers import reliability, reliability_by_lang

    judged = trial.judged
    whole = reliability(judged.relevant, judged.relevance)
    figure = _figure()
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.2, label="perfect")
    langs = sorted(reliability_by_lang(judged).items(), key=lambda item: -item[1].n)
    for (lang, own), (colour, dashes) in zip(langs, LANG_STYLES, strict=False):
        name = LANG_NAMES.get(lang, printable(lang, LONGEST_NAME))
        name = f"{name}: {own.n} articles, ECE {_number(own.ece)}"
        axes.plot(
            *_points(own, LEAST_IN_BIN), color=colour, linestyle=dashes, linewidth=1.3, label=name
        )
    filled = [one for one in whole.bins if one.share is not None]
    axes.errorbar(
        *_points(whole),
        yerr=[
            [(one.share or 0) - (one.least or 0) for one in filled],
            [(one.most or 0) - (one.share or 0) for one in filled],
        ],
        **{"color": BLUE, "linewidth": 2.2, "elinewidth": 1.2, "capsize": 3},
        marker="o",
        label=f"all: {whole.n} articles, 95 % intervals",
    )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.set_ylabel("Share that is relevant")
    axes.set_title(f"Reliability of relevance: ECE {_number(whole.ece)}, {whole.n} articles")
    axes.grid()
    _legend(figure, axes, first="all", columns=2)
    _counts(counts, whole)
    return figure


def _counts(axes: Axes, whole: Reliability) -> None:
    """Draw how many articles each bin of probability holds."""
    middles = [(one.low + one.high) / 2 for one in whole.bins]
    sizes = [one.n for one in whole.bins]
    bars = axes.bar(middles, sizes, width=0.092, color=BLUE, alpha=0.55)
    axes.bar_label(bars, fontsize=11, padding=2)
    axes.margins(y=0.35)
    axes.set(
        yticks=[], ylabel="Articles", xlabel="Relevance: the probability that pivotwatch gives"
    )
    axes.set_xticks([step / 10 for step in range(11)])
    axes.spines["left"].set_visible(False)


def _points(found: Reliability, least: int = 1) -> tuple[list[float], list[float]]:
    """Return mean probability and share of the bins that hold at least so many articles."""
    filled = [one for one in found.bins if one.n >= least]
    return [one.mean for one in filled], [one.share or 0.0 for one in filled]


def _signals(trial: Trial, names: Mapping[str, str]) -> Figure:
    figure = _figure()
    figure.set_size_inches(9, min(60, 2 + 0.4 * len(trial.report.signals)))
    axes = figure.add_subplot()
    signals = sorted(trial.report.signals, key=lambda s: (s.ap is not None, s.ap or 0, s.n))
    places = list(range(len(signals)))
    values = [signal.ap or 0.0 for signal in signals]
    axes.barh(places, values, height=0.62, color=BLUE, alpha=0.55, label="pivotwatch")
    _whiskers(axes, [trial.signal_intervals[signal.code] for signal in signals])
    for rival in trial.rivals:
        own = {signal.code: signal.ap for signal in rival.report.signals}
        colour, _, marker = RIVAL_STYLES[rival.name]
        shown = [(ap, at) for at, s in enumerate(signals) if (ap := own[s.code]) is not None]
        axes.plot(
            [ap for ap, _ in shown],
            [at for _, at in shown],
            marker,
            color=colour,
            markersize=8,
            markeredgecolor="white",
            clip_on=False,
            label=rival.name,
        )
    for at, signal in enumerate(signals):
        axes.text(1.02, at, str(signal.n) if signal.n else "none", va="center", fontsize=11)
    axes.text(1.02, len(signals) - 0.35, "articles", va="bottom", fontsize=11, color=GREY)
    axes.set(xlim=(0, 1), ylim=(-0.6, len(signals) - 0.4))
    axes.set_yticks(places, [_wrapped(names.get(s.code, s.code)) for s in signals], fontsize=11)
    axes.set_xlabel("Average precision, with 95 % interval")
    axes.set_title(f"Signals: macro-AP {_number(trial.report.macro_ap)}", pad=18)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    if trial.rivals:
        _legend(figure, axes, first="pivotwatch", columns=3)
    return figure


def _legend(figure: Figure, axes: Axes, *, first: str, columns: int) -> None:
    """Put the legend below, what starts with ``first`` first."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda at: not labels[at].startswith(first))
    figure.legend(
        *([handles[at] for at in order], [labels[at] for at in order]),
        loc="outside lower center",
        ncols=columns,
    )


def _whiskers(axes: Axes, intervals: Sequence[Interval | None]) -> None:
    """Draw the interval of each row that has one."""
    for at, one in enumerate(intervals):
        if one is not None and one.low >= 0:
            axes.plot([one.low, one.high], [at, at], color="black", linewidth=1.4, clip_on=False)


def _bounds(interval: Interval | None) -> str:
    if interval is None or interval.low < 0:
        return ""
    return f" [{interval.low:.3f}\N{EN DASH}{interval.high:.3f}]"


def _number(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.3f}"


def _wrapped(name: str) -> str:
    lines = textwrap.wrap(printable(name, 2 * LONGEST_NAME), LONGEST_NAME)
    return "\n".join(lines[:2]) or "?"
