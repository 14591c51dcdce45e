"""Labels: ``labels add|list|import|export``."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alerts.misses import lead
from archive import articles, ids
from archive import labels as label_store
from archive.types import Direction, Label
from classifiers import (
    Dialect,
    Judgement,
    detect_language,
    label_records,
    load_signals,
    read_judgements,
)
from classifiers.dialects import Judgements
from classifiers.judgement import FOR_CORPUS
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import Opened, opened
from flows.cycle import clock
from flows.model import seeds_folder

app = typer.Typer(
    help="Analysts' judgements; the next retraining learns from them.", no_args_is_help=True
)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
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
        show_json(list(label_records(found, Dialect.PIVOTWATCH, ())))
        return
    rows = [
        (f"{x.at:%Y-%m-%d %H:%M}", x.annotator, ", ".join(x.labels) or "none", x.direction, x.text)
        for x in found
    ]
    columns = ["when (UTC)", "who", "signals", "direction", "passage"]
    out.print(table(f"{len(rows)} labels", columns, rows))


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="Labels: our JSON Lines, or what an annotation tool exports.")
    ],
    dialect: Annotated[
        Dialect | None,
        typer.Option("--format", help="Whose form the file has; default: told from its content."),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Who judged; default: whom the file names, else your login name.")
    ] = "",
) -> None:
    """Add labels from a file; nothing is added when a record is wrong."""
    with opened() as desk:
        signals = load_signals(seeds_folder(desk.settings) / "signals.toml")
        read = read_judgements(file, signals, dialect)
        with desk.archive.write() as connection:
            stored = label_store.every(connection)
            labels = _as_labels(read.judgements, stored, by, f"file:{file.name}")
            here = articles.current(connection, {x.article_id for x in labels if x.article_id})
            labels = [x if x.article_id in here else replace(x, article_id=None) for x in labels]
            counts = _weighed(labels, stored)
            label_store.add(connection, counts.fresh)
    say(f"{file} ({read.dialect}): {counts.told()}{_skipped(read.skipped)}")
    for note in _notes(read):
        say(f"note: {note}")


@app.command()
def export(
    dialect: Annotated[
        Dialect, typer.Option("--format", help="Whose form to write.")
    ] = Dialect.PIVOTWATCH,
) -> None:
    """Write the labels to stdout: JSON Lines, or one JSON list for Label Studio."""
    with opened() as desk:
        signals = load_signals(seeds_folder(desk.settings) / "signals.toml")
        with desk.archive.read() as connection:
            labels = label_store.every(connection)
    records = label_records(labels, dialect, signals)
    if dialect is Dialect.LABEL_STUDIO:
        show_json(list(records))
        return
    for record in records:
        show_json(record, indent=None)


@dataclass(frozen=True, slots=True)
class _Counts:
    """The labels to store: new ones and changed ones; how many are as stored, or older."""

    new: tuple[Label, ...]
    changed: tuple[Label, ...]
    known: int
    older: int

    @property
    def fresh(self) -> tuple[Label, ...]:
        return (*self.new, *self.changed)

    def told(self) -> str:
        """Return the counts in words."""
        total = len(self.new) + len(self.changed) + self.known + self.older
        words = [f"{total} labels", f"{len(self.new)} of them new"]
        words += [f"{len(self.changed)} changed"] if self.changed else []
        words += [f"{self.known} known"] if self.known else []
        words += [f"{self.older} older than what is stored, or undated"] if self.older else []
        return ", ".join(words)


def _as_labels(
    judgements: Sequence[Judgement], stored: Sequence[Label], by: str, source: str
) -> list[Label]:
    """Return ``judgements`` as labels, the last one for each text and person.

    A text and person that are stored keep their id, a free id of the file is kept, and any other
    follows from text and person. What has no time is of now if it is new, and older than anything
    if it is stored.
    """
    now, login = clock(), by or getpass.getuser()
    before = {one.id for one in stored}
    ids_of = {(one.text, one.annotator): one.id for one in stored}
    owners = {one.id: (one.text, one.annotator) for one in stored}
    found: dict[tuple[str, str], Label] = {}
    for one in judgements:
        key = one.text, by or one.annotator or login
        own = ids_of.get(key) or one.id
        if not own or owners.get(own, key) != key:
            own = _id(*key)
        ids_of[key], owners[own] = own, key
        found[key] = Label(
            id=own,
            article_id=one.article or None,
            text=one.text,
            lang=one.lang,
            labels=one.labels,
            direction=one.direction or Direction.NONE,
            annotator=key[1],
            source=source,
            at=one.at or (_LONG_AGO if own in before else now),
        )
    return list(found.values())


def _weighed(labels: Sequence[Label], stored: Sequence[Label]) -> _Counts:
    """Return which of ``labels`` are to be stored: the later judgement of a person counts."""
    before = {one.id: one for one in stored}
    new = [one for one in labels if one.id not in before]
    known = [one for one in labels if one.id in before and _agree(one, before[one.id])]
    other = [one for one in labels if one.id in before and not _agree(one, before[one.id])]
    changed = [one for one in other if one.at >= before[one.id].at]
    return _Counts(tuple(new), tuple(changed), len(known), len(other) - len(changed))


def _agree(one: Label, other: Label) -> bool:
    return set(one.labels) == set(other.labels) and one.direction == other.direction


def _notes(read: Judgements) -> Iterator[str]:
    """Yield what the labels do not keep of the file."""
    silent = sum(one.direction is None and bool(one.labels) for one in read.judgements)
    if silent:
        yield f"{silent} with a signal say no direction and are stored with none"
    if FOR_CORPUS in read.skipped:
        yield (
            f"{read.skipped[FOR_CORPUS]} have a role other than news or a split other than train; "
            "a label has neither, so put them into passages/ of your corpus"
        )
    lost = sum(one.loses_event for one in read.judgements)
    if lost:
        yield (
            f"{lost} name an event, but a label is an event of its own, or of its article: their "
            "events are not kept; put files with events into passages/ of your corpus"
        )


def _skipped(skipped: Mapping[str, int]) -> str:
    if not skipped:
        return ""
    return "; skipped " + ", ".join(f"{count} {why}" for why, count in sorted(skipped.items()))


def _id(text: str, annotator: str) -> str:
    return "lb_" + ids.digest(text, annotator, length=16)


def _label(
    desk: Opened, what: str, signals: tuple[str, ...], direction: Direction, by: str
) -> Label:
    with desk.archive.read() as connection:
        article = articles.get(connection, what)
    text = lead(article) if article else what
    if not article and len(text.split()) < 3:
        raise DeskError(f"{what}: no such article, and too short for a passage")
    return Label(
        id=_id(text, by),
        article_id=article.id if article else None,
        text=text,
        lang=article.lang if article else detect_language(text),
        labels=signals,
        direction=direction,
        annotator=by,
        source="cli",
        at=clock(),
    )
