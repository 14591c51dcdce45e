"""Fixtures of the desk's tests: a terminal on a new home, with or without a model."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from cli_kit import Terminal

from desk.demo import newsroom


@pytest.fixture
def bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal on a home that does not exist yet."""
    for name in list(os.environ):
        if name.startswith("PIVOTWATCH_"):
            monkeypatch.delenv(name)
    return Terminal(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def terminal(bare: Terminal) -> Terminal:
    """A terminal on a home where ``init`` has run."""
    assert bare("init").code == 0
    return bare


@pytest.fixture
def clever(terminal: Terminal, trained: Path) -> Terminal:
    """A terminal on a home that has a model."""
    shutil.copytree(trained, terminal.root / "models")
    return terminal


@pytest.fixture(scope="module")
def articles() -> list[dict[str, Any]]:
    """The demo's articles in the exchange format, with their labels."""
    room = newsroom.load()
    return [
        {
            "id": a.id,
            "lang": a.lang_of(room),
            "title": a.title,
            "text": "\n".join(a.paragraphs),
            "labels": list(a.signals),
            "relevant": a.story is not None,
            "direction": a.direction,
            "event": a.story,
        }
        for a in room.articles
    ]
