"""``pivotwatch digest --send`` mails those who want it, with a way to end it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cli_kit import Terminal
from mail_kit import mail_config

from alerts.unsubscribing import leave
from archive import Archive, endpoints
from desk.demo.receivers import Received, mail_server
from flows.cycle import clock


def test_whoever_has_unsubscribed_or_is_disabled_gets_no_digest(
    terminal: Terminal, tmp_path: Path
) -> None:
    received = Received(tmp_path)
    database = f"sqlite:///{terminal.root / 'pivotwatch.db'}"
    with closing(Archive(database)) as archive, archive.write() as connection:
        leave(connection, "ani@desk.example", "page", clock())
        endpoints.disable(connection, "email", clock(), recipient="gone@desk.example")
    with mail_server(received) as port:
        config = terminal.root / "pivotwatch.toml"
        config.write_text(
            mail_config(port, "ani@desk.example", "davit@desk.example", "gone@desk.example"),
            encoding="utf-8",
        )
        answer = terminal("digest", "--send")
        tried = terminal("alerts", "test", "email")
        config.write_text(mail_config(port, "ani@desk.example"), encoding="utf-8")
        nobody = terminal("alerts", "test", "email")
    assert (answer.code, answer.problems) == (0, [])
    assert "gone@desk.example: disabled, not mailed" in " ".join(answer.err.split())
    assert tried.code == 0
    assert nobody.code == 1
    assert nobody.problems == ["email: nobody is left to mail: everybody in `to` has unsubscribed"]
    mail, *tests = received.mails
    assert sorted(one["To"] for one in tests) == ["davit@desk.example", "gone@desk.example"]
    assert mail["To"] == "davit@desk.example"
    assert mail["List-Unsubscribe"].startswith("<https://watch.example/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_digest_of_the_week_is_another_mail(terminal: Terminal, tmp_path: Path) -> None:
    received = Received(tmp_path)
    with mail_server(received) as port:
        config = terminal.root / "pivotwatch.toml"
        config.write_text(mail_config(port, "ani@desk.example"), encoding="utf-8")
        daily = terminal("digest", "--send")
        weekly = terminal("digest", "--weekly", "--send")
        today = terminal("digest", "--weekly", "--hours", "24")
    assert (daily.code, weekly.code, today.code) == (0, 0, 0)
    assert weekly.problems == []
    first, second = received.mails
    assert first["Subject"].startswith("[pivotwatch] digest of ")
    assert second["Subject"].startswith("[pivotwatch] weekly digest of ")
    assert first["Message-ID"] != second["Message-ID"]
    assert "THE WEEK BY SIGNAL" in weekly.out
    assert "THE WEEK BY SIGNAL" not in daily.out
    assert "Realignment index: not enough evidence" in " ".join(daily.out.split())
    assert "https://watch.example/u/" in str(second.get_body(("plain",)))
