"""Unsubscribing: the page for people, and the one click of RFC 8058 for mail programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts import unsubscribing
from alerts.errors import AlertError
from desk.page.views import Form, View

ONE_CLICK = "One-Click"
FIELD = "List-Unsubscribe"


def show(connection: Connection, address: str) -> View:
    """Return the page that asks before anything is done."""
    if unsubscribing.has_left(connection, address):
        return _gone(address)
    said = f"{address} will get no more alerts and no digests."
    return View("Stop these mails?", (said,), forms=(Form("Stop these mails", "press"),))


def do(connection: Connection, address: str, form: Mapping[str, str], now: datetime) -> View:
    """Do what was pressed; return the page that says what was done.

    A program's one click only ever unsubscribes.

    Raises:
        AlertError: nothing was pressed.
    """
    if form.get(FIELD) == ONE_CLICK:
        unsubscribing.leave(connection, address, "one click", now)
        return _gone(address)
    if form.get("do") == "press":
        unsubscribing.leave(connection, address, "page", now)
        return _gone(address)
    if form.get("do") == "undo":
        unsubscribing.come_back(connection, address, now)
        said = f"{address} gets alerts and digests again."
        return View("Subscribed again", (said,), forms=(Form("Stop these mails", "press"),))
    raise AlertError("Nothing was pressed, so nothing was done.")


def _gone(address: str) -> View:
    said = f"{address} gets no more alerts and no digests."
    return View("Unsubscribed", (said,), forms=(Form("Subscribe again", "undo"),))
