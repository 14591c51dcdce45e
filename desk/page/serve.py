"""Running the page as a web server until it is told to stop."""

from __future__ import annotations

import os
import socket

import uvicorn

from archive import Archive
from desk.errors import DeskError
from desk.page.app import create_app
from desk.page.views import Choice
from flows import model
from flows.cycle import clock
from flows.home import Home
from flows.links import page_links
from flows.settings import Settings


def serve(home: Home, settings: Settings, archive: Archive) -> None:
    """Serve the page until SIGTERM or Ctrl-C.

    Raises:
        DeskError: its port is taken, or its address is not one of this machine.
        ConfigError: the keys of the links cannot be read.
    """
    names = model.signal_names(settings)
    app = create_app(
        archive,
        page_links(home, settings),
        tuple(Choice(code, name) for code, name in names.items()),
        clock,
    )
    with _listening(settings.page.host, settings.page.port) as listener:
        uvicorn.Server(_config(app)).run(sockets=[listener])


def _config(app: object) -> uvicorn.Config:
    """Return how it is served: no log of requests, as their paths are secrets; nobody waits long.

    Only a proxy on this machine is believed when it says who asks.
    """
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        limit_concurrency=100,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=16_384,
    )


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise DeskError(
            f"page: {host} port {port}: {reason}; choose another with [page] host and port"
        ) from None
