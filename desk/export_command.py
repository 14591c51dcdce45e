"""Handing alerts on to other programs: ``pivotwatch export``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alerts.exports import FORMATS, records
from desk.console import say
from desk.opening import opened
from desk.replacing import replace_file
from desk.when import time_of


class Format(StrEnum):
    """What can be written."""

    ATOM = "atom"
    STIX = "stix"
    MISP = "misp"
    CSV = "csv"
    JSONL = "jsonl"
    ICALENDAR = "icalendar"


def export(
    shape: Annotated[Format, typer.Option("--format", help="What to write.")],
    since: Annotated[str, typer.Option(help="Only alerts updated since, such as 2026-03-04.")] = "",
    to: Annotated[
        Path | None, typer.Option(help="A file, replaced as a whole (default: stdout).")
    ] = None,
) -> None:
    """Write alerts with their evidence for another program."""
    start = time_of("--since", since)
    with opened() as desk, desk.archive.read() as connection:
        found = records(connection, start)
    content = FORMATS[shape.value](found)
    if to is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    replace_file(to, content)
    say(f"{to}: {len(found)} alerts")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(export)
