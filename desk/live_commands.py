"""Live use: ``init``, ``run``, ``up``, ``status``."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import Annotated, Any

import typer

from archive import Archive, articles, cycles, outbox, scores, upgrade
from archive import feeds as feed_store
from archive.engine import shown
from classifiers import current as models
from desk.audit_command import last_audit, line_of
from desk.console import bars, out, say, show_json, table
from desk.errors import DeskError
from desk.opening import opened
from flows import environment
from flows.cycle import clock
from flows.home import Home
from flows.reports import CycleReport
from flows.server import Server, find_running, free_port
from flows.settings import Settings, load

INTERRUPTED = 128 + signal.SIGINT  # as shells say it
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command()(init)
    app.command()(run)
    app.command()(up)
    app.command()(status)


def init() -> None:
    """Write a commented pivotwatch.toml and an empty database into PIVOTWATCH_HOME."""
    home = Home.find()
    try:
        home.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeskError(f"{home.root}: {error.strerror}; set PIVOTWATCH_HOME to a folder") from None
    if home.config.exists():
        say(f"{home.config} is there already and stays as it is")
    else:
        text = (files("desk") / "pivotwatch.toml").read_text(encoding="utf-8")
        home.config.write_text(text, encoding="utf-8")
        home.config.chmod(0o600)
        say(f"wrote {home.config}")
    archive = Archive(load(home).database_url(home))
    upgrade(archive)
    archive.close()
    say(f"database ready: {shown(archive.url)}")
    say("next: `pivotwatch feeds import FILE`, then `pivotwatch run --once` or `pivotwatch up`")


def run(
    once: Annotated[bool, typer.Option("--once", help="Do one cycle and end.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Poll all feeds, not only the due ones.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do one cycle: poll, collect, weigh, deliver. For a schedule use `pivotwatch up`."""
    if not once:
        raise typer.BadParameter(
            "say --once for one cycle; `pivotwatch up` runs on a schedule", param_hint="run"
        )
    with opened() as desk:
        home = desk.home
        silent = desk.settings.email is None and not desk.settings.receivers
    if silent:
        named = "[email], [[webhook]] or [[chat]]"
        say(f"note: {home.config} names no {named}: nobody is told of alerts")
    try:
        with interruptible():
            report = run_cycle(home, everything=everything)
    except KeyboardInterrupt:
        say("stopped; nothing was lost, the next run goes on from here")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        show_json(report.as_dict())
    else:
        show_report(report)
    if report.skipped:
        raise DeskError("another watch is running and did not end in time; try again later")


@contextmanager
def interruptible() -> Iterator[None]:
    """Have SIGTERM interrupt the block as Ctrl-C does: what it has started is ended in order."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_cycle(home: Home, *, everything: bool, patience: float = 900.0) -> CycleReport:
    """Run the flow ``watch`` in this process, reporting to the running server or to a new one.

    Raises:
        ServerError: no server runs and none could be started.
        KeyboardInterrupt: Ctrl-C or, during the flow, SIGTERM.
    """
    with ExitStack() as stack:
        running = find_running(home)
        if running is not None:
            api_url = running.api_url
        else:
            server = stack.enter_context(Server(home, free_port(), ui=False))
            api_url = server.api_url
        environment.apply(home, api_url)
        from flows.watch import WatchRequest, watch  # Prefect is imported while the server starts

        if running is None:
            server.wait()
        request = WatchRequest(home=home.root, everything=everything, patience=patience)
        return _watched(watch, request)


def _watched(watch: Any, request: Any) -> CycleReport:
    from flows.closing import Terminated, drain, run_tags
    from flows.progress import watcher

    with bars() as progress:
        token = watcher.set(progress.counted)
        try:
            with run_tags():
                result = asyncio.run(watch(request))
        except Terminated:
            raise KeyboardInterrupt from None
        except BaseExceptionGroup as errors:  # it came while jobs ran at once
            if errors.subgroup(Terminated) is None:
                raise
            raise KeyboardInterrupt from None
        finally:
            watcher.reset(token)
            drain()
    assert isinstance(result, CycleReport)
    return result


def show_report(report: CycleReport) -> None:
    """Print a cycle's figures and what went wrong."""
    figures = report.as_dict()
    rows = [
        (group, "  ".join(f"{name} {count}" for name, count in figures[group].items()))
        for group in ("feeds", "articles")
    ]
    rows.append(("evidence", str(report.evidence)))
    rows += [
        (group, "  ".join(f"{name} {count}" for name, count in figures[group].items()))
        for group in ("stories", "alerts")
    ]
    out.print(table(f"One cycle, {report.seconds:.1f} s", ["what", "figures"], rows))
    for line in report.errors:
        say(f"note: {line}")


def up() -> None:
    """Run the schedule, the Prefect UI and delivery until Ctrl-C or SIGTERM."""
    from flows.up import up as run_up

    with opened() as desk:
        home, settings = desk.home, desk.settings
    run_up(home, settings, say, page=(sys.executable, "-m", "desk.main", "page"))


def status(as_json: Json = False) -> None:
    """Say what pivotwatch is doing, what it holds and what waits."""
    with opened() as desk:
        state = _status(desk.home, desk.settings, desk.archive)
    if as_json:
        show_json(state)
        return
    state["audit"] = line_of(state["audit"], clock())
    out.print(table("pivotwatch", ["what", "now"], [(k, _plain(v)) for k, v in state.items()]))


def _status(home: Home, settings: Settings, archive: Archive) -> dict[str, Any]:
    running = find_running(home)
    model, fault = models.standing_in(home.models)
    with archive.read() as connection:
        feeds = feed_store.every(connection)
        last = cycles.last(connection)
        state: dict[str, Any] = {
            "up": running is not None,
            "ui": running.ui_url if running else None,
            "model": model,
            "model_fault": fault,
            "feeds": len(feeds),
            "feeds_failing": sum(s.error is not None for _, s in feeds),
            "articles": articles.count(connection),
            "evidence": scores.evidence_count(connection),
            "outbox": outbox.counts(connection),
        }
    state["audit"] = last_audit(archive, settings, clock())
    if last:
        state["last_cycle"] = {
            "started": last[0].started.isoformat(timespec="seconds"),
            "finished": last[0].finished.isoformat(timespec="seconds")
            if last[0].finished
            else None,
            "report": last[0].report,
        }
    return state


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{k}: {_plain(v)}" for k, v in value.items() if v not in (None, [], {}))
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if value is None:
        return "–"
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"
