"""The classifier at the desk: ``train``, ``score``, ``explain``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

import classifiers
from archive.types import Contribution
from desk.console import Bars, bars, out, say, show_json, table
from desk.explain_story import decision_lines, decisions_json
from desk.figure_table import show_figures
from desk.finding import Found, find_articles
from desk.labelled import source
from desk.opening import settings_if_any
from desk.using import used_model
from flows import model as models
from flows.home import Home

if TYPE_CHECKING:
    from classifiers import Explanation, Model

BATCH = 64
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command()(train)
    app.command()(score)
    app.command()(explain)


def train(as_json: Json = False) -> None:
    """Check the labelled corpus, train the classifier on it, and report cross-validated figures."""
    home = Home.find()
    settings = settings_if_any(home)
    with bars() as shown:
        model = models.train_new(home, settings, shown.share)
    path = home.models / f"{model.id}.skops"
    if as_json:
        show_json(_figures(model) | {"model": model.id, "file": str(path)})
        return
    show_figures(f"{model.id}, cross-validated", _figures(model))
    say(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB) and its card {path.stem}.md")


def score(
    file: Annotated[str, typer.Argument(help="Articles, JSON Lines; - reads stdin.")],
) -> None:
    """Write one JSON line an article: relevance, direction, signals, evidence."""
    with bars() as shown:
        model = _model(shown)
    with source(file) as opened:
        articles = (labelled.article for labelled in classifiers.read_articles(opened, file))
        while batch := list(islice(articles, BATCH)):
            for one in model.score(batch):
                show_json(classifiers.score_line(one), indent=None)


def explain(
    what: Annotated[str, typer.Argument(help="A file, a URL, or the id of an article or story.")],
    as_json: Json = False,
) -> None:
    """Say why an article scores as it does, and why it was, or was not, an alert."""
    home = Home.find()
    with bars() as shown:
        model = _model(shown)
    found = find_articles(home, what)
    for number, one in enumerate(found):
        explanation = classifiers.explain(model, one.article)
        if as_json:
            show_json(_explained(explanation, one), indent=None)
            continue
        first = number == 0 or one.story_id is None  # all others are of the same story
        if one.kept and first:
            _show_decisions(explanation, one)
            out.print()
        _show_explanation(explanation, one)
        if not one.kept:
            _show_decisions(explanation, one)


def _model(shown: Bars) -> Model:
    home = Home.find()
    return used_model(home, settings_if_any(home), shown)


def _figures(model: Model) -> dict[str, object]:
    return model.figures.as_dict() if model.figures else {"model": model.id}


def _show_decisions(explanation: Explanation, found: Found) -> None:
    for line in decision_lines(found, explanation):
        out.print(Text(line), soft_wrap=True)


def _show_explanation(explanation: Explanation, found: Found) -> None:
    score = explanation.score
    out.print(Text(found.article.title or found.article.id, style="bold"))
    out.print(
        f"relevance {score.relevance:.2f}, direction {score.direction}, model {score.model_id}"
    )
    rows = [
        (
            v.name,
            f"{v.probability:.2f}",
            f"{v.threshold:.2f}",
            _reasons(v.favour[:4]),
            _reasons(v.against[:2]),
        )
        for v in explanation.signals[:5]
    ]
    columns = ["signal", "probability", "threshold", "for", "against"]
    out.print(table("signals, highest first", columns, rows))
    for evidence in score.evidence:
        for passage in evidence.passages:
            out.print(Text(f"  {evidence.signal}: “{passage.text}”"))
        for passage in evidence.counter:
            out.print(Text(f"  against it: “{passage.text}”"))


def _reasons(reasons: Sequence[Contribution]) -> str:
    return ", ".join(f"{r.concept} ({r.surface}) {r.weight:+.2f}" for r in reasons)


def _explained(explanation: Explanation, found: Found) -> dict[str, object]:
    def plain(reasons: Sequence[Contribution]) -> list[dict[str, object]]:
        return [{"concept": r.concept, "surface": r.surface, "weight": r.weight} for r in reasons]

    return classifiers.score_line(explanation.score) | {
        "for": plain(explanation.favour),
        "against": plain(explanation.against),
        "verdicts": [
            {
                "signal": v.code,
                "probability": v.probability,
                "threshold": v.threshold,
                "for": plain(v.favour),
                "against": plain(v.against),
            }
            for v in explanation.signals
        ],
        "decisions": decisions_json(found),
    }
