"""What ``doctor`` makes of the state: the same as the audit says of it, and no more."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from audit_kit import HOUR, MINUTE, NOW, SECRET, Watched, queue
from loopback_kit import web_server

from alerts.check import Check, CheckState
from alerts.records import dkim_record
from archive import endpoints, outbox
from archive.types import Delivery, OutboxState
from flows import doctor_archive, doctor_place
from flows.doctor import examine
from flows.settings import load

DAY = 24 * HOUR


def delivery(home: Watched, now: datetime = NOW, up: datetime | None = NOW - DAY) -> list[Check]:
    """What is said of the outbox."""
    return doctor_archive.check_delivery(home.archive, load(home.home), now, up=up)


def cycle(home: Watched, now: datetime = NOW, up: datetime | None = NOW - DAY) -> Check:
    """The one thing that is said of the cycles."""
    (found,) = doctor_archive.check_cycle(home.archive, load(home.home), now, up=up)
    return found


def problems(found: list[Check]) -> list[str]:
    """What is a problem, with its remedies."""
    return [f"{x.name}: {x.detail} → {x.remedy}" for x in found if x.state is CheckState.PROBLEM]


def test_only_what_nobody_tries_is_said_to_lie_untried(watched: Watched) -> None:
    queue(watched.archive, NOW - 20 * MINUTE)
    (line,) = problems(delivery(watched))
    assert line.startswith("delivery: desk: 1 message has been due since 2026-03-04 11:40 UTC")
    assert line.endswith("→ restart `pivotwatch up`")
    assert problems(delivery(watched, NOW - 10 * MINUTE)) == [], "it has time until a limit"
    with watched.archive.write() as connection:
        endpoints.failed(connection, "desk", NOW, "410 gone")
        endpoints.disable(connection, "desk", NOW)
    (line,) = problems(delivery(watched))
    assert line.startswith("desk: the channel is disabled"), "then nothing waits for a try"


def test_cycles_are_judged_as_the_audit_does(watched: Watched) -> None:
    assert cycle(watched) == Check(
        "cycle", CheckState.OK, "the last one began 2026-03-04 11:58 UTC"
    )
    late = NOW + 46 * MINUTE
    watched.audited(46 * MINUTE)
    found = cycle(watched, late)
    assert (found.state, found.detail) == (CheckState.PROBLEM, watched.problem())
    assert "run --once" in found.remedy


def test_a_cycle_dated_by_a_wrong_clock_hides_nothing(watched: Watched) -> None:
    watched.cycle(NOW + 300 * DAY, NOW + 300 * DAY)
    assert "11:58" in cycle(watched).detail
    assert cycle(watched, NOW + 2 * HOUR).state is CheckState.PROBLEM


def test_where_time_counts_from_while_up_runs(watched: Watched) -> None:
    """A new ``up`` has had no time yet; one that makes neither audits nor cycles is told."""
    later = NOW + DAY
    assert cycle(watched, later, up=later - MINUTE).state is CheckState.OK
    assert cycle(watched, later, up=later - 2 * HOUR).state is CheckState.PROBLEM
    assert cycle(watched, later, up=None).state is CheckState.PROBLEM, "nothing starts them"


def test_what_is_no_longer_configured_or_long_ago_is_no_problem(watched: Watched) -> None:
    with watched.archive.write() as connection:
        endpoints.failed(connection, "desk", NOW, "503 busy")
        for name, address in (("former", ""), ("email", "bo@d.example")):
            endpoints.failed(connection, name, NOW, "550 no", recipient=address)
            endpoints.disable(connection, name, NOW, recipient=address)
    (line,) = problems(delivery(watched))
    assert line.startswith("desk: fails since")
    with watched.archive.write() as connection:
        endpoints.enable(connection, "desk")
    queue(watched.archive, NOW - 9 * DAY)
    with watched.archive.write() as connection:
        (one,) = outbox.claim(connection, "a sender", NOW, NOW + MINUTE, 1)
        refused = Delivery(one.id, NOW - 2 * DAY, False, "550", "no")
        outbox.settle(connection, one.id, refused, OutboxState.DEAD)
    assert "given up within the last 7 days: 1" in problems(delivery(watched))[0]
    (found,) = delivery(watched, NOW + 6 * DAY)
    assert (found.state, found.detail) == (
        CheckState.NOTE,
        "messages given up more than 7 days ago: 1",
    )


def test_a_check_that_breaks_hides_nothing_else(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[Check]:
        raise LookupError(SECRET)

    monkeypatch.setattr(doctor_place, "check_model", broken)
    found = asyncio.run(examine(watched.home, lambda *_: None, offline=True))
    (line,) = [one for one in problems(found) if one.startswith("model: ")]
    assert line.startswith("model: could not be looked at: LookupError")
    assert SECRET not in str(found)
    assert {"feeds", "disk", "delivery", "cycle"} <= {one.name for one in found}


def test_a_key_of_a_kind_nobody_knows_is_told(tmp_path: Path) -> None:
    """A private key in PKCS#8 whose algorithm is 1.2.3.4."""
    der = bytes.fromhex("300e020100300706032a030405000400")
    body = base64.b64encode(der).decode()
    key = tmp_path / "key"
    key.write_text(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    assert dkim_record(key) is None


def test_the_disk_of_the_database_counts_with_the_limit_of_the_audit(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "news.db").write_bytes(bytes(3_000_000))
    text = watched.home.config.read_text(encoding="utf-8").replace("bytes = 0", "bytes = 400")
    text += f'[database]\nurl = "sqlite:///{other}/news.db"\n'
    watched.home.config.write_text(text, encoding="utf-8")
    monkeypatch.setattr(
        doctor_place, "room", lambda home, path: {home.root: 9 * 10**11, path.parent: 399 * 10**6}
    )
    (found,) = doctor_place.check_disk(watched.home, load(watched.home))
    assert found.state is CheckState.PROBLEM
    assert "least_free_megabytes = 400" in found.detail
    assert f"{other}: 399.0 MB free; database 3.0 MB" in found.detail


def prefect(home: Watched) -> Check:
    """The one thing that is said of the server."""
    (found,) = doctor_place.check_prefect(home.home, load(home.home))
    return found


def test_a_server_that_is_busy_has_not_ended_and_the_weekly_digest_is_asked_for(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_place, "PREFECT_SECONDS", 0.5)
    is_busy = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if is_busy.is_set():
                time.sleep(1)
                return
            names = ("watch", "digest", "retrain", "audit")
            body = json.dumps([{"name": x, "schedules": [{"active": True}]} for x in names])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    with web_server(Handler) as port:
        noted = {"api_url": f"http://127.0.0.1:{port}/api", "pid": os.getpid()}
        watched.home.server.write_text(json.dumps(noted), encoding="utf-8")
        assert prefect(watched).detail.endswith("has no active schedule for weekly")
        watched.configure('[schedule]\nweekly_at = ""\n')
        assert prefect(watched).state is CheckState.OK
        is_busy.set()
        assert prefect(watched).state is CheckState.NOTE
    assert prefect(watched).state is CheckState.PROBLEM, "nobody listens"
