"""Printing: results to stdout, everything else to stderr, JSON where a program reads it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

out = Console()
err = Console(stderr=True)


def say(message: str) -> None:
    """Tell the user something that is not the result."""
    err.print(Text(message), soft_wrap=True)


def complain(message: str) -> None:
    """Tell the user what went wrong, a line for each problem."""
    for line in message.splitlines():
        err.print(Text("error: ", style="bold red") + Text(line), soft_wrap=True)


def show_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a value as JSON, in letters as they are."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        sys.stdout.write(text + "\n")
    except UnicodeEncodeError:  # a lone surrogate from outside, or a terminal without UTF-8
        sys.stdout.write(json.dumps(value, indent=indent) + "\n")


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """Return a table whose cells are shown as they are: no markup from outside."""
    made = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for name in columns:
        made.add_column(name, overflow="fold", no_wrap=name == "id")  # ids are copied
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


class Bars:
    """Progress bars, one for each kind of work, created when the work is first reported."""

    def __init__(self, progress: Progress) -> None:
        """Draw on ``progress``."""
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def counted(self, what: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` are finished."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)

    def share(self, what: str, fraction: float) -> None:
        """Report that a fraction (0 to 1) is finished."""
        self.counted(what, round(fraction * 100), 100)


@contextmanager
def bars() -> Iterator[Bars]:
    """Show progress on a terminal for the length of the block; elsewhere show nothing."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield Bars(progress)
