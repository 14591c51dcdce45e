"""Messages that were given up, and sending again: ``alerts dead|replay|channels``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from alerts import recipients_of
from alerts.replay import replay_channel, replay_one
from archive import endpoints, replays
from archive.types import Endpoint, Message
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import Opened, opened
from desk.when import time_of
from flows import cycle

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def register(alerts: typer.Typer) -> None:
    """Add the commands to ``pivotwatch alerts``."""
    alerts.command()(dead)
    alerts.command()(replay)
    alerts.command()(channels)


def dead(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the messages that were given up, with the last error of each."""
    with opened() as desk, desk.archive.read() as connection:
        found = replays.dead(connection, limit)
    if as_json:
        show_json([_as_json(one) for one in found])
        return
    rows = [
        (m.id, f"{m.created:%Y-%m-%d %H:%M}", m.channel, m.recipient, m.attempts, m.error or "–")
        for m in found
    ]
    columns = ["id", "queued (UTC)", "channel", "recipient", "tries", "last error"]
    out.print(table(f"{len(rows)} messages given up", columns, rows))
    if rows:
        say("`pivotwatch alerts replay ID` sends one again, `--channel NAME` all of a channel")


def channels(as_json: Json = False) -> None:
    """Show how each channel fares, and each address that was refused."""
    with opened() as desk, desk.archive.read() as connection:
        found = endpoints.every(connection)
    if as_json:
        show_json(
            [
                {
                    "channel": one.channel,
                    "recipient": one.recipient,
                    "state": _state(one),
                    "tries": one.tries,
                    "strikes": one.strikes,
                    "failing_since": _iso(one.failing_since),
                    "last_ok": _iso(one.last_ok),
                    "disabled": _iso(one.disabled),
                    "reason": one.reason,
                }
                for one in found
            ]
        )
        return
    rows = [
        (one.channel, one.recipient or "–", _state(one), _short(one.last_ok), one.reason or "–")
        for one in found
    ]
    columns = ["channel", "address", "state", "last taken (UTC)", "last error"]
    out.print(table(f"{len(rows)} channels and addresses", columns, rows))


def replay(
    name: Annotated[
        str, typer.Argument(help="A message's id (`alerts dead`), or an alert's.")
    ] = "",
    channel: Annotated[
        str, typer.Option(help="Enable this channel and send all it has missed.")
    ] = "",
    since: Annotated[
        str, typer.Option(help="With --channel: nothing queued before, such as 2026-03-04.")
    ] = "",
) -> None:
    """Send again what was given up; everything keeps its id."""
    if bool(name) == bool(channel):
        raise DeskError("give an id, or --channel NAME; see `pivotwatch alerts replay --help`")
    if since and not channel:
        raise DeskError("--since goes with --channel")
    with opened() as desk:
        if name:
            found = replay_one(desk.archive, name, cycle.clock())
            say(f"due again: {len(found)} ({', '.join(m.id for m in found)})")
            return
        _replay_channel(desk, channel, time_of("--since", since))


def _replay_channel(desk: Opened, channel: str, since: datetime | None) -> None:
    with desk.archive.read() as connection:
        known = {one.channel for one in endpoints.every(connection)}
    configured = {r.channel for r in recipients_of(desk.settings.email, desk.settings.receivers)}
    if channel not in known | configured:
        names = ", ".join(sorted(configured)) or "none are configured"
        raise DeskError(f"{channel}: no such channel in {desk.home.config}; there are: {names}")
    done = replay_channel(desk.archive, channel, cycle.clock(), since)
    say(
        f"{channel}: {'enabled again; ' if done.enabled else ''}"
        f"{done.revived} given-up messages are due again, with whatever waited"
    )


def _state(one: Endpoint) -> str:
    if one.disabled is not None:
        return "disabled"
    return "failing" if one.failing_since is not None else "well"


def _as_json(one: Message) -> dict[str, object]:
    return {
        "id": one.id,
        "alert": one.alert_id,
        "revision": one.revision,
        "kind": one.kind,
        "channel": one.channel,
        "recipient": one.recipient,
        "queued": one.created.isoformat(),
        "tries": one.attempts,
        "error": one.error,
    }


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()


def _short(when: datetime | None) -> str:
    return "–" if when is None else f"{when:%Y-%m-%d %H:%M}"
