"""``./run``: what it passes on to what it starts."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "run"
STUB = f"""#!/bin/sh
case "$1" in
    bench/*) echo "$@" ;;
    *) exec {sys.executable} "$@" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that is set up already, with two measurements and a Python that tells them."""
    shutil.copy(RUN, tmp_path / "run")
    for name in ("requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_text("\n", encoding="utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STUB, encoding="utf-8")
    python.chmod(0o755)
    stamp = hashlib.sha256(b"\n\n" + RUN.read_bytes()).hexdigest()
    (tmp_path / ".venv" / "stamp").write_text(stamp, encoding="utf-8")
    (tmp_path / "bench").mkdir()
    for name in ("pages", "silence"):
        (tmp_path / "bench" / f"{name}.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "started"),
    [
        ((), ["bench/pages.py", "bench/silence.py"]),
        (("silence",), ["bench/silence.py"]),
        (("silence", "2", "7"), ["bench/silence.py 2 7"]),
        (("bench/silence.py", "2", "pages"), ["bench/silence.py 2", "bench/pages.py"]),
    ],
)
def test_numbers_after_a_measurement_are_its_own(
    checkout: Path, words: tuple[str, ...], started: list[str]
) -> None:
    command = [str(checkout / "run"), "bench", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == started
