"""Whoever has unsubscribed is sent nothing: not what waits, not what comes, until they are back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alerts_kit import MACHINE, NOW, PERSON, email_to, make, take
from alerts_servers import Mailbox
from loopback_kit import mail_server
from mail_kit import mail_config
from outbox_kit import queue, queued

from alerts import Recipient
from alerts.unsubscribing import come_back, has_left, leave, subscribed
from archive import Archive
from archive.types import OutboxState
from flows import cycle
from flows.home import Home
from flows.settings import load

OTHER = Recipient("email", "Davit@Desk.example")


def go(archive: Archive, address: str) -> None:
    with archive.write() as connection:
        leave(connection, address, "page", NOW)


def test_what_waits_for_an_address_that_leaves_is_given_up(any_archive: Archive) -> None:
    queue(any_archive, 2, recipients=(PERSON, OTHER, MACHINE))
    go(any_archive, OTHER.address.lower())
    found = {(m.recipient, m.state, m.error) for m in queued(any_archive)}
    assert found == {
        (PERSON.address, OutboxState.DUE, None),
        (OTHER.address, OutboxState.DEAD, "unsubscribed"),
        (MACHINE.address, OutboxState.DUE, None),
    }


def test_an_address_leaves_and_comes_back_once(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        come_back(connection, OTHER.address, NOW)  # it never left
        assert not has_left(connection, OTHER.address)
        leave(connection, OTHER.address, "page", NOW)
        leave(connection, OTHER.address.upper(), "one click", NOW)
        assert has_left(connection, OTHER.address)
        settings = email_to(25, to=(PERSON.address, OTHER.address))
        assert getattr(subscribed(connection, settings), "to", None) == (PERSON.address,)
        assert subscribed(connection, None) is None
        come_back(connection, OTHER.address, NOW)
        assert subscribed(connection, settings) == settings


def test_a_cycle_tells_only_those_who_want_it(archive: Archive, tmp_path: Path) -> None:
    home, box = Home(tmp_path), Mailbox()
    with mail_server(box) as port:
        text = mail_config(port, PERSON.address, OTHER.address)
        home.config.write_text(text, encoding="utf-8")
        settings = load(home)
        shop = cycle.open_workshop(home, settings, archive, lambda _what, _done, _total: None)
        go(archive, PERSON.address)
        take(archive, make("a"), recipients=(PERSON, OTHER))
        asyncio.run(cycle.deliver(shop))
        assert [mail["To"] for mail in box.mails] == [OTHER.address]
        leaving = box.mails[0]["List-Unsubscribe"]
        assert leaving.startswith("<https://watch.example/u/")
        go(archive, OTHER.address)  # nobody is left: that is no error
        take(archive, make("b", title="Another drill", probability=0.9), recipients=(OTHER,))
        asyncio.run(cycle.deliver(shop))
        assert len(box.mails) == 1
