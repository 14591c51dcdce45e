"""What ``feeds check`` does and shows: one address, or all feeds that are watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import typer
from rich.text import Text

from archive import feeds as feed_store
from desk.console import bars, out, say, show_json, table
from desk.errors import DeskError
from desk.opening import Opened, opened
from feeds import Onboarding, Probe, onboard, outage_of, probe_all, write_toml
from flows.cycle import clock
from net import Door


def check_url(url: str, lang: str, *, as_json: bool) -> None:
    """Probe one address and offer the catalogue's table for each feed that is fit.

    Raises:
        DeskError: none is.
    """
    with opened() as desk:
        done = anyio.run(_onboard, desk, url, lang)
    if as_json:
        show_json(_onboarding(done))
    else:
        _show(done)
    if not done.fit:
        raise DeskError(_fault(done))


def check_stored(*, as_json: bool) -> None:
    """Probe every feed that is watched.

    Raises:
        DeskError: there is none, or some have not passed.
    """
    with opened() as desk:
        probes = anyio.run(_probe_all, desk)
    if not probes:
        raise DeskError("no feed is watched; `pivotwatch feeds import FILE` adds a catalogue's")
    if as_json:
        show_json([_probe(probe) for probe in probes])
    else:
        rows = [(p.feed.outlet, p.feed.lang, p.feed.url, _mark(p.ok), _trouble(p)) for p in probes]
        columns = ["outlet", "lang", "url", "check", "what is wrong"]
        out.print(table(f"{len(probes)} feeds checked", columns, rows))
    failed = sum(not probe.ok for probe in probes)
    say(f"{len(probes) - failed} of {len(probes)} feeds have passed")
    if failed:
        line = f"{failed} of {len(probes)} feeds have not passed"
        ours = outage_of(probes)
        raise DeskError(f"{line}; {ours}" if ours else line)


async def _onboard(desk: Opened, url: str, lang: str) -> Onboarding:
    async with Door(desk.settings.net) as door:
        return await onboard(desk.archive, door, desk.settings.feeds, url, clock(), lang)


async def _probe_all(desk: Opened) -> tuple[Probe, ...]:
    with desk.archive.read() as connection:
        feeds = [feed for feed, _ in feed_store.every(connection)]
    with bars() as progress:
        async with Door(desk.settings.net) as door:
            return await probe_all(
                desk.archive,
                door,
                desk.settings.feeds,
                feeds,
                clock(),
                lambda done, total: progress.counted("feeds", done, total),
            )


def _show(done: Onboarding) -> None:
    if done.found or done.probe.ok:
        probes = done.found if done.found else (done.probe,)
    else:
        probes = (done.probe,)
    if done.found:
        say(f"{done.url} is a web page; {len(done.found)} addresses of feeds were tried from there")
    for probe in probes:
        rows = [(c.what, _mark(c.ok), _with_remedy(c.line, c.remedy)) for c in probe.checks]
        out.print(table(probe.feed.url, ["check", "result", "what was found"], rows))
    if done.fit:
        say("fit to be watched; for a catalogue:")
        for probe in done.fit:
            typer.echo(write_toml([probe.feed]) + "verified = true")


def _mark(ok: bool) -> Text:
    return Text("ok", style="green") if ok else Text("failed", style="bold red")


def _with_remedy(line: str, remedy: str) -> str:
    return f"{line}; {remedy}" if remedy else line


def _trouble(probe: Probe) -> str:
    return "; ".join(
        f"{c.what}: {_with_remedy(c.line, c.remedy)}" for c in probe.checks if not c.ok
    )


def _fault(done: Onboarding) -> str:
    if done.probe.ok or not done.found:
        return f"{done.url}: not fit to be watched: {_trouble(done.probe)}"
    return (
        f"{done.url}: none of the {len(done.found)} addresses found from this page is fit to be "
        "watched; ask the outlet for its feed, or watch the page as a listing with selectors"
    )


def _onboarding(done: Onboarding) -> dict[str, Any]:
    return _probe(done.probe) | {
        "fit": [probe.feed.url for probe in done.fit],
        "found": [_probe(probe) for probe in done.found],
    }


def _probe(probe: Probe) -> dict[str, Any]:
    checks: Sequence[dict[str, Any]] = [
        {"what": c.what, "ok": c.ok, "line": c.line, "remedy": c.remedy} for c in probe.checks
    ]
    return {
        "url": probe.feed.url,
        "ok": probe.ok,
        "outlet": probe.feed.outlet,
        "lang": probe.feed.lang,
        "form": probe.feed.form,
        "items": probe.items,
        "newest": probe.newest.isoformat() if probe.newest else None,
        "checks": checks,
    }
