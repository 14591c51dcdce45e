"""``pivotwatch demo`` as a newcomer runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from cli_kit import Terminal
from newsroom_kit import REPOSITORY


@pytest.mark.slow
def test_the_demo_passes_its_own_check_and_leaves_its_messages(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    strange = {"PIVOTWATCH_FEEDS__INTERVAL": "soon", "PIVOTWATCH_HOME": "/no/such/place"}
    done = subprocess.run(
        [sys.executable, "-m", "desk.main", "demo", "--folder", str(folder)],
        cwd=REPOSITORY,
        env=os.environ | strange,  # the user's own settings stay out of it
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "Traceback" not in done.stderr
    assert "✓" in done.stdout
    assert "✗" not in done.stdout
    assert str(folder / "messages") in done.stdout.replace("\n", "")

    mails = sorted(folder.glob("messages/*.eml"))
    hooks = sorted(folder.glob("messages/*.json"))
    assert len(mails) == len(hooks) >= 9
    for path in mails:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert mail["Subject"].startswith("[pivotwatch]")
        assert "<html" in path.with_suffix(".html").read_text(encoding="utf-8")
    for path in hooks:
        body = json.loads(path.read_text(encoding="utf-8"))["body"]
        assert body["type"] in {"alert.opened", "alert.updated"}
    assert list(folder.glob("home/models/*.skops"))


def test_the_demo_does_not_clear_a_folder_that_is_not_its_own(
    bare: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    answer = bare("demo", "--folder", tmp_path / "mine")
    assert answer.code == 1
    assert len(answer.problems) == 1
    assert "not a demo's folder" in answer.problems[0]
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "keep"
