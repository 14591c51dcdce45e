"""Labels: ``labels add|list|import|export``."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from archive import articles, ids
from archive import labels as label_store
from archive.types import Article, Direction, Label
from classifiers import detect_language, load_signals, read_passages
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import Opened, opened
from flows.cycle import clock
from flows.model import seeds_folder

app = typer.Typer(
    help="Analysts' judgements; the next retraining learns from them.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command()
def add(
    what: Annotated[str, typer.Argument(help="A passage, or an article's id or URL.")],
    signal: Annotated[
        list[str] | None, typer.Option(help="A signal it carries; repeat for more, none for none.")
    ] = None,
    direction: Annotated[Direction, typer.Option(help="Where it says Armenia is heading.")] = (
        Direction.NONE
    ),
    by: Annotated[str, typer.Option(help="Who judges; default: your login name.")] = "",
) -> None:
    """Judge a passage or an article."""
    with opened() as desk:
        known = {s.code for s in load_signals(seeds_folder(desk.settings) / "signals.toml")}
        unknown = sorted(set(signal or ()) - known)
        if unknown:
            names = ", ".join(sorted(known))
            raise DeskError(f"--signal {unknown[0]}: no such signal; the signals are {names}")
        label = _label(desk, what, tuple(signal or ()), direction, by or getpass.getuser())
        with desk.archive.write() as connection:
            label_store.add(connection, [label])
    say(f"label {label.id} stored; it is learnt at the next retraining")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the labels, oldest first."""
    with opened() as desk, desk.archive.read() as connection:
        found = label_store.every(connection)
    if as_json:
        show_json([_passage(label) for label in found])
        return
    rows = [
        (f"{x.at:%Y-%m-%d %H:%M}", x.annotator, ", ".join(x.labels) or "none", x.direction, x.text)
        for x in found
    ]
    columns = ["when (UTC)", "who", "signals", "direction", "passage"]
    out.print(table(f"{len(rows)} labels", columns, rows))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Labelled passages, JSON Lines as in seeds/.")],
    by: Annotated[str, typer.Option(help="Who judged; default: your login name.")] = "",
) -> None:
    """Add labelled passages from a file; nothing is added when a line is wrong."""
    with opened() as desk:
        signals = load_signals(seeds_folder(desk.settings) / "signals.toml")
        now = clock()
        found = [
            Label(
                id="lb_" + ids.digest(passage.text, passage.id, length=16),
                article_id=None,
                text=passage.text,
                lang=passage.lang,
                labels=passage.labels,
                direction=passage.direction,
                annotator=by or getpass.getuser(),
                source=f"file:{file.name}",
                at=now,
            )
            for passage in read_passages(file, signals)
        ]
        with desk.archive.write() as connection:
            label_store.add(connection, found)
    say(f"{file}: {len(found)} labels")


@app.command()
def export() -> None:
    """Write the labels to stdout as labelled passages, JSON Lines as in seeds/."""
    with opened() as desk, desk.archive.read() as connection:
        for label in label_store.every(connection):
            show_json(_passage(label), indent=None)


def _label(
    desk: Opened, what: str, signals: tuple[str, ...], direction: Direction, by: str
) -> Label:
    with desk.archive.read() as connection:
        article = articles.get(connection, what)
    text = _lead(article) if article else what
    if not article and len(text.split()) < 3:
        raise DeskError(f"{what}: no such article, and too short for a passage")
    return Label(
        id="lb_" + ids.digest(text, by, length=16),
        article_id=article.id if article else None,
        text=text,
        lang=article.lang if article else detect_language(text),
        labels=signals,
        direction=direction,
        annotator=by,
        source="cli",
        at=clock(),
    )


def _lead(article: Article) -> str:
    """Return what stands for a whole article as a passage: title and first paragraph."""
    return f"{article.title}. {article.text.partition(chr(10))[0]}"


def _passage(label: Label) -> dict[str, Any]:
    return {
        "id": label.id,
        "text": label.text,
        "lang": label.lang,
        "labels": list(label.labels),
        "direction": label.direction.value,
        "role": "news",
        "event": label.id,
        "source": {"document": "analyst", "outlet": "", "date": f"{label.at:%Y-%m-%d}"},
        "annotator": label.annotator,
        "split": "train",
    }
