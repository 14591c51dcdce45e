"""The realignment index: what moves it, what must not, and when it says that it cannot tell."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from alerts_kit import NOW, edit
from archive_kit import new_archive
from index_kit import DAY, TODAY, day, index, report, several, store

from alerts import resampling
from alerts.chart import index_png, sparks
from alerts.index import HALF_LIFE, WINDOW, index_of
from alerts.shift import Balance, shifts
from alerts.weights import Weight, added
from archive import Archive, story_aliases
from archive import stories as story_store
from archive.ids import story_id
from archive.types import Direction

AWAY, TOWARD = Direction.AWAY, Direction.TOWARD


def test_it_says_what_is_missing_when_there_is_not_enough_evidence(archive: Archive) -> None:
    store(archive, several(3))
    found = index(archive)
    assert found.latest.value is found.latest.low is found.latest.high is None
    said = "Realignment index: not enough evidence: 3 stories in the window, 8 needed."
    assert found.sentence == said
    store(archive, [report(number, by=number % 3) for number in range(20, 29)])
    assert "3 independent origins in the window, 4 needed" in index(archive).sentence
    assert set(sparks(found).partition("(")[0].split()[2]) == {"·"}


def test_it_is_the_decayed_balance_of_both_sides(
    archive: Archive,
) -> None:
    store(archive, [*several(9, HALF_LIFE), *several(4, 0, TOWARD)])
    last = index(archive).latest
    away, toward = 9 * 0.9 / 2, 4 * 0.9
    assert (last.away, last.toward) == pytest.approx((away, toward))
    assert last.value == pytest.approx((away - toward) / (away + toward))
    assert (last.stories, last.origins) == (13, 7)
    assert last.low is not None
    assert last.high is not None
    assert last.value is not None
    assert -1 < last.low < last.value < last.high < 1
    gone = index(archive, NOW + timedelta(days=WINDOW)).latest
    assert (gone.away, gone.toward, gone.stories) == (0, 0, 0)


def test_ten_copies_of_a_wire_text_leave_it_as_it_was(archive: Archive) -> None:
    store(archive, [*several(9), *several(3, 2, TOWARD)])
    before = index(archive)
    copies = [
        report(0, 0.9 - n / 100, by=20 + n, origin="e0o0", probability=0.99) for n in range(10)
    ]
    store(archive, copies)
    assert index(archive) == before


def test_an_edit_of_the_words_leaves_it_and_an_edit_of_the_meaning_does_not(
    archive: Archive,
) -> None:
    own = several(9)
    store(archive, own)
    before = index(archive)
    store(archive, [edit(own[0], "Point 0 was settled at last. More.", probability=0.9)], NOW)
    assert index(archive).latest == before.latest
    withdrawn = edit(own[1], "Nothing was settled. More.", probability=0)
    store(archive, [withdrawn], NOW)
    assert index(archive).latest.stories == 8


def test_two_stories_of_one_event_count_the_same_when_they_are_merged(archive: Archive) -> None:
    own = several(10)
    store(archive, own)
    before = index(archive).latest
    first, second = (story_id(own[n][0].id) for n in (0, 1))
    with archive.write() as connection:
        story_aliases.merge(connection, second, first, NOW)
        assert story_store.story_of(connection, own[1][0].id) == first
    after = index(archive).latest
    assert after.away == pytest.approx(before.away)
    assert (after.stories, after.origins) == (before.stories - 1, before.origins)


def test_a_further_origin_adds_less_and_a_further_text_of_an_owner_nothing(
    archive: Archive,
) -> None:
    assert [added(n) for n in (1, 2, 4, 8, 9)] == pytest.approx([1, 1, 0.415, 0.193, 0], abs=1e-3)
    assert all(one > two for one, two in pairwise(added(n) for n in range(2, 10)))
    store(archive, several(9, 0))
    before = index(archive).latest.away
    again = report(0, 0, by=0)
    other = replace(again[0], id="a_other", url="https://other.example/x", origin="a_other")
    score = replace(
        again[1],
        article_id="a_other",
        evidence=tuple(replace(e, article_id="a_other") for e in again[1].evidence),
    )
    store(archive, [(other, score)])
    assert index(archive).latest.away == pytest.approx(before)
    store(archive, [report(0, 0, by=30)])
    assert index(archive).latest.away == pytest.approx(before + 0.9)


def test_undated_and_future_articles_do_not_count_and_mixed_ones_count_for_both(
    archive: Archive,
) -> None:
    store(archive, several(9, 0))
    before = index(archive).latest
    undated = report(50, 0)
    store(archive, [(replace(undated[0], published=None), undated[1]), report(51, -2)])
    assert index(archive).latest == before
    store(archive, [report(52, 0, Direction.MIXED, probability=0.8)])
    after = index(archive).latest
    assert after.away - before.away == pytest.approx(0.4)
    assert after.toward - before.toward == pytest.approx(0.4)


def test_a_day_is_the_same_whatever_is_asked_for_and_in_whatever_order_it_came(
    archive: Archive, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pairs = [report(n, n / 2, TOWARD if n % 3 == 0 else AWAY, by=n % 5) for n in range(60)]
    store(archive, pairs)
    other = new_archive(tmp_path_factory.mktemp("other"))
    for pair in reversed(pairs):
        store(other, [pair])
    long = index(archive, days=60)
    assert long.days[-10:] == index(archive, days=10).days
    assert long == index(other, days=60)
    earlier = index(archive, NOW - 5 * DAY, days=10)
    assert earlier.days[:-1] == long.days[-15:-6]  # of the last day the evening had not come
    other.close()


def test_the_interval_narrows_with_more_stories_and_covers_what_others_would_have_said() -> None:
    chance = random.Random(4)

    def sample(count: int, world: str) -> list[Weight]:
        return [
            Weight(
                f"{world}{n}",
                f"f{n % 9}",
                AWAY if chance.random() < 0.7 else TOWARD,
                TODAY - chance.randrange(20) * DAY,
                chance.uniform(0.5, 0.95),
            )
            for n in range(count)
        ]

    few, many = (index_of(sample(n, "x"), TODAY, TODAY).latest for n in (20, 500))
    assert few.high - few.low > 2 * (many.high - many.low)  # type: ignore[operator]
    truth = index_of(sample(8_000, "t"), TODAY, TODAY).latest.value
    assert truth is not None
    covered = 0
    for trial in range(50):
        one = index_of(sample(200, f"{trial}_"), TODAY, TODAY).latest
        assert one.low is not None
        assert one.high is not None
        covered += one.low <= truth <= one.high
    assert 39 <= covered <= 49


def balances(*levels: float, noise: float = 0.1, weight: float = 8) -> dict[date, Balance]:
    """Days of that much evidence, whose balance is near these levels."""
    chance = random.Random(7)
    found = (level + chance.uniform(-noise, noise) for level in levels)
    halves = (weight * (1 + max(-1.0, min(1.0, one))) / 2 for one in found)
    return {TODAY + n * DAY: Balance(half, weight - half) for n, half in enumerate(halves)}


def told_by_chance(chance: random.Random, share: float, *counts: int) -> dict[date, Balance]:
    """Days of that many reports, each of which points away with the same probability."""
    days = {}
    for n, count in enumerate(counts):
        sides = [0.0, 0.0]
        for _ in range(count):
            sides[chance.random() >= share] += chance.uniform(0.5, 0.95)
        if count:
            days[TODAY + n * DAY] = Balance(*sides)
    return days


def test_a_shift_is_found_within_days_told_once_and_dated_to_its_beginning() -> None:
    moved = balances(*[0.0] * 30, *[0.5] * 40)
    (found,) = shifts(moved)
    assert found.direction is AWAY
    assert 2 <= (found.day - TODAY).days - 30 <= 7
    assert abs((found.since - TODAY).days - 30) <= 1
    back = balances(*[0.5] * 30, *[0.0] * 30, *[0.5] * 30)
    assert [one.direction for one in shifts(back)] == [TOWARD, AWAY]


def test_one_loud_day_silent_days_and_a_short_history_are_no_shift() -> None:
    assert not shifts(balances(*[0.0] * 30, 1.0, *[0.0] * 20))
    assert not shifts(balances(*[0.0] * 6, *[0.9] * 5))
    steady = balances(*[0.3] * 60)
    assert not shifts({d: v for d, v in steady.items() if d.day % 5 == 0})


@pytest.mark.parametrize("share", [1.0, 0.95, 0.9, 0.7])
def test_more_news_of_the_same_kind_is_no_shift(share: float) -> None:
    began = TODAY + 90 * DAY
    found = 0
    for seed in range(30):
        days = told_by_chance(random.Random(seed), share, *[1] * 90, *[4] * 30)
        found += any(one.day >= began for one in shifts(days))
    assert found <= 2  # as many as without the step


def test_ten_times_as_much_of_both_sides_leaves_the_index_where_it_is() -> None:
    def world(times: int) -> list[Weight]:
        sides = [*[AWAY] * 7, *[TOWARD] * 3] * times
        return [Weight(f"s{n}", f"f{n}", side, TODAY, 0.9) for n, side in enumerate(sides)]

    few, many = (index_of(world(times), TODAY, TODAY).latest for times in (1, 10))
    assert few.value == pytest.approx(many.value) == pytest.approx(0.4)
    assert few.low < many.low < many.high < few.high  # type: ignore[operator]
    same = index_of([replace(w, direction=AWAY) for w in world(1)], TODAY, TODAY).latest
    assert same.value == same.high == 1
    assert same.low < 0.95  # type: ignore[operator]


def test_false_alarms_of_shifts_are_rare() -> None:
    chance = random.Random(11)
    years = 12
    found = sum(len(shifts(told_by_chance(chance, 0.7, *[3] * 365))) for _ in range(years))
    assert found <= years


def test_stories_are_added_up_in_blocks_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(2)
    found = [
        Weight(f"s{n}", f"f{n % 9}", chance.choice([AWAY, TOWARD]), day(chance.randrange(90)), 0.8)
        for n in range(200)
    ]
    whole = index_of(found, day(20), TODAY)
    monkeypatch.setattr(resampling, "AT_ONCE", 7)
    assert index_of(found, day(20), TODAY) == whole


def test_a_shift_is_shown_on_its_day(archive: Archive) -> None:
    quiet = [report(n, 60 - n, AWAY if n % 2 else TOWARD, by=n % 6) for n in range(48)]
    loud = [report(100 + n, 11 - n // 3, by=n % 6) for n in range(33)]
    store(archive, [*quiet, *loud])
    found = index(archive)
    (shift,) = found.shifts
    assert (shift.direction, found.latest.day) == (AWAY, TODAY)
    assert day(10) <= shift.day <= day(4)
    assert f"a shift away was found on {shift.day:%-d %B}" in found.sentence
    assert " in a week" in found.sentence


def test_the_chart_is_a_small_picture_and_the_same_for_the_same_index(archive: Archive) -> None:
    store(archive, [*several(30, 3), *several(9, 9, TOWARD)])
    found = index(archive, days=90)
    png = index_png(found)
    assert png.startswith(b"\x89PNG")
    assert len(png) < 60_000
    assert png == index_png(found)
    assert index_png(index(archive, days=1)).startswith(b"\x89PNG")
    line = sparks(found)
    assert line.startswith("5 Dec ")
    assert " 4 Mar (" in line
    signs = line.split()[2]
    assert len(signs) == 45
    assert {"·", "▇"} < set(signs)
