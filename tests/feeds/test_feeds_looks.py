"""Looks at home pages: how often they are made, and what is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from feeds_kit import Reply, Site
from home_kit import HOUR, NOW, Watch, front, numbered

from archive import home_looks, pauses
from feeds import looks

DAY = timedelta(days=1)


def test_a_page_of_too_many_links_is_not_looked_up(
    watch: Watch, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwanted(*_: object) -> set[str]:
        raise AssertionError("the database was asked")

    site.pages["/"] = front(*numbered(site.url, *range(looks.MOST_LINKS + 1)))
    monkeypatch.setattr(home_looks, "known", unwanted)
    assert watch.look(NOW) == 1
    seen = watch.remembered()
    assert seen is not None
    assert (seen.looks, seen.tried) == (0, NOW)


def test_a_notice_stands_however_much_is_missing() -> None:
    """No more than 30 new articles are remembered, so no more can count."""
    urls = [f"https://a.example/n/{n}" for n in range(200)]
    look = looks.seen(None, "f", urls[:20], set(urls[:20]), NOW)
    for hours in range(1, 20):
        look = looks.seen(look, "f", urls[20 + 9 * hours :][:20], set(), NOW + hours * HOUR)
    assert look.standing >= looks.MOST_FRESH
    assert all(looks.is_telling(look, missed) for missed in (40.0, 80.0, 400.0))
    assert not looks.is_telling(replace(look, standing=14), 80.0)


def test_feeds_that_are_asked_at_other_minutes_share_the_page_s_looks(
    watch: Watch, site: Site
) -> None:
    site.pages["/"] = front(*watch.named)
    second = Watch(watch.desk, "/other")
    second.asked(NOW, changed=NOW, newest=NOW)  # not suspected before the page is first asked
    looked = []
    for minute in range(0, 60, 5):
        now = NOW + timedelta(minutes=minute)
        (second if minute % 10 else watch).asked(now)
        looked += [minute] * watch.look(now)
    assert looked == [0, 15, 30, 45]
    assert site.asked.count("/") == 4


def test_looks_become_rare_at_a_page_of_a_feed_that_stays_silent() -> None:
    look = looks.failed(None, "f", NOW)
    tried = []
    for quarter in range(1, 4 * 24 * 7):
        now = NOW + quarter * timedelta(minutes=15)
        if looks.is_due(look, now, now):
            look = looks.failed(look, "f", now)
            tried.append(now)
    assert tried[:4] == [NOW + n * timedelta(minutes=15) for n in (1, 2, 3, 4)]
    a_day = [sum(NOW + n * DAY <= at < NOW + (n + 1) * DAY for at in tried) for n in range(7)]
    assert 20 < a_day[0] < 36
    assert a_day[1:] == sorted(a_day[1:], reverse=True)
    assert a_day[-1] == 4, "every six hours"


@pytest.mark.parametrize("status", [429, 503])
def test_a_page_that_asks_for_a_pause_is_asked_again_a_day_after_it(
    watch: Watch, site: Site, status: int
) -> None:
    site.pages["/"] = Reply("later", status=status, headers={"Retry-After": "3600"})
    assert watch.look(NOW) == 1
    with watch.desk.archive.read() as connection:
        (pause,) = pauses.active(connection, NOW)
    assert pause.until == NOW + HOUR
    second = Watch(watch.desk, "/other")
    for hours in (2, 12, 24):  # the pause is over, the feeds are asked and bring nothing
        for one in (watch, second):
            one.asked(NOW + hours * HOUR)
        assert watch.look(NOW + hours * HOUR) == 0
    late = NOW + 31 * HOUR
    for one in (watch, second):
        one.asked(late)
    assert watch.look(late) == 1
    assert site.asked.count("/") == 2
