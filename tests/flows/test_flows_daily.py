"""The flow ``digest`` mails the digest of the day or week; ``retrain`` has tests of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from flows_kit import run_watch, runs_of, tables_of
from newsroom_kit import TOLD, World, new_home

from flows.home import Home
from flows.schedule_settings import ScheduleSettings
from flows.server import Server


@pytest.fixture
def home(tmp_path: Path, trained: Path) -> Home:
    return new_home(tmp_path / "home", trained)


def test_a_digest_is_mailed_by_day_and_by_week(prefect: Server, world: World) -> None:
    from flows.digest import DigestRequest, digest

    run_watch(world.home)
    del world.received.mails[:]
    request = DigestRequest(home=world.home.root)
    assert asyncio.run(digest(request)) == 1
    weekly = DigestRequest(home=world.home.root, weekly=True)
    assert asyncio.run(digest(weekly)) == 1
    first, second = world.received.mails
    assert first["Message-ID"] != second["Message-ID"]
    assert str(first["Subject"]).startswith("[pivotwatch] digest of ")
    assert str(second["Subject"]).startswith("[pivotwatch] weekly digest of ")
    body = first.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert f"{len(world.visible())} new articles from 10 of 11 feeds" in text
    assert "10 of 11 sources healthy" in text
    assert "Realignment index" in text
    later, before = runs_of(prefect.api_url, world.home)[:2]
    table = tables_of(prefect.api_url, before["id"])["digest"]
    assert {row["what"]: row["count"] for row in table}["alerts"] == len(TOLD)
    assert "weekly-digest" in tables_of(prefect.api_url, later["id"])


def test_the_digest_of_a_home_without_email_is_mailed_to_nobody(
    prefect: Server, home: Home
) -> None:
    from flows.digest import DigestRequest, digest

    assert asyncio.run(digest(DigestRequest(home=home.root))) == 0


def test_the_weekly_digest_is_a_deployment_of_its_own_unless_switched_off() -> None:
    from prefect.client.schemas.schedules import CronSchedule

    from flows.serve import _weekly

    (made,) = _weekly(ScheduleSettings(weekly_at="Fri  17:05"))
    assert (made.name, made.flow_name) == ("weekly", "digest")
    assert made.parameters == {"request": {"weekly": True}}
    (plan,) = made.schedules or []
    assert isinstance(plan.schedule, CronSchedule)
    assert (plan.schedule.cron, plan.schedule.timezone) == ("5 17 * * fri", "Asia/Yerevan")
    assert _weekly(ScheduleSettings(weekly_at="")) == []
