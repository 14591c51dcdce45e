"""The raw pages behind the evidence: ``archive list|show|export|prune``."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from sqlalchemy.engine import Connection

from alerts.clean import clean
from archive import aliases, articles
from archive import captures as capture_store
from archive.captures import Listed, Version
from archive.types import Article, Capture
from desk.archive_show import Shown, as_data, capture_data, print_shown
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import opened
from feeds import CaptureError, Captures, canonical
from flows import keeping
from flows.cycle import clock

if TYPE_CHECKING:
    from feeds.warc import Description

NARROW = 110
"""Columns of a terminal; on fewer a table would leave the titles too little room."""

app = typer.Typer(help="The raw pages behind the evidence.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Key = Annotated[str, typer.Argument(help="An article's id or URL.", metavar="ID_OR_URL")]
Number = Annotated[
    int | None, typer.Option("--version", min=1, help="Which version; default: the newest kept.")
]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest captures that are kept, and how much they take."""
    with opened() as desk, desk.archive.read() as connection:
        found = capture_store.recent(connection, limit)
        held = capture_store.held(connection)
    if as_json:
        show_json(
            [
                {
                    **{"article": one.capture.article_id, "version": one.capture.version},
                    **{"url": one.url, "outlet": one.outlet, "title": one.title},
                    **capture_data(one.capture),
                }
                for one in found
            ]
        )
        return
    title = f"{held.count} captures, {held.size / 1e6:.1f} MB"
    if out.width < NARROW:
        out.print(Text(title, style="italic"))
        for one in found:
            out.print(Text(_in_lines(one)))
        return
    rows = [
        (
            one.capture.article_id,
            one.capture.version,
            f"{one.capture.taken:%Y-%m-%d %H:%M}",
            f"{one.capture.size / 1000:.0f} kB",
            clean(one.outlet),
            clean(one.title),
        )
        for one in found
    ]
    out.print(table(title, ["id", "version", "fetched (UTC)", "size", "outlet", "title"], rows))


@app.command()
def show(key: Key, version: Number = None, as_json: Json = False) -> None:
    """Show an article, whose text it is, what its publisher reserves, and whether the raw page
    that it was read from is kept as it was."""
    with opened() as desk:
        with desk.archive.read() as connection:
            article = _article(connection, key)
            versions = capture_store.versions(connection, article.id)
            source = articles.get(connection, article.copy_of) if article.copy_of else None
            origin = articles.get(connection, article.origin) if article.copy_of else None
        captures = keeping.captures_of(desk.home, desk.settings)
    chosen = _chosen(versions, version) or versions[0]
    state, page = _examined(captures, chosen.capture)
    shown = Shown(article, tuple(versions), chosen, state, page, source, origin)
    if as_json:
        show_json(as_data(shown))
    else:
        print_shown(shown)


@app.command()
def export(
    key: Key,
    version: Number = None,
    to: Annotated[Path | None, typer.Option(help="A new file; default: stdout.")] = None,
) -> None:
    """Write the raw page as a WARC file, once its SHA-256 is checked."""
    with opened() as desk:
        with desk.archive.read() as connection:
            article = _article(connection, key)
            versions = capture_store.versions(connection, article.id)
        captures = keeping.captures_of(desk.home, desk.settings)
    chosen = _chosen(versions, version)
    if chosen is None or chosen.capture is None:
        raise DeskError(
            f"{article.url}: no raw page of this article is kept; "
            "only those that became evidence are"
        )
    try:
        document = captures.read(chosen.capture)
    except CaptureError as error:
        raise DeskError(f"{error}; restore it from a backup") from error
    if to is None:
        _write_to_stdout(document)
    else:
        _write(to, document)
        say(f"{to}: {len(document)} bytes, SHA-256 {chosen.capture.sha256}")


@app.command()
def prune(
    days: Annotated[float, typer.Option(min=1, help="Keep those fetched in so many days.")],
) -> None:
    """Delete the raw pages that were fetched longer ago; the articles stay."""
    with opened() as desk:
        captures = keeping.captures_of(desk.home, desk.settings)
        count = keeping.prune(desk.archive, captures, clock() - timedelta(days=days))
    say(f"{count} captures deleted")


def _in_lines(one: Listed) -> str:
    """Return what is listed of a capture for a terminal that is too narrow for a table."""
    kept = one.capture
    return (
        f"{kept.article_id}\n  version {kept.version}, {kept.taken:%Y-%m-%d %H:%M} UTC, "
        f"{kept.size / 1000:.0f} kB\n  {clean(one.outlet)}: {clean(one.title)}"
    )


def _article(connection: Connection, key: str) -> Article:
    """Return the article with an id, or with a URL under which it is known."""
    address = key if key.startswith("a_") else canonical(key) or key
    found = articles.get(connection, aliases.resolve(connection, [address]).get(address, address))
    if found is None:
        raise DeskError(f"{key}: no such article; name its id or URL as an alert shows it")
    return found


def _chosen(versions: list[Version], number: int | None) -> Version | None:
    """Return the version that is asked for, or the newest of which the raw page is kept."""
    if number is None:
        return next((one for one in versions if one.capture is not None), None)
    for one in versions:
        if one.version == number:
            return one
    raise DeskError(f"version {number}: there is none; the newest is {versions[0].version}")


def _examined(captures: Captures, capture: Capture | None) -> tuple[str, Description | None]:
    """Return in words whether a capture is there as it was written, and what it holds."""
    from feeds.warc import WarcError, described

    if capture is None:
        return "not kept", None
    try:
        return "verified", described(captures.read(capture))
    except (CaptureError, WarcError) as error:
        return f"not verified: {error}", None


def _write_to_stdout(document: bytes) -> None:
    if sys.stdout.isatty():
        raise DeskError("a WARC file is not for a terminal; name a file with --to, or pipe it")
    sys.stdout.buffer.write(document)
    sys.stdout.buffer.flush()


def _write(file: Path, document: bytes) -> None:
    try:
        with file.open("xb") as target:
            target.write(document)
    except FileExistsError:
        raise DeskError(f"{file}: exists; name a new file") from None
    except OSError as error:
        raise DeskError(f"{file}: cannot be written: {error.strerror or error}") from None
