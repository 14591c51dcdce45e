"""``pivotwatch page`` as people run it: it says where it is, answers, and ends when told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from cli_kit import Terminal

ROOT = Path(__file__).parents[2]


def start(home: Path, port: int) -> subprocess.Popen[str]:
    """Start the page on a port."""
    more = {"PIVOTWATCH_HOME": str(home), "PIVOTWATCH_PAGE__PORT": str(port)}
    return subprocess.Popen(
        [sys.executable, "-m", "desk.main", "page"],
        cwd=ROOT,
        env=os.environ | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_page_answers_until_it_is_told_to_end(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        second = start(terminal.root, port)
        _, said = second.communicate(timeout=120)
        assert second.returncode == 1
        assert f"error: page: 127.0.0.1 port {port}: Address already in use; choose" in said
        assert "Traceback" not in said
    page = start(terminal.root, port)
    try:
        url, end = f"http://127.0.0.1:{port}/", time.monotonic() + 120
        while True:
            try:
                answer = httpx.get(url, trust_env=False)
                break
            except httpx.TransportError:
                assert page.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)
        assert answer.status_code == 200
        assert "There are none yet." in answer.text
        page.send_signal(signal.SIGINT)
        _, said = page.communicate(timeout=60)
        assert f"page: http://127.0.0.1:{port}" in said
        assert "Traceback" not in said
    finally:
        page.kill()
