"""The page as an application: which path does what, for whom, and in what form it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import FastAPI, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.engine import Connection
from starlette.types import ASGIApp

from alerts.errors import AlertError
from alerts.links import LinkError, Links, Pressed, Purpose
from alerts.settings import is_loopback
from archive import Archive, ArchiveError, outbox
from archive import alerts as alert_store
from desk.page import acts, leaving, missed
from desk.page.forms import FormError, read_form
from desk.page.guard import Limiter, guarded
from desk.page.views import Choice, Front, View, front, page
from flows.cycle import coverage

ALERTS = 30
"""How many alerts the front shows."""
_PROXY = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
Name = Annotated[str, Path()]
T = TypeVar("T")


class _RefusedError(Exception):
    """A request that the page does not serve; the answer is ``view``."""

    def __init__(self, view: View) -> None:
        super().__init__(view.heading)
        self.view = view


@dataclass(frozen=True, slots=True)
class Page:
    """What the page works with: the archive, who reads links, the signals, the time."""

    archive: Archive
    links: Links
    signals: Sequence[Choice]
    clock: Callable[[], datetime]

    async def front(self, request: Request) -> HTMLResponse:
        """Show how everything is; to this machine only, when the page is for nobody else."""
        if not _is_local(request, self.links.base_url):
            raise _RefusedError(View("pivotwatch", ("Nothing to see here.",), status=404))
        return HTMLResponse(front(await anyio.to_thread.run_sync(self._front)))

    async def ask(self, purpose: Name, token: Name) -> HTMLResponse:
        """Show what a button would do."""
        pressed = self._read(_button(purpose), token)
        return await self._shown(lambda connection: acts.show(self._desk(connection, pressed)))

    async def act(self, request: Request, purpose: Name, token: Name) -> HTMLResponse:
        """Do what was pressed."""
        _refuse_foreign(request, self.links.base_url)
        pressed = self._read(_button(purpose), token)
        form = await read_form(request)
        return await self._done(lambda c: acts.do(self._desk(c, pressed), form))

    async def ask_leave(self, token: Name) -> HTMLResponse:
        """Show what unsubscribing would do."""
        who = self._read(Purpose.UNSUBSCRIBE, token).person
        return await self._shown(lambda connection: leaving.show(connection, who))

    async def leave(self, request: Request, token: Name) -> HTMLResponse:
        """Unsubscribe, or take that back."""
        who = self._read(Purpose.UNSUBSCRIBE, token).person
        form = await read_form(request)
        if leaving.FIELD not in form:  # mail programs say where from they post, or do not
            _refuse_foreign(request, self.links.base_url)
        return await self._done(lambda c: leaving.do(c, who, form, self.clock()))

    async def ask_miss(self, token: Name) -> HTMLResponse:
        """Show a story of a digest, and ask whether it was a miss."""
        pressed = self._read(Purpose.MISS, token)
        return await self._shown(lambda connection: missed.show(self._desk(connection, pressed)))

    async def miss(self, request: Request, token: Name) -> HTMLResponse:
        """Record whether it was a miss."""
        _refuse_foreign(request, self.links.base_url)
        pressed = self._read(Purpose.MISS, token)
        form = await read_form(request)
        return await self._done(lambda c: missed.do(self._desk(c, pressed), form))

    def _read(self, purpose: Purpose, token: str) -> Pressed:
        return self.links.read(purpose, token, self.clock())

    def _desk(self, connection: Connection, pressed: Pressed) -> acts.Desk:
        return acts.Desk(connection, pressed, self.signals, self.clock())

    async def _shown(self, work: Callable[[Connection], View]) -> HTMLResponse:
        def reading() -> View:
            with self.archive.read() as connection:
                return work(connection)

        return _answer(await anyio.to_thread.run_sync(reading))

    async def _done(self, work: Callable[[Connection], View]) -> HTMLResponse:
        def writing() -> View:
            with self.archive.write() as connection:
                return work(connection)

        return _answer(await anyio.to_thread.run_sync(writing))

    def _front(self) -> Front:
        with self.archive.read() as connection:
            found = alert_store.recent(connection, ALERTS)
            waiting = outbox.counts(connection)
        counted = ", ".join(f"{count} {state}" for state, count in waiting.items()) or "none"
        return Front((coverage(self.archive), f"Messages: {counted}."), tuple(found))


def create_app(
    archive: Archive,
    links: Links,
    signals: Sequence[Choice],
    clock: Callable[[], datetime],
    limiter: Limiter | None = None,
) -> ASGIApp:
    """Return the page as an application.

    Args:
        archive: what is shown, and where what is pressed is stored.
        links: who reads links; its ``base_url`` is where the page is reached.
        signals: what can be chosen in place of a wrong signal.
        clock: tells the time, in UTC.
        limiter: how often an address may ask; the usual one when not given.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    served = Page(archive, links, signals, clock)
    looks = ["GET", "HEAD"]
    app.add_api_route("/", served.front, methods=looks)
    app.add_api_route("/a/{purpose}/{token}", served.ask, methods=looks)
    app.add_api_route("/a/{purpose}/{token}", served.act, methods=["POST"])
    app.add_api_route("/m/{token}", served.ask_miss, methods=looks)
    app.add_api_route("/m/{token}", served.miss, methods=["POST"])
    app.add_api_route("/u/{token}", served.ask_leave, methods=looks)
    app.add_api_route("/u/{token}", served.leave, methods=["POST"])
    app.add_exception_handler(Exception, _failed)
    for kind in (AlertError, FormError, _RefusedError, ArchiveError):
        app.add_exception_handler(kind, _failed)
    return guarded(app, limiter or Limiter())


