"""What the flows' tests share: running the flows here or as a process, and asking Prefect."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from newsroom_kit import REPOSITORY

from flows.home import VARIABLE, Home
from flows.reports import CycleReport
from flows.server import Server


def run_watch(home: Home, *, everything: bool = True, patience: float = 0) -> CycleReport:
    """Run the flow ``watch`` in this process."""
    from flows.watch import WatchRequest, watch

    request = WatchRequest(home=home.root, everything=everything, patience=patience)
    result = asyncio.run(watch(request))
    assert isinstance(result, CycleReport)
    return result


def announce(home: Home, server: Server) -> None:
    """Note a running server in ``home``, as ``up`` does."""
    note = {"api_url": server.api_url, "pid": os.getpid()}
    home.server.write_text(json.dumps(note), encoding="utf-8")


def command(home: Home, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start ``pivotwatch`` in a process of its own; ``more`` goes into its environment."""
    keep = {n: v for n, v in os.environ.items() if not n.startswith(("PREFECT_", "PIVOTWATCH_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "desk.main", *words],
        cwd=REPOSITORY,
        env=keep | {VARIABLE: str(home.root), "COLUMNS": "200"} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask(server_url: str, what: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Ask Prefect's API for its ``flow_runs``, ``task_runs``, ``artifacts`` …"""
    with httpx.Client(trust_env=False, timeout=30) as client:
        answer = client.post(f"{server_url}/{what}/filter", json=query or {})
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


def runs_of(server_url: str, home: Home) -> list[dict[str, Any]]:
    """Return the flow runs on ``home``, newest first."""
    found = ask(server_url, "flow_runs", {"sort": "EXPECTED_START_TIME_DESC"})
    return [
        run
        for run in found
        if str((run["parameters"].get("request") or {}).get("home")) == str(home.root)
    ]


def tables_of(server_url: str, run_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the table artifacts of a flow run by their keys."""
    found = ask(server_url, "artifacts", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})
    return {one["key"]: json.loads(one["data"]) for one in found if one["type"] == "table"}


def holding(folder: Path, words: str) -> list[Path]:
    """Return the files under ``folder`` that hold ``words``."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if words.encode() in path.read_bytes()]
