"""The stages as ordinary functions, without Prefect, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from newsroom_kit import TOLD, World, watch_feeds

import alerts
import feeds
from archive import Archive, articles, stories
from archive import alerts as alert_store
from classifiers import Model, current_model
from flows import cycle
from flows.cycle import Workshop


def workshop(world: World, archive: Archive) -> Workshop:
    return cycle.open_workshop(world.home, world.settings, archive, lambda *_: None)


async def gather(shop: Workshop) -> tuple[feeds.PollReport, feeds.CollectReport]:
    done = await cycle.poll(shop, everything=True), await cycle.collect(shop)
    cycle.look(shop)
    return done


@pytest.fixture
def model(trained: Path) -> Model:
    found = current_model(trained)
    assert found is not None
    return found


def test_the_way_from_feed_to_alert(
    world: World, any_archive: Archive, model: Model, tmp_path: Path
) -> None:
    watch_feeds(any_archive, tmp_path / "catalogue.toml", world.room.catalogue())
    shop = workshop(world, any_archive)

    polled, collected = asyncio.run(gather(shop))
    assert (polled.polled, polled.failed) == (len(world.room.outlets) + 1, 1)
    assert (collected.new, collected.duplicate, collected.failed) == (len(world.visible()), 1, 1)

    weighed = cycle.weigh(shop, model)
    assert (weighed.stories_new, weighed.alerts_sent) == (len(TOLD), len(TOLD))
    assert cycle.is_anything_due(any_archive)
    assert world.received.mails == [], "nothing is sent before it is stored"

    delivered = asyncio.run(cycle.deliver(shop))
    assert (delivered.sent, delivered.failed, delivered.dead) == (2 * len(TOLD), 0, 0)
    assert not cycle.is_anything_due(any_archive)
    assert set(world.arrivals().values()) == {1}
    assert len(world.received.mails) == len(world.received.hooks) == len(TOLD)

    with any_archive.read() as connection:
        raised = alert_store.recent(connection, 100)
        told = [stories.get(connection, alert.story_id) for alert in raised]
    by_url = {world.room.url(a): a for a in world.room.articles}
    names = [{by_url[m.article.url].story for m in s.members} for s in told if s is not None]
    assert sorted(map(sorted, names)) == sorted([name] for name in TOLD)


def test_repeating_the_stages_sends_nothing_again(world: World, model: Model) -> None:
    with world.archive() as archive:
        shop = workshop(world, archive)
        for _ in range(2):
            asyncio.run(gather(shop))
            cycle.weigh(shop, model)
            asyncio.run(cycle.deliver(shop))
        with archive.read() as connection:
            assert articles.unscored(connection, 10) == []
    assert set(world.arrivals().values()) == {1}
    assert len(world.received.mails) == len(TOLD)


def test_the_stages_tell_how_far_they_are(world: World, model: Model) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def note(what: str, done: int, total: int) -> None:
        seen[what] = (done, total)

    with world.archive() as archive:
        shop = replace(workshop(world, archive), progress=note)
        asyncio.run(gather(shop))
        cycle.weigh(shop, model)
    assert set(seen) == {"feeds", "articles", "scores"}
    assert all(done == total > 0 for done, total in seen.values())


def test_without_channels_alerts_are_decided_and_nothing_waits(world: World, model: Model) -> None:
    silent = world.settings.model_copy(update={"email": None, "webhook": ()})
    with world.archive() as archive:
        shop = replace(workshop(world, archive), settings=silent)
        asyncio.run(gather(shop))
        weighed = cycle.weigh(shop, model)
        delivered = asyncio.run(cycle.deliver(shop))
        assert weighed.stories_new == len(TOLD)
        assert delivered == alerts.DeliveryReport()
        assert not cycle.is_anything_due(archive)
        assert cycle.coverage(archive) == "10 of 11 sources healthy"


@pytest.mark.parametrize("offline", [True, False])
def test_no_home_page_is_looked_at_when_our_own_network_is_down(
    world: World, archive: Archive, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    looked: list[Archive] = []

    async def polled(*_: object, **__: object) -> feeds.PollReport:
        return feeds.PollReport(8, 0, 8, 0, 0, ("our own network is down",), offline=offline)

    async def look(archive: Archive, *_: object, **__: object) -> int:
        looked.append(archive)
        return 1

    monkeypatch.setattr(feeds, "poll", polled)
    monkeypatch.setattr(feeds, "look_at_homes", look)
    asyncio.run(cycle.poll(workshop(world, archive), everything=False))
    assert len(looked) == (0 if offline else 1)
