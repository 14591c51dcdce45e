"""What a person does with alerts: ``alerts ack|snooze|close|reopen|mute|unmute|mutes``."""

from __future__ import annotations

import getpass
import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from alerts import mutes as muting
from alerts import states
from archive import mutes as mute_store
from archive.types import Alert, AlertState, Mute, MuteKind
from desk.console import out, say, show_json, table
from desk.mutable import check_mutable
from desk.opening import Opened, opened
from flows import cycle

AlertId = Annotated[str, typer.Argument(help="An alert's id, as `alerts list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Who does this; default: your login name.")]
Why = Annotated[str, typer.Option("--why", help="Why, for those who look later.")]
For = Annotated[str, typer.Option("--for", help="How long: 30m, 8h, 7d.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
_DURATION = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def register(app: typer.Typer) -> None:
    """Add the verbs to the group ``alerts``."""
    for verb in (ack, snooze, close, reopen, mute, unmute, mutes):
        app.command()(verb)


def ack(alert_id: AlertId, by: By = "", why: Why = "") -> None:
    """Say that you have an alert in hand: a further source is not told any more."""
    who = _who(by)
    with opened() as desk, desk.archive.write() as connection:
        states.check_new(connection, alert_id, AlertState.ACKED, who)
        _said(states.acknowledge(connection, alert_id, who, cycle.clock(), why))


def snooze(alert_id: AlertId, length: For, by: By = "", why: Why = "") -> None:
    """Lay an alert aside for a time; it comes back then, or before if it gets worse."""
    now = cycle.clock()
    until = now + _length(length)
    with opened() as desk, desk.archive.write() as connection:
        _said(states.snooze(connection, alert_id, _who(by), until, now, why))


def close(alert_id: AlertId, by: By = "", why: Why = "") -> None:
    """Say that an alert is done with; new evidence reopens it."""
    who = _who(by)
    with opened() as desk, desk.archive.write() as connection:
        states.check_new(connection, alert_id, AlertState.CLOSED, who)
        _said(states.close(connection, alert_id, who, cycle.clock(), why))


def reopen(alert_id: AlertId, by: By = "", why: Why = "") -> None:
    """Take back an acknowledgement, a snooze or a closing."""
    who = _who(by)
    with opened() as desk, desk.archive.write() as connection:
        states.check_new(connection, alert_id, AlertState.OPEN, who)
        _said(states.reopen(connection, alert_id, who, cycle.clock(), why))


def mute(
    kind: Annotated[MuteKind, typer.Argument(help="rule, outlet, signal or story.")],
    value: Annotated[str, typer.Argument(help="Its name, code or id.")],
    length: For,
    reason: Annotated[str, typer.Option("--reason", help="Why; everybody sees it.")],
    by: By = "",
) -> None:
    """Tell nothing of a rule, an outlet, a signal or a story for a time; corrections still come."""
    now = cycle.clock()
    until = now + _length(length)
    with opened() as desk:
        with desk.archive.read() as connection:
            check_mutable(connection, desk.settings, kind, value)
        with desk.archive.write() as connection:
            made = muting.mute(
                connection, kind, value, author=_who(by), reason=reason, until=until, now=now
            )
    say(f"{made.id}: {_mute_line(made)}")


def unmute(
    mute_id: Annotated[str, typer.Argument(help="A mute's id, as `alerts mutes` shows it.")],
) -> None:
    """End a mute before its time."""
    with opened() as desk, desk.archive.write() as connection:
        muting.unmute(connection, mute_id, cycle.clock())
    say(f"{mute_id}: lifted")


def mutes(
    everything: Annotated[bool, typer.Option("--all", help="Past ones too.")] = False,
    as_json: Json = False,
) -> None:
    """Show what is muted, by whom, why and until when."""
    with opened() as desk:
        found = _mutes(desk, everything=everything)
    if as_json:
        show_json([_mute_json(one) for one in found])
        return
    rows = [
        (one.id, one.kind, one.value, one.author, one.reason, _stamp(one.lifted or one.expires))
        for one in found
    ]
    columns = ["id", "kind", "what", "by", "reason", "until (UTC)"]
    out.print(table(f"{len(rows)} mutes", columns, rows))


def _mutes(desk: Opened, *, everything: bool) -> list[Mute]:
    with desk.archive.read() as connection:
        if everything:
            return mute_store.every(connection)
        return mute_store.active(connection, cycle.clock())


def _said(alert: Alert) -> None:
    until = f" until {_stamp(alert.state_until)} UTC" if alert.state_until else ""
    say(f"{alert.id}: {alert.state} by {alert.state_by}{until}")


def _mute_line(one: Mute) -> str:
    return f"{one.kind} {one.value} is muted until {_stamp(one.expires)} UTC"


def _mute_json(one: Mute) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "value": one.value,
        "author": one.author,
        "reason": one.reason,
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat(),
        "lifted": one.lifted.isoformat() if one.lifted else None,
    }


def _length(text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise typer.BadParameter("write a number and m, h or d, such as 8h", param_hint="--for")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _who(by: str) -> str:
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise typer.BadParameter("nobody is named; say who you are", param_hint="--by") from None


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"
