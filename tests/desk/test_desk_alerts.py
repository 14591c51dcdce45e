"""``alerts list|show|test`` and ``digest`` on what a real cycle has left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_kit import Terminal
from newsroom_kit import TOLD, World, small_world

from classifiers import current_model
from flows import cycle
from flows.server import free_port


async def run_stages(world: World) -> None:
    """Do one cycle without Prefect."""
    model = current_model(world.home.models)
    assert model is not None
    with world.archive() as archive:
        shop = cycle.open_workshop(world.home, world.settings, archive, lambda *_: None)
        await cycle.poll(shop, everything=True)
        await cycle.collect(shop)
        cycle.look(shop)
        cycle.weigh(shop, model)
        await cycle.deliver(shop)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Iterator[World]:
    """A world after one cycle, shared by the tests of this file."""
    with small_world(tmp_path_factory.mktemp("desk"), trained) as world:
        asyncio.run(run_stages(world))
        yield world


@pytest.fixture
def desk(bare: Terminal, told: World) -> Terminal:
    """A terminal on that world's home."""
    return Terminal(told.home.root, bare.patch, bare.capture)


def test_list_shows_the_alerts(desk: Terminal) -> None:
    rows = desk("alerts", "list", "--json").json
    assert len(rows) == len(TOLD)
    assert set(rows[0]) == {
        "id",
        "rule",
        "story",
        "title",
        "revision",
        "severity",
        "state",
        "opened",
        "updated",
    }
    assert {row["rule"] for row in rows} == {
        "csto-snub",
        "western-drills",
        "trade-retaliation",
        "reengagement",
    }
    table = desk("alerts", "list").out
    assert all(row["id"] in table for row in rows)
    assert len(desk("alerts", "list", "--limit", "1", "--json").json) == 1
    assert desk("alerts", "list", "--limit", "0").code == 2


def test_show_shows_an_alert_as_it_was_told_and_how_it_went(desk: Terminal, told: World) -> None:
    first = desk("alerts", "list", "--json").json[0]
    (call,) = (c for c in told.received.hooks if c["body"]["data"]["alert_id"] == first["id"])
    assert desk("alerts", "show", first["id"], "--json").json == call["body"]["data"]
    shown = desk("alerts", "show", first["id"])
    assert shown.code == 0
    quote = call["body"]["data"]["passages"][0]["text"]
    assert quote.split()[0] in shown.out
    assert "analyst@demo.example" in shown.out
    assert shown.out.count(" sent ") == 2
    missing = desk("alerts", "show", "al_none")
    assert missing.code == 1
    assert missing.problems == ["al_none: no such alert; `pivotwatch alerts list` shows them"]


def test_explain_knows_articles_and_stories_of_the_archive(desk: Terminal, told: World) -> None:
    first = desk("alerts", "list", "--json").json[0]
    (call,) = (c for c in told.received.hooks if c["body"]["data"]["alert_id"] == first["id"])
    url = call["body"]["data"]["passages"][0]["source"]["url"]
    by_url = desk("explain", url, "--json")
    assert by_url.code == 0
    assert [d["outcome"] for d in by_url.json["decisions"] if d["rule"] == first["rule"]] == [
        "sent"
    ]
    assert desk("explain", by_url.json["id"], "--json").json == by_url.json
    story = desk("explain", first["story"])
    assert story.code == 0
    assert story.out.startswith(f"story {first['story']}:\n"), "the answer, then the articles"
    assert f"rule {first['rule']}: told; " in story.out.partition("signals, highest first")[0]
    assert f"alert {first['id']}, open" in story.out
    assert "by desk: accepted" in story.out
    assert story.out.count("rule reengagement: ") == 1


def test_status_counts_what_is_held(desk: Terminal, told: World) -> None:
    state = desk("status", "--json").json
    assert (state["feeds"], state["feeds_failing"]) == (11, 1)
    assert state["articles"] == len(told.visible())
    assert state["evidence"] >= len(TOLD)
    assert state["outbox"] == {"due": 0, "sent": 2 * len(TOLD), "dead": 0}
    assert state["model"].startswith("m_")
    broken = [f for f in desk("feeds", "list", "--json").json if f["error"]]
    assert [f["outlet"] for f in broken] == ["Broken Courier"]


def test_the_digest_is_shown_and_mailed_when_asked(desk: Terminal, told: World) -> None:
    before = len(told.received.mails)
    shown = desk("digest")
    assert shown.code == 0
    assert "10 of 11 sources healthy" in shown.out
    assert len(told.received.mails) == before
    sent = desk("digest", "--send")
    assert (sent.code, sent.err.strip()) == (0, "mailed to 1")
    assert "digest" in told.received.mails[before]["Subject"]


def test_a_test_alert_goes_the_real_way_and_the_answer_is_told(desk: Terminal, told: World) -> None:
    mails, hooks = len(told.received.mails), len(told.received.hooks)
    mailed = desk("alerts", "test", "email")
    assert mailed.code == 0
    assert mailed.err.strip() == "analyst@demo.example: accepted (250 taken)"
    assert "test" in told.received.mails[mails]["Subject"]
    posted = desk("alerts", "test", "desk")
    assert posted.code == 0
    assert posted.err.strip().startswith("desk: accepted (204")
    call = told.received.hooks[hooks]
    assert call["body"]["data"]["reason"] == "test"
    assert call["headers"]["webhook-signature"].startswith("v1,")
    assert len(desk("alerts", "list", "--json").json) == len(TOLD), "it is no alert of the archive"


def test_a_channel_that_is_not_there_or_does_not_answer_is_one_line(terminal: Terminal) -> None:
    none = terminal("alerts", "test", "email")
    assert none.code == 1
    assert len(none.problems) == 1
    assert "none are configured" in none.problems[0]

    path = "sesame-canary"
    (terminal.root / "pivotwatch.toml").write_text(
        f'[email]\nhost = "127.0.0.1"\nport = {free_port()}\nsecurity = "plain"\n'
        'from = "a@desk.example"\nto = ["b@desk.example"]\n'
        f'[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:{free_port()}/{path}"\n'
        '[net]\nallow = ["127.0.0.0/8"]\n',
        encoding="utf-8",
    )
    unknown = terminal("alerts", "test", "pager")
    assert unknown.code == 1
    (line,) = unknown.problems
    assert "there are: email, ops" in line
    for channel in ("email", "ops"):
        answer = terminal("alerts", "test", channel)
        assert answer.code == 1
        assert len(answer.problems) == 1
        assert path not in answer.err
    digest = terminal("digest", "--send")
    assert digest.code == 1
    (line,) = digest.problems
    assert line.startswith("digest to b@desk.example: ")


def test_a_digest_without_email_says_what_to_add(terminal: Terminal) -> None:
    assert terminal("digest").code == 0
    answer = terminal("digest", "--send")
    assert answer.code == 1
    assert len(answer.problems) == 1
    assert "[email]" in answer.problems[0]
    for wrong in ("0", "nan", "1e9", "745"):
        assert terminal("digest", "--hours", wrong).code == 2, wrong
