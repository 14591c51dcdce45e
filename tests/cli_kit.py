"""The command line, called in this process."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it has printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def problems(self) -> list[str]:
        """The lines that say what went wrong."""
        assert "Traceback" not in self.err
        return [x.removeprefix("error: ") for x in self.err.splitlines() if x.startswith("error: ")]


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands on one home, as ``pivotwatch`` in a shell would."""

    root: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str | Path, stdin: str = "", width: int = 250) -> Answer:
        from desk import console
        from desk.verbs import run

        code = 0
        with self.patch.context() as patch:
            patch.setenv("PIVOTWATCH_HOME", str(self.root))
            patch.setattr(console.out, "width", width)  # in 250 columns no cell is folded
            patch.setattr(sys, "argv", ["pivotwatch", *map(str, words)])
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            self.capture.readouterr()
            try:
                run()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = self.capture.readouterr()
        assert "Traceback" not in said.out + said.err
        return Answer(code, said.out, said.err)
