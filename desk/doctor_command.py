"""The verb ``doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any

import typer
from rich.text import Text

from alerts.check import Check, CheckState
from desk.console import bars, out, say, show_json, table
from desk.errors import DeskError
from flows.doctor import examine
from flows.home import Home

_STYLES = {
    CheckState.OK: "green",
    CheckState.PROBLEM: "bold red",
    CheckState.NOTE: "yellow",
    CheckState.SKIPPED: "dim",
}


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(doctor)


def doctor(
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody outside this machine.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program to read.")
    ] = False,
) -> None:
    """Look everything over (mail, webhooks, clock, disk, model, feeds …) and say the remedies."""
    with bars() as progress:
        checks = asyncio.run(examine(Home.find(), progress.counted, offline=offline))
    states = Counter(check.state for check in checks)
    problems = states[CheckState.PROBLEM]
    if as_json:
        show_json({"ok": not problems, "checks": [_plain(check) for check in checks]})
    else:
        rows = [_row(check) for check in checks]
        out.print(table("pivotwatch doctor", ["what", "state", "found", "remedy"], rows))
        say("; ".join(f"{count} {state.value}" for state, count in states.items()))
    if problems:
        raise DeskError(f"{problems} of {len(checks)} checks found a problem; see their remedies")


def _row(check: Check) -> tuple[object, ...]:
    state = Text(check.state.value, style=_STYLES[check.state])
    return check.name, state, check.detail, check.remedy


def _plain(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "state": check.state.value,
        "detail": check.detail,
        "remedy": check.remedy,
    }
