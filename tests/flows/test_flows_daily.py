"""The daily flow ``digest`` mails the day's digest; ``retrain`` has tests of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from flows_kit import run_watch, runs_of, tables_of
from newsroom_kit import TOLD, World, new_home

from flows.home import Home
from flows.server import Server


@pytest.fixture
def home(tmp_path: Path, trained: Path) -> Home:
    return new_home(tmp_path / "home", trained)


def test_the_digest_is_one_mail_a_day_and_person(prefect: Server, world: World) -> None:
    from flows.digest import DigestRequest, digest

    run_watch(world.home)
    del world.received.mails[:]
    request = DigestRequest(home=world.home.root)
    assert asyncio.run(digest(request)) == 1
    assert asyncio.run(digest(request)) == 1
    first, again = world.received.mails
    assert first["Message-ID"] == again["Message-ID"]
    assert "digest" in first["Subject"]
    body = first.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert f"{len(world.visible())} new articles from 11 of 11 feeds" in text
    assert "10 of 11 sources healthy" in text
    table = tables_of(prefect.api_url, runs_of(prefect.api_url, world.home)[0]["id"])["digest"]
    assert {row["what"]: row["count"] for row in table}["alerts"] == len(TOLD)


def test_the_digest_of_a_home_without_email_is_mailed_to_nobody(
    prefect: Server, home: Home
) -> None:
    from flows.digest import DigestRequest, digest

    assert asyncio.run(digest(DigestRequest(home=home.root))) == 0
