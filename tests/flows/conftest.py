"""Fixtures of the flows' tests: one Prefect server for all of them, and a small world each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from audit_kit import Watched, audited_home
from newsroom_kit import World, small_world

from flows import environment
from flows.home import VARIABLE, Home
from flows.server import Server, free_port


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Prefect server that this process reports its runs to."""
    home = Home(tmp_path_factory.mktemp("prefect"))
    with pytest.MonkeyPatch.context() as patch, Server(home, free_port(), ui=False) as server:
        for name, value in environment.variables(home, server.api_url).items():
            patch.setenv(name, value)
        patch.delenv(VARIABLE)  # each test names its own home
        from flows.closing import drain  # Prefect reads the environment when it is imported

        server.wait()
        yield server
        drain()


@pytest.fixture
def world(tmp_path: Path, trained: Path) -> Iterator[World]:
    """The cut-down newsroom, its recipients, and a home that watches it."""
    with small_world(tmp_path, trained) as made:
        yield made


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A home that has been audited for an hour, had its cycles, and reads one feed."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with audited_home(tmp_path) as made:
        yield made
