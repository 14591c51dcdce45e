"""The labelled corpus: ``seeds check|import``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import classifiers
from desk.console import Bars, bars, complain, out, say, show_json, table
from desk.documents import Documents, read_documents
from desk.errors import DeskError
from desk.opening import settings_if_any
from desk.using import used_model
from flows import model as models
from flows.home import Home

if TYPE_CHECKING:
    from classifiers import Corpus, Proposal, SeedFinding

app = typer.Typer(help="The labelled corpus that the classifier learns from.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command()
def check(
    seeds: Annotated[
        Path | None, typer.Option(help="The corpus folder; default: the configured one.")
    ] = None,
    originals: Annotated[
        Path | None,
        typer.Option(help="Founding documents whose wording no passage may repeat: a folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Name what is wrong or weak in the corpus: form, copies, conflicts, balance, wording."""
    folder = seeds or models.seeds_folder(settings_if_any(Home.find()))
    try:
        corpus = classifiers.load_corpus(folder)
    except classifiers.CorpusError as error:
        if as_json:
            form = [_plain("form", (), problem) for problem in error.problems]
            show_json({"passages": None, "balance": [], "faults": form, "notes": []})
            raise typer.Exit(1) from None
        raise
    with bars() as shown:
        texts = _originals(originals, shown) if originals else {}
        found = classifiers.check_seeds(corpus, texts, shown.share)
    if as_json:
        show_json(_checked(corpus, found))
    else:
        _show(folder, corpus, found)
    if any(one.is_fault for one in found):
        raise typer.Exit(1)


@app.command("import")
def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Your documents: .txt, .md, .html, .jsonl.")
    ],
    file: Annotated[
        Path | None, typer.Option("--out", help="A new file for the passages; default: stdout.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many passages at most.")] = 50,
) -> None:
    """Propose passages of your own documents to label; nothing of them is stored."""
    home = Home.find()
    settings = settings_if_any(home)
    if file is not None and file.exists():
        raise DeskError(f"{file}: exists, and may hold your labels; name a new file")
    with bars() as shown:
        read = read_documents(folder, shown)
        model = used_model(home, settings, shown)
        held = [passage.text for passage in models.corpus(home, settings).passages]
        proposals = classifiers.propose(model, read.found, held, limit, shown.share)
    _write(proposals, file)
    _sum_up(read, proposals, file)


def _originals(folder: Path, shown: Bars) -> dict[str, str]:
    """Return the founding documents by name; one that cannot be read ends the check."""
    read = read_documents(folder, shown)
    if read.faults:
        raise DeskError("\n".join(read.faults))
    return {document.name: document.text for document in read.found}


def _show(folder: Path, corpus: Corpus, found: Sequence[SeedFinding]) -> None:
    rows = [
        (row.signal, row.role, *row.counts.values(), sum(row.counts.values()))
        for row in classifiers.balance(corpus)
    ]
    languages = classifiers.balance(corpus)[0].counts
    columns = ["signal", "role", *languages, "all"]
    out.print(table(f"{folder}: {len(corpus.passages)} passages", columns, rows))
    for one in found:
        if one.is_fault:
            complain(one.message)
        else:
            out.print(Text(f"note: {one.message}"), soft_wrap=True)
    faults = sum(one.is_fault for one in found)
    say(f"{faults} faults, {len(found) - faults} notes")


def _checked(corpus: Corpus, found: Sequence[SeedFinding]) -> dict[str, Any]:
    return {
        "passages": len(corpus.passages),
        "balance": [
            {"signal": row.signal, "role": row.role} | dict(row.counts)
            for row in classifiers.balance(corpus)
        ],
        "faults": [_plain(f.kind, f.passages, f.message) for f in found if f.is_fault],
        "notes": [_plain(f.kind, f.passages, f.message) for f in found if not f.is_fault],
    }


def _plain(kind: str, passages: Sequence[str], message: str) -> Mapping[str, object]:
    return {"kind": kind, "passages": list(passages), "message": message}


def _write(proposals: Sequence[Proposal], file: Path | None) -> None:
    records = [proposal.record() for proposal in proposals]
    if file is None:
        for record in records:
            show_json(record, indent=None)
        return
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    try:
        with file.open("x", encoding="utf-8") as target:
            target.writelines(lines)
    except OSError as error:
        raise DeskError(f"{file}: {error.strerror}; name a file that can be written") from None


def _sum_up(read: Documents, proposals: Sequence[Proposal], file: Path | None) -> None:
    """Say how many passages are proposed, and which files could not be read."""
    relevant = sum(proposal.why == "relevant" for proposal in proposals)
    where = f" in {file}" if file else ""
    say(
        f"{len(read.found)} documents: {len(proposals)} passages proposed{where}, {relevant} as "
        f"relevant, {len(proposals) - relevant} as uncertain; labels and direction are yours"
    )
    if read.faults:
        complain("\n".join(read.faults))
        raise typer.Exit(1)
