"""Fixtures of the desk's tests: a terminal on a new home, with or without a model."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cli_kit import Terminal


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
