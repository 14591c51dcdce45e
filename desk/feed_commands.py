"""Feeds: ``feeds list|check|add|remove|import|export``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from archive import feeds as feed_store
from archive.types import Feed
from desk import check_commands
from desk.console import out, say, show_json, table
from desk.errors import DeskError
from desk.opening import opened
from feeds import (
    UNKNOWN_LANGUAGE,
    Watched,
    coverage_of,
    fleet_troubles,
    named_feed,
    read_catalogue,
    watched,
    write_opml,
    write_toml,
)
from flows.cycle import clock

app = typer.Typer(help="The feeds that are watched.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A catalogue: our TOML ([[feed]] …) or OPML.")],
) -> None:
    """Add the feeds of a catalogue; known ones are updated."""
    found = read_catalogue(file)
    with opened() as desk, desk.archive.write() as connection:
        known = {feed.id: feed.lang for feed, _ in feed_store.every(connection)}
        new = feed_store.add(connection, [_with_language(f, known) for f in found], clock())
    say(f"{file}: {len(found)} feeds, {new} of them new")


def _with_language(feed: Feed, known: Mapping[str, str]) -> Feed:
    """Keep the language that a feed is known to have, where the catalogue does not say one."""
    if feed.lang != UNKNOWN_LANGUAGE:
        return feed
    return replace(feed, lang=known.get(feed.id, feed.lang))


@app.command()
def add(
    url: str,
    outlet: Annotated[str, typer.Option(help="The outlet's name.")],
    lang: Annotated[str, typer.Option(help="Its language: en, ru, hy …")],
    family: Annotated[str, typer.Option(help="Owner or wire; equal families are one origin.")] = "",
    kind: Annotated[
        str, typer.Option(help="wire, independent, state, think-tank or official.")
    ] = "independent",
    reliability: Annotated[str, typer.Option(help="Admiralty letter A to F.")] = "F",
) -> None:
    """Watch one more feed."""
    feed = named_feed(
        url=url, outlet=outlet, lang=lang, kind=kind, family=family, reliability=reliability
    )
    with opened() as desk, desk.archive.write() as connection:
        new = feed_store.add(connection, [feed], clock())
    say(f"{url}: {'added' if new else 'was known and is updated'}")


@app.command()
def remove(url: str) -> None:
    """Stop watching a feed; its articles stay."""
    with opened() as desk, desk.archive.write() as connection:
        if not feed_store.remove(connection, url):
            raise DeskError(f"{url}: no such feed; `pivotwatch feeds list` shows them")
    say(f"{url}: removed")


@app.command("list")
def list_(
    troubled: Annotated[
        bool, typer.Option("--troubled", help="Only those with something wrong.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the feeds, when each was read last, and what is wrong with it since when."""
    with opened() as desk, desk.archive.read() as connection:
        fleet = watched(connection)
    shown = [one for one in fleet if one.notices or not troubled]
    if as_json:
        show_json([_as_json(one) for one in shown])
        return
    columns = ["outlet", "lang", "url", "polled (UTC)", "health"]
    out.print(table(f"{len(shown)} feeds", columns, map(_row, shown)))
    state = coverage_of(fleet)
    say(f"coverage: {state.sentence}")
    for line in (*fleet_troubles((one.state for one in fleet), clock()), *state.unwatched):
        say(f"note: {line}")


def _as_json(one: Watched) -> dict[str, Any]:
    feed, state = one.feed, one.state
    return {
        "url": feed.url,
        "outlet": feed.outlet,
        "lang": feed.lang,
        "kind": feed.kind,
        "family": feed.family,
        "country": feed.country,
        "reliability": feed.reliability,
        "last_polled": state.last_polled.isoformat() if state.last_polled else None,
        "next_poll": state.next_poll.isoformat() if state.next_poll else None,
        "failures": state.failures,
        "error": state.error,
        "healthy": one.healthy,
        "notices": [
            {"kind": notice.kind, "detail": notice.detail, "since": notice.since.isoformat()}
            for notice in one.notices
        ],
    }


def _row(one: Watched) -> tuple[str, ...]:
    feed, polled = one.feed, one.state.last_polled
    at = f"{polled:%Y-%m-%d %H:%M}" if polled else "never"
    return feed.outlet, feed.lang, feed.url, at, _health(one)


def _health(one: Watched) -> str:
    if one.notices:
        return "\n".join(
            f"{n.kind} since {n.since:%Y-%m-%d %H:%M}: {n.detail}" for n in one.notices
        )
    if one.state.last_polled is None:
        return "not read yet"
    return f"ok, but the last poll: {one.state.error}" if one.state.error else "ok"


@app.command()
def check(
    url: Annotated[str, typer.Argument(help="A feed, or the home page of an outlet.")] = "",
    lang: Annotated[str, typer.Option(help="The language it should be in.")] = UNKNOWN_LANGUAGE,
    stored: Annotated[
        bool, typer.Option("--all", help="Check all feeds that are watched.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Probe a feed, or find those of a home page, before it is watched; nothing is stored."""
    if stored == bool(url):
        raise typer.BadParameter("name one URL, or say --all", param_hint="feeds check")
    if stored:
        check_commands.check_stored(as_json=as_json)
    else:
        check_commands.check_url(url, lang, as_json=as_json)


@app.command()
def export(
    opml: Annotated[bool, typer.Option("--opml", help="Write OPML in place of our TOML.")] = False,
) -> None:
    """Write the feeds to stdout as a catalogue."""
    with opened() as desk, desk.archive.read() as connection:
        found = [feed for feed, _ in feed_store.every(connection)]
    typer.echo(write_opml(found) if opml else write_toml(found))
