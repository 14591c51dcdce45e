"""``pivotwatch digest --send`` mails those who want it, with a way to end it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cli_kit import Terminal

from alerts.unsubscribing import leave
from archive import Archive
from desk.demo.receivers import Received, mail_server
from flows.cycle import clock

CONFIG = """\
[email]
host = "127.0.0.1"
port = {port}
security = "plain"
from = "alerts@pivot.example"
to = ["ani@desk.example", "davit@desk.example"]

[alerts]
base_url = "https://watch.example"
"""


def test_whoever_has_unsubscribed_gets_no_digest(terminal: Terminal, tmp_path: Path) -> None:
    received = Received(tmp_path)
    database = f"sqlite:///{terminal.root / 'pivotwatch.db'}"
    with closing(Archive(database)) as archive, archive.write() as connection:
        leave(connection, "ani@desk.example", "page", clock())
    with mail_server(received) as port:
        config = terminal.root / "pivotwatch.toml"
        config.write_text(CONFIG.format(port=port), encoding="utf-8")
        answer = terminal("digest", "--send")
    assert (answer.code, answer.problems) == (0, [])
    (mail,) = received.mails
    assert mail["To"] == "davit@desk.example"
    assert mail["List-Unsubscribe"].startswith("<https://watch.example/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
