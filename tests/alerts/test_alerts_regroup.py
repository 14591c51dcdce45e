"""Stories in the archive: merged and split, with ids that live on, and what grouping costs."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from alerts_kit import CSTO, DAIRY, NOW, edit, make, take
from alerts_views import told
from sqlalchemy.engine import Connection

from alerts.regroup import regroup
from alerts.stories import group, parts
from archive import Archive, articles, scores, stories, story_aliases
from archive.ids import story_id
from archive.sketches import sketch_of
from archive.types import Article, Score, Traits

HOUR = timedelta(hours=1)
BOTH = Traits(CSTO.concepts | DAIRY.concepts, CSTO.names | DAIRY.names, CSTO.stems | DAIRY.stems)


def apart(archive: Archive) -> tuple[str, str]:
    """Two stories on what is one event, as nobody could see yet; return their ids."""
    left = make("a", traits=CSTO)
    right = make("b", outlet="Review", traits=DAIRY, hours=1)
    take(archive, left)
    take(archive, right)
    return story_id(left[0].id), story_id(right[0].id)


def reread(pair: tuple[Article, Score], traits: Traits) -> tuple[Article, Score]:
    """An article that has been edited and says something else."""
    article, score = edit(pair, "All is different now. Nothing of it stands.")
    return article, replace(score, traits=traits)


def merged(archive: Archive) -> tuple[str, str]:
    """Two stories made one; return the id that stays and the one that went."""
    older, younger = apart(archive)
    with archive.write() as connection:
        story_aliases.merge(connection, younger, older, NOW)
    return older, younger


def test_an_article_between_two_stories_makes_them_one() -> None:
    a, b = make("a", traits=CSTO), make("b", traits=CSTO, hours=2)
    known = {"s_old": [sketch_of(*a)], "s_new": [sketch_of(*b)]}
    found = group(known, [sketch_of(*make("c", hours=3))], story_days=3)
    assert [(m.old, m.into) for m in found.merges] == [("s_new", "s_old")]
    assert [(p.story_id, p.opens) for p in found.placements] == [("s_old", False)]


def test_of_two_stories_the_one_that_was_told_stays() -> None:
    known = {"s_old": [sketch_of(*make("a"))], "s_new": [sketch_of(*make("b", hours=2))]}
    arrival = sketch_of(*make("c", hours=3))
    found = group(known, [arrival], story_days=3, told=frozenset({"s_new"}))
    assert [(m.old, m.into) for m in found.merges] == [("s_old", "s_new")]


def test_stories_that_are_not_alike_stay_two_though_an_article_is_like_both() -> None:
    known = {
        "s_left": [sketch_of(*make("a", traits=CSTO))],
        "s_right": [sketch_of(*make("b", traits=DAIRY))],
    }
    found = group(known, [sketch_of(*make("c", traits=BOTH, hours=1))], story_days=3)
    assert found.merges == ()
    assert not found.placements[0].opens


def test_a_story_opened_in_the_batch_leaves_no_trace_when_it_is_merged() -> None:
    known = {"s_old": [sketch_of(*make("a", hours=60))]}
    early, late = make("b", hours=0), make("c", hours=59)
    found = group(known, [sketch_of(*late), sketch_of(*early)], story_days=3)
    assert {p.story_id for p in found.placements} == {"s_old"}
    assert found.merges == ()


def test_a_story_is_found_by_the_id_that_was_merged_away(any_archive: Archive) -> None:
    stays, went = merged(any_archive)
    with any_archive.read() as connection:
        found = stories.get(connection, went)
        assert found == stories.get(connection, stays)
        assert found is not None
        assert found.aliases == (went,)
        assert len(found.members) == 2
        assert stories.decisions(connection, went) == stories.decisions(connection, stays) != []
        assert [s.id for s in stories.recent(connection, 10)] == [stays]
        assert story_aliases.told(connection, [stays]) == {stays}


def test_merging_on_and_on_keeps_every_id(any_archive: Archive) -> None:
    stays, went = merged(any_archive)
    third = make("c", traits=Traits(frozenset({"pipeline"})), outlet="Third")
    take(any_archive, third)
    last = story_id(third[0].id)
    with any_archive.write() as connection:
        story_aliases.merge(connection, stays, last, NOW + HOUR)
        assert {story_aliases.resolve(connection, one) for one in (went, stays, last)} == {last}
        assert story_aliases.of(connection, [last]) == {last: (went, stays)}


def test_a_merged_story_that_was_told_is_not_told_again(archive: Archive) -> None:
    merged(archive)
    before = {a.alert_id for a in told(archive)}
    take(archive, make("c", outlet="Fourth", hours=2), now=NOW + HOUR)
    assert {a.alert_id for a in told(archive)} == before


def test_an_article_that_has_become_another_matter_leaves_its_story(any_archive: Archive) -> None:
    first, second, third = make("a"), make("b", hours=1), make("c", hours=2)
    take(any_archive, first, second, third)
    changed = reread(third, DAIRY)
    report = take(any_archive, changed, now=NOW + HOUR)
    old, new = story_id(first[0].id), story_id(third[0].id)
    assert (report.stories_new, report.stories_updated) == (1, 1)
    with any_archive.read() as connection:
        left, right = stories.get(connection, old), stories.get(connection, new)
        assert left is not None
        assert right is not None
        assert [m.article.id for m in left.members] == [first[0].id, second[0].id]
        assert [m.article.id for m in right.members] == [third[0].id]
        assert (left.split_from, right.split_from) == ("", old)
        assert right.title == changed[0].title
        assert {d.story_id for d in stories.decisions(connection, new)} == {new}


def test_a_copy_goes_where_its_original_goes(archive: Archive) -> None:
    first, second = make("a"), make("b", hours=1)
    copy = make("c", hours=2, origin="b", outlet="Copyist")
    take(archive, first, make("d", hours=1, outlet="D"), second, copy)
    take(archive, reread(second, DAIRY), now=NOW + HOUR)
    with archive.read() as connection:
        found = stories.get(connection, story_id(second[0].id))
        assert found is not None
        assert {m.article.id for m in found.members} == {second[0].id, copy[0].id}


def test_when_the_article_that_opened_a_story_leaves_it_the_id_stays(archive: Archive) -> None:
    first = make("a")
    take(archive, first, make("b", hours=1), make("c", hours=2))
    take(archive, reread(first, DAIRY), now=NOW + HOUR)
    old = story_id(first[0].id)
    with archive.read() as connection:
        kept = stories.get(connection, old)
        new = stories.story_of(connection, first[0].id)
        assert kept is not None
        assert len(kept.members) == 2
        assert new not in (None, old)


def test_a_story_taken_out_of_the_one_it_was_merged_into_has_its_old_id(archive: Archive) -> None:
    stays, went = merged(archive)
    with archive.write() as connection:
        (moved,) = [one for one in _members(connection, stays) if story_id(one) == went]
        again = story_aliases.split(connection, stays, moved, {moved}, NOW + HOUR)
        assert again == went == story_aliases.resolve(connection, went)
        assert story_aliases.of(connection, [stays]) == {}
        assert _members(connection, went) == [moved]


def test_articles_far_apart_in_time_do_not_split_a_story_that_goes_on() -> None:
    members = [sketch_of(*make(k, hours=70 * i)) for i, k in enumerate("abcd")]
    assert len(parts(members)) == 1
    assert len(parts([*members, sketch_of(*make("e", traits=DAIRY))])) == 2


@pytest.mark.parametrize("old", [0, 1_000])
def test_grouping_costs_the_same_however_much_is_held(archive: Archive, old: int) -> None:
    """Beside 500 stories of the window; the ones before it are not looked at."""
    with archive.write() as connection:
        for number in range(500 + old):
            hours = -(number % 40) if number < 500 else -1_000 - number
            terms = frozenset({f"c{number % 97}", f"d{number % 89}", f"e{number % 83}"})
            one, score = make(f"p{number}", hours=hours, traits=Traits(terms, terms, terms))
            articles.put(connection, one)
            scores.save(connection, [score], NOW)
            stories.open_story(connection, story_id(one.id), one, NOW)
        batch = [make(f"q{number}", hours=number % 9) for number in range(100)]
        for one, _ in batch:
            articles.put(connection, one)
        start = time.process_time()
        touched = regroup(connection, batch, {a.id for a, _ in batch}, 3.0, NOW)
        assert time.process_time() - start < 1
    assert len(touched.opened) == 1


def _members(connection: Connection, key: str) -> list[str]:
    found = stories.get(connection, key)
    assert found is not None
    return [m.article.id for m in found.members]
