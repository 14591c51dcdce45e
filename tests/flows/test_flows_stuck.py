"""Cycles and daily flows that no longer come, hang or fail, and what is excused."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from audit_kit import HOUR, MINUTE, NOW, Watched, queue
from loopback_kit import free_port, mail_server

from alerts import AlertError
from archive import heartbeats
from archive.heartbeats import Beat
from archive.types import Cycle
from flows import auditing, stuck
from flows.auditing import AUDIT
from flows.server import Server
from flows.settings import load


@pytest.mark.parametrize(
    ("every", "late", "in_time"), [(5.0, 16, 14), (0.5, 16, 14), (60.0, 121, 119), (720, 781, 779)]
)
def test_no_cycle_for_too_long_stops_it(
    watched: Watched, every: float, late: int, in_time: int
) -> None:
    watched.configure(f"[schedule]\nwatch_every = {every}\n")
    watched.audited(in_time * MINUTE)
    assert watched.sent()
    line = watched.problem((late - in_time) * MINUTE)
    assert line.startswith("no cycle has begun since 2026-03-04 12:00 UTC")
    assert f"every {every:g} minutes" in line


def test_a_cycle_that_hangs_stops_it(watched: Watched) -> None:
    watched.cycle(NOW + MINUTE, None)
    for _ in range(6):
        assert watched.sent(10 * MINUTE)
    assert "has been at work since 2026-03-04 12:01 UTC" in watched.problem(2 * MINUTE)


def test_cycles_that_are_cut_off_again_and_again_stop_it(watched: Watched) -> None:
    for number in range(1, 4):
        watched.cycle(NOW + 5 * number * MINUTE, None)
        assert watched.sent(5 * MINUTE)
    watched.cycle(NOW + 20 * MINUTE, None)
    assert watched.problem(5 * MINUTE).startswith("the last 3 cycles were cut off")


def test_cycles_that_fail_stop_it_with_the_reason_and_one_alone_does_not(watched: Watched) -> None:
    report: dict[str, object] = {"errors": ["no model\nat all"], stuck.FAILED: True}
    for number in range(1, 3):
        watched.cycle(NOW + (5 * number - 1) * MINUTE, NOW + 5 * number * MINUTE, report)
        assert watched.sent(5 * MINUTE)
    watched.cycle(NOW + 14 * MINUTE, NOW + 15 * MINUTE, report)
    assert watched.problem(5 * MINUTE) == "the last 3 cycles have failed: no model at all"


def test_a_daily_flow_that_no_longer_ends_well_stops_it(watched: Watched) -> None:
    """Or never has: then from when audits began. Nothing is minded where no schedule asks."""
    settings = load(watched.home)
    stuck.done(watched.home, settings, "digest", NOW - 29 * HOUR)
    stuck.done(watched.home, settings, "retrain", NOW - 5 * HOUR)
    assert watched.sent()
    with watched.archive.write() as connection:
        heartbeats.put(connection, [Beat("audit began", NOW - 190 * HOUR)])
    watched.cycles(2, NOW + 65 * MINUTE)
    watched.audited(65 * MINUTE)
    line = watched.problem()
    assert line.startswith("the flow digest has not come to a good end since 2026-03-03 07:00 UTC")
    with watched.archive.write() as connection:
        heartbeats.put(connection, [Beat("audit began", NOW - 192 * HOUR)])
    weekly = (
        "the flow weekly has not come to a good end yet, and audits go on since 2026-02-24 12:00"
    )
    assert [line[: len(weekly)] for line in watched.audit().problems] == [
        line[: len(weekly)],
        weekly,
    ]
    watched.is_up = watched.is_scheduled = False
    assert watched.sent(), "who has moved to cron is not minded for what `up` once did"


def test_a_fresh_start_has_time_before_anything_is_late(watched: Watched) -> None:
    """After three days off, and at the very first start, which no cycle went before."""
    queue(watched.archive, NOW)
    off = timedelta(days=3)
    assert watched.sent(off)
    assert watched.sent(10 * MINUTE)
    found = watched.audit(6 * MINUTE)
    assert [line[:12] for line in found.problems] == ["desk: 1 mess", "no cycle has"]
    watched.cycle(watched.now, watched.now)
    assert watched.audit().since == found.since, "the same trouble goes on"


def test_a_person_who_asks_without_up_gets_no_excuse(watched: Watched) -> None:
    watched.is_up = watched.is_scheduled = False
    assert watched.problem(timedelta(days=3)).startswith("no cycle has begun since 2026-03-04")


def test_before_the_first_cycle_a_person_is_told_what_to_run(watched: Watched) -> None:
    watched.is_up = watched.is_scheduled = False
    watched.now = NOW - timedelta(days=30)
    assert watched.problem().startswith("no cycle has ever begun, though one is due every 5")


@pytest.mark.parametrize("jump", [-365 * 24 * HOUR, -HOUR, HOUR, 365 * 24 * HOUR])
def test_a_clock_that_jumps_gives_no_false_alarm_and_blinds_nobody(
    watched: Watched, jump: timedelta
) -> None:
    assert watched.sent(5 * MINUTE)
    for _ in range(3):
        assert watched.sent(jump + 5 * MINUTE)
        watched.cycle(watched.now, watched.now + MINUTE)
        jump = timedelta(0)
    assert watched.sent(10 * MINUTE)
    assert watched.problem(7 * MINUTE).startswith("no cycle has begun since")


def test_thirty_days_of_ordinary_life_give_no_false_alarm() -> None:
    """An audit every five minutes judges cycles of 2 to 40 minutes, of which some fail, one is
    missing or cut off now and then; the machine is off for hours, and its clock is set."""
    recent: list[Cycle] = []
    before: dict[str, Beat] = {}
    alarms: list[str] = []
    now = free = NOW
    for number in range(1, 30 * 24 * 12):
        now += 5 * MINUTE
        if number % 1000 == 0:
            now += 7 * HOUR  # off, in the middle of a cycle
        elif number % 1700 == 0:
            now += (-1) ** number * HOUR
            free = now
        if now >= free and number % 97:
            free = now + (40 if number % 50 == 0 else 2 + number % 3) * MINUTE
            is_cut = number % 500 == 499 or number % 1000 == 999
            report = {stuck.FAILED: number % 60 < 2}
            recent.insert(0, Cycle(str(number), now, None if is_cut else free, report))
        seen = [
            replace(one, finished=None) if one.finished and one.finished > now else one
            for one in recent[:20]
            if one.started <= now
        ]
        began = auditing.beginning(before, now, auditing.GAP)
        before = {AUDIT: Beat(AUDIT, now), "audit began": Beat("audit began", began)}
        alarms += stuck.troubles(seen, 5 * MINUTE, began, now)
    assert len(recent) > 7000
    assert alarms == []


class Picky:
    """A mail server that has no room for one address."""

    async def handle_RCPT(self, server, session, envelope, to, options):  # type: ignore[no-untyped-def]
        if to == "full@desk.example":
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(to)
        return "250 OK"


def test_a_digest_is_at_a_good_end_unless_nobody_can_be_told(
    prefect: Server, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that refuses, or a mail server that is away, is no problem while others hear."""
    from flows import digest as flow

    monkeypatch.setattr(flow, "send", flow.send.with_options(retries=0))

    def ends_well(port: int, *people: str, weekly: bool = False) -> bool:
        to = ", ".join(f'"{one}@desk.example"' for one in people)
        mail = (
            f'[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "plain"\n'
            f'from = "watch@pivot.example"\nto = [{to}]\n'
        )
        watched.home.config.write_text(kept + mail, encoding="utf-8")
        with watched.archive.write() as connection:
            heartbeats.put(connection, [Beat("flow digest", NOW), Beat("flow weekly", NOW)])
        request = flow.DigestRequest(home=watched.home.root, weekly=weekly)
        with suppress(AlertError):
            asyncio.run(flow.digest(request))
        beats = watched.beats()
        assert beats["flow digest" if weekly else "flow weekly"].at == NOW
        return beats["flow weekly" if weekly else "flow digest"].at > NOW

    kept = watched.home.config.read_text(encoding="utf-8")
    assert ends_well(free_port(), "ani"), "the webhook works"
    kept = "[audit]\nleast_free_megabytes = 0\n"
    assert not ends_well(free_port(), "ani"), "nobody could be told of anything"
    with mail_server(Picky()) as port:
        assert ends_well(port, "ani", "full", weekly=True)
        assert not ends_well(port, "full")
        assert ends_well(port, "ani", "full")
