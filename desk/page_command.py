"""The verb ``page``: the page behind the buttons of alerts, alone."""

from __future__ import annotations

from contextlib import suppress

import typer

from desk.console import say
from desk.opening import opened


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(page)


def page() -> None:
    """Serve the page behind the buttons of alerts until Ctrl-C; `pivotwatch up` does so too."""
    from desk.page.serve import serve  # FastAPI takes a second to import

    with opened() as desk:
        url = desk.settings.page.local_url
        say(f"page: {url}, reached at {desk.settings.alerts.base_url or url}")
        with suppress(KeyboardInterrupt):
            serve(desk.home, desk.settings, desk.archive)
