"""The verb ``demo``: the whole monitor on an invented newsroom, on this machine alone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from archive import Archive, upgrade
from archive import feeds as feed_store
from desk.console import bars, say
from desk.demo import check, newsroom, show
from desk.demo.receivers import Received, mail_server, webhook_server
from desk.errors import DeskError
from desk.live_commands import run_cycle
from feeds import read_catalogue
from flows import model as models
from flows.cycle import clock
from flows.home import VARIABLE, Home
from flows.reports import CycleReport
from flows.server import Server, free_port
from flows.settings import PREFIX, load

CONFIG = """\
[email]
host = "127.0.0.1"
port = {smtp_port}
security = "plain"
from = "pivotwatch@demo.example"
to = ["analyst@demo.example"]

[[webhook]]
name = "desk"
url = "{webhook_url}"
secret = "whsec_cGl2b3R3YXRjaC1kZW1vLXNlY3JldC1ub3Qtc2VjcmV0"

[alerts]
daily_budget = 0
group_wait = 0
update_interval = 0

[net]
allow = ["127.0.0.0/8"]

[feeds]
feed_spacing = 0
page_spacing = 0
"""


def demo(
    folder: Annotated[Path, typer.Option(help="Where mails, webhooks and state are written.")] = (
        Path("pivotwatch-demo")
    ),
) -> None:
    """See the whole monitor at work: an invented newsroom, two cycles, real mail and webhooks."""
    began = time.monotonic()
    home, received = _prepare(folder.resolve())
    with _alone(home), Server(home, free_port(), ui=False) as server:
        room = newsroom.load()
        with newsroom.serve(room), mail_server(received) as port, webhook_server(received) as url:
            home.config.write_text(CONFIG.format(smtp_port=port, webhook_url=url), encoding="utf-8")
            _import_feeds(home, room)
            with bars() as shown:
                model = models.ensure(home, load(home), shown.share)
            say(f"model {model.id} ready; starting the first cycle")
            server.wait()
            server.note()
            reports = [_cycle(home, room, number) for number in (1, 2)]
            server.forget()
        with closing(Archive(load(home).database_url(home))) as archive:
            show.everything(archive, room, reports, received)
            verdict = check.judge(archive, room, reports, received)
    show.verdict(verdict, folder.resolve(), time.monotonic() - began)
    if not verdict.passed:
        raise DeskError("the demo's own check failed; the lines above say where")


def _prepare(folder: Path) -> tuple[Home, Received]:
    """Empty the demo's folder of what an earlier demo left, except its model."""
    home = Home(folder / "home")
    if folder.exists() and any(folder.iterdir()) and not home.root.is_dir():
        raise DeskError(f"{folder}: not empty and not a demo's folder; name another with --folder")
    for path in (*home.root.glob("*"), folder / "messages"):
        if path != home.models:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (folder / "messages").mkdir(parents=True)
    home.root.mkdir(exist_ok=True)
    return home, Received(folder / "messages")


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Keep the user's own configuration in the environment out of the demo."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in kept:
        del os.environ[name]
    os.environ[VARIABLE] = str(home.root)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        os.environ.update(kept)


def _import_feeds(home: Home, room: newsroom.Newsroom) -> None:
    path = home.root / "newsroom.toml"
    path.write_text(room.catalogue(), encoding="utf-8")
    with closing(Archive(load(home).database_url(home))) as archive:
        upgrade(archive)
        with archive.write() as connection:
            feed_store.add(connection, read_catalogue(path), clock())


def _cycle(home: Home, room: newsroom.Newsroom, number: int) -> CycleReport:
    room.cycle = number
    return run_cycle(home, everything=True)
