"""Alerts: ``alerts list|show|test``, and the verb ``digest``."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from typing import Annotated

import typer
from rich.panel import Panel
from rich.text import Text

from alerts import (
    AlertPayload,
    EmailChannel,
    build_channels,
    digest_text,
    plain_text,
    read_payload,
    send_digest,
    send_test,
)
from alerts.replay import works
from archive import alerts as alert_store
from archive import outbox as outbox_store
from archive.types import Alert
from desk import alert_state_commands
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import Opened, opened
from flows import cycle, digesting, mailing
from flows.links import mail_links
from net import Door

app = typer.Typer(help="Alerts that were raised.", no_args_is_help=True)
alert_state_commands.register(app)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def register(main: typer.Typer) -> None:
    """Add the verb ``digest`` to the command line."""
    main.command()(digest)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest alerts."""
    with opened() as desk, desk.archive.read() as connection:
        found = alert_store.recent(connection, limit)
    if as_json:
        show_json(
            [
                {
                    "id": a.id,
                    "rule": a.rule,
                    "story": a.story_id,
                    "title": a.title,
                    "revision": a.revision,
                    "severity": a.severity,
                    "state": a.state,
                    "opened": a.opened.isoformat(),
                    "updated": a.updated.isoformat(),
                }
                for a in found
            ]
        )
        return
    rows = [(a.id, f"{a.updated:%Y-%m-%d\n%H:%M}", _told(a)) for a in found]
    out.print(table(f"{len(rows)} alerts", ["id", "updated (UTC)", "alert"], rows))


@app.command()
def show(
    alert_id: Annotated[str, typer.Argument(help="An alert's id, as `alerts list` shows it.")],
    as_json: Json = False,
) -> None:
    """Show an alert as its recipients got it, and how each delivery went."""
    with opened() as desk, desk.archive.read() as connection:
        alert = alert_store.get(connection, alert_id)
        revision = alert_store.revision(connection, alert_id, alert.revision) if alert else None
        messages = outbox_store.messages(connection, alert_id)
    if revision is None:
        raise DeskError(f"{alert_id}: no such alert; `pivotwatch alerts list` shows them")
    payload = read_payload(revision.payload)
    if as_json:
        show_json(payload.as_json())
        return
    _show(payload)
    rows = [
        (m.channel, m.recipient, m.revision, m.state, m.attempts, m.error or "–") for m in messages
    ]
    columns = ["channel", "recipient", "revision", "state", "tries", "last error"]
    out.print(table("Deliveries", columns, rows))


@app.command()
def test(
    channel: Annotated[str, typer.Argument(help='"email" or a webhook\'s name.')],
) -> None:
    """Send a test alert the way a real one goes, and print the other side's answer."""
    with opened() as desk:
        lines = asyncio.run(_test(desk, channel))
    for line in lines:
        say(line)


def _finite(value: float | None) -> float | None:
    if value is not None and math.isnan(value):  # which is within any bounds
        raise typer.BadParameter("not a number")
    return value


def digest(
    hours: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=digesting.MOST_HOURS,
            callback=_finite,
            help="How far back to look; default: 24, a week 168.",
        ),
    ] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="The digest of the week.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Mail it as well.")] = False,
) -> None:
    """Show what was not worth an alert of its own, and whether everything is alive."""
    with opened() as desk:
        now = cycle.clock()
        email = mailing.mail_settings(desk.archive, desk.settings)
        settings = desk.settings.model_copy(update={"email": email})
        since = digesting.usual_start(now, weekly=weekly)
        if hours is not None:
            since = now - timedelta(hours=hours)
        content = digesting.collect(desk.archive, settings, since, now, weekly=weekly)
        title = "weekly digest" if weekly else "digest"
        out.print(Panel(Text(digest_text(content)), title=title, title_align="left"))
        if not send:
            return
        if email is None:
            raise DeskError(f"{desk.home.config}: no [email] section; add one to mail the digest")
        channel = EmailChannel(email, mail_links(desk.home, desk.settings))
        gone = digesting.disabled(desk.archive, email.to)
        delivery = asyncio.run(send_digest(channel, content, have=gone))
    say(f"mailed to {delivery.sent}")
    for address in sorted(gone):
        say(f"{address}: disabled, not mailed; `pivotwatch alerts test email` enables it again")
    if delivery.failed:
        raise DeskError("\n".join(delivery.failed))


def _told(alert: Alert) -> Text:
    """Return the title with the rest under it: as many columns would not fit a terminal."""
    facts = [alert.severity, alert.state, alert.rule]
    if alert.revision > 1:
        facts.append(f"revision {alert.revision}")
    return Text(f"{alert.title}\n").append(", ".join(facts), "dim")


def _show(payload: AlertPayload) -> None:
    title = Text(payload.subject)
    out.print(Panel(Text(plain_text(payload)), title=title, title_align="left"))


async def _test(desk: Opened, name: str) -> list[str]:
    async with Door(desk.settings.net) as door:
        links = mail_links(desk.home, desk.settings)
        email = mailing.mail_settings(desk.archive, desk.settings)
        channels = build_channels(email, desk.settings.receivers, door, links=links)
        if name not in channels:
            known = ", ".join(channels) or "none are configured"
            raise DeskError(f"{name}: no such channel in {desk.home.config}; there are: {known}")
        if not channels[name].recipients:
            raise DeskError(f"{name}: nobody is left to mail: everybody in `to` has unsubscribed")
        lines = await send_test(channels[name], cycle.clock())
    if works(desk.archive, name, cycle.clock()):
        lines.append(f"{name}: enabled again; what waited for it is due")
    return lines
