"""The verb ``audit``, and what ``status`` says of the last one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import anyio
import typer

from archive import Archive, heartbeats
from archive.heartbeats import Beat
from desk.console import out, say, show_json
from desk.errors import DeskError
from desk.opening import Opened, opened
from flows import auditing
from flows.auditing import AUDIT, HEARTBEAT, SINCE, Audit
from flows.cycle import clock
from flows.server import find_running
from flows.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(audit)


def audit(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program to read.")
    ] = False,
) -> None:
    """Look once whether anything is overdue, silent or stuck; if not, send the heartbeat."""
    with opened() as desk:
        found = anyio.run(_audit, desk)
    for line in auditing.lines(found)[len(found.problems) :]:
        say(f"note: {line}")
    if as_json:
        show_json(_as_json(found))
    elif found.ok:
        out.print(f"audit: all is well{'; the heartbeat was sent' if found.sent else ''}")
    if not found.ok:
        raise DeskError("\n".join(found.problems))


def last_audit(archive: Archive, settings: Settings, now: datetime) -> dict[str, Any] | None:
    """Return what ``status --json`` says of the last audit; None before the first."""
    with archive.read() as connection:
        beats = heartbeats.every(connection)
    last, sent = beats.get(AUDIT), beats.get(HEARTBEAT)
    if last is None:
        return None
    return {
        "at": _iso(last.at),
        "ok": last.ok,
        "since": _iso(beats.get(SINCE, last).at),
        "late": now - last.at > auditing.gap_of(settings),
        "problems": last.detail.splitlines(),
        "heartbeat": _heartbeat(sent) if sent and settings.audit.address() else None,
    }


def line_of(last: dict[str, Any] | None, now: datetime) -> str:
    """Return what ``status`` says of the last audit, in one line or one a problem."""
    if last is None:
        return "never yet"
    at, since = (datetime.fromisoformat(last[key]) for key in ("at", "since"))
    problems: list[str] = last["problems"]
    found = (
        f"ok {_ago(at, now)}"
        if last["ok"]
        else f"{_count(len(problems))} since {since:%Y-%m-%d %H:%M} UTC: " + "\n".join(problems)
    )
    if last["late"]:
        run = "is `pivotwatch up`, cron or a worker running?"
        found = f"none since {at:%Y-%m-%d %H:%M} UTC: {run} It was {found}"
    beat = last["heartbeat"]
    failed = beat is not None and not beat["ok"] and last["ok"]
    if not failed:
        return found
    sent = datetime.fromisoformat(beat["at"])
    return f"{found}; the heartbeat of {sent:%Y-%m-%d %H:%M} UTC did not arrive: {beat['error']}"


async def _audit(desk: Opened) -> Audit:
    is_up = find_running(desk.home) is not None
    return await auditing.audit(
        desk.home, desk.settings, desk.archive, clock(), is_up=is_up, is_scheduled=False
    )


def _as_json(found: Audit) -> dict[str, Any]:
    return {
        "at": _iso(found.at),
        "ok": found.ok,
        "since": _iso(found.since),
        "problems": list(found.problems),
        "notes": list(found.notes),
        "heartbeat": {"sent": found.sent, "error": found.failure},
    }


def _heartbeat(one: Beat) -> dict[str, Any]:
    return {"at": _iso(one.at), "ok": one.ok, "error": one.detail or None}


def _count(number: int) -> str:
    return f"{number} problem{'s' * (number != 1)}"


def _ago(at: datetime, now: datetime) -> str:
    minutes = max(0, round((now - at) / timedelta(minutes=1)))
    return f"{minutes} minute{'s' * (minutes != 1)} ago"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