async def _failed(_request: Request, error: Exception) -> HTMLResponse:
    match error:
        case _RefusedError():
            view = error.view
        case LinkError():
            view = View("This link does not work", (str(error),), status=404)
        case AlertError():
            view = View("Nothing was done", (str(error),), status=400)
        case FormError():
            view = View("Nothing was done", (str(error),), status=error.status)
        case ArchiveError():
            said = "The database does not answer just now; try again in a minute."
            view = View("Nothing was done", (said,), status=503)
        case _:
            view = View("Nothing was done", ("Something went wrong here.",), status=500)
    return _answer(view)


def _button(purpose: str) -> Purpose:
    """Return what the link of a button is for, by the name in its path.

    Raises:
        _RefusedError: there is no such button.
    """
    if purpose not in {Purpose.VERDICT, Purpose.SNOOZE, Purpose.MUTE}:
        raise _RefusedError(
            View("This link does not work", ("There is no such page.",), status=404)
        )
    return Purpose(purpose)


def _answer(view: View) -> HTMLResponse:
    return HTMLResponse(page(view), view.status)


def _is_local(request: Request, base_url: str) -> bool:
    """Whether this machine asks for itself: no proxy before the page, no name that leads astray.

    A foreign site may let its own name lead to this machine; a browser then says that name.
    """
    asked = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    client = request.client.host if request.client else ""
    return (
        is_loopback(urlsplit(base_url).hostname or "")
        and is_loopback(asked)
        and is_loopback(client)
        and not any(name in request.headers for name in _PROXY)
    )


def _refuse_foreign(request: Request, base_url: str) -> None:
    """Take no form that another site's page has sent; without a referrer ours is of "null"."""
    parts = urlsplit(base_url)
    origin = request.headers.get("origin", "null")
    crossing = request.headers.get("sec-fetch-site", "same-origin") == "cross-site"
    if crossing or origin not in {"null", f"{parts.scheme}://{parts.netloc}"}:
        said = "This was not sent from a page of ours."
        raise _RefusedError(View("Nothing was done", (said,), status=403))
