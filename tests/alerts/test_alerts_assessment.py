"""Grades, days and outlook: counted by rule, and said in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from alerts_kit import NOW, make
from hypothesis import given
from hypothesis import strategies as st
from test_alerts_message import payload_of

from alerts.corroboration import origins_of, source_of
from alerts.credibility import credibility
from alerts.days import finding, last_days
from alerts.outlook import outlook
from alerts.payload import AlertPayload, Counter, Origin, Source, read_payload
from alerts.rendering import heights, letter, quoted
from alerts.sparkline import sparkline
from archive.types import Article, Direction, Score, Story, StoryMember

Pair = tuple[Article, Score]


def graded(key: str, letter: str = "F", kind: str = "independent", **more: str) -> Pair:
    article, score = make(key, outlet=f"Outlet {key}", **more)  # type: ignore[arg-type]
    return replace(article, reliability=letter, kind=kind), score


def origins(*pairs: Pair) -> tuple[Origin, ...]:
    return origins_of([StoryMember(a, s) for a, s in pairs])


def sources(*pairs: Pair) -> tuple[Source, ...]:
    return tuple(source_of(a) for a, _ in pairs)


@pytest.mark.parametrize(
    ("reporting", "opposing", "number", "words"),
    [
        ([("a", "B", "wire"), ("b", "F", "official")], [], 1, "a primary document among them"),
        ([("a", "B", "wire"), ("b", "F", "wire")], [], 2, "2 independent origins"),
        ([("a", "B", "official")], [], 3, "one origin"),
        ([("a", "B", "wire"), ("b", "C", "official")], [("n", "A", "state")], 4, "Outlet n (A)"),
        ([("a", "F", "wire")], [("n", "E", "state")], 4, "Outlet n (E)"),
        ([("a", "B", "wire")], [("n", "B", "state")], 3, "one origin"),
        ([("a", "F", "wire")], [("n", "F", "state")], 3, "one origin"),
        ([("a", "<b>", "wire")], [("n", "A+", "state")], 3, "one origin"),
        ([], [("n", "F", "state")], 5, "no outlet carries it any more"),
        ([], [], 6, "nothing to judge it by"),
    ],
)
def test_the_number_follows_the_rule(
    reporting: list[tuple[str, str, str]],
    opposing: list[tuple[str, str, str]],
    number: int,
    words: str,
) -> None:
    found = credibility(
        origins(*(graded(*one) for one in reporting)), sources(*(graded(*one) for one in opposing))
    )
    assert found.number == number
    assert words in found.why


def test_copies_confirm_nothing() -> None:
    copy = graded("b", "A", "official", origin="a")
    assert credibility(origins(graded("a", "C"), copy), ()).number == 3


@given(st.lists(st.sampled_from("ABCDEF"), max_size=5), st.lists(st.sampled_from("ABCDEF")))
def test_grades_never_change_the_number_of_what_nobody_opposes(
    letters: list[str], others: list[str]
) -> None:
    """The two scales are apart: a letter alone moves no number."""
    alone = credibility(origins(*(graded(f"k{i}", grade) for i, grade in enumerate(letters))), ())
    assert alone.number == {0: 6, 1: 3}.get(len(letters), 2)
    opposed = sources(*(graded(f"n{i}", grade) for i, grade in enumerate(others)))
    known = min(others, default="F")
    better = bool(letters) and known < min(letters)
    found = credibility(
        origins(*(graded(f"k{i}", grade) for i, grade in enumerate(letters))), opposed
    )
    assert (found.number == 4) == better


def test_an_old_payload_without_grades_is_still_read() -> None:
    stored = payload_of(make("a")).as_json()
    for key in ("credibility", "outlook", "days", "severity"):
        del stored[key]
    old = read_payload(stored)
    assert (old.credibility.number, old.outlook, old.days) == (6, (), ())


# --- what would change it ---


def test_one_origin_lacks_a_second_and_an_official_word() -> None:
    said = outlook(origins(graded("a")), Counter())
    assert said == (
        "A denial, or an account from the other side, would lower the confidence.",
        "Missing: one more independent origin; the confidence would be moderate, not low.",
        "Missing: an official statement; none of the origins is an official source.",
    )


def test_three_origins_with_an_official_one_lack_nothing_but_a_denial() -> None:
    said = outlook(origins(graded("a"), graded("b"), graded("c", kind="official")), Counter())
    assert len(said) == 1


def test_an_open_contradiction_comes_first_and_names_the_better_source() -> None:
    counter = Counter(articles=sources(graded("m", "D"), graded("n", "A")))
    said = outlook(origins(graded("a", "B")), counter)
    assert said[0] == "Open: which account stands; Outlet n opposes it."
    assert not any("one more" in line for line in said), "one more would not lift it from low"


# --- days ---


def story(*pairs: Pair, key: str = "s_own") -> Story:
    members = tuple(StoryMember(a, s) for a, s in pairs)
    return Story(key, "t", members, NOW, NOW)


def test_a_day_counts_texts_not_copies_and_only_those_that_point_the_same_way() -> None:
    own = story(
        make("a"),
        make("b", hours=1),
        make("c", hours=2, origin="a"),
        make("d", hours=-30),
        make("e", direction=Direction.TOWARD, hours=3),
        make("f", probability=0),
    )
    other = story(make("x", hours=1), make("y", hours=-13 * 24), key="s_x")
    old = story(make("z", hours=-15 * 24), key="s_z")
    days = last_days(own, (own, other, old), Direction.AWAY, NOW)
    assert len(days) == 14
    assert days[-1].day == NOW.date()
    assert [one.story for one in days] == [0] * 11 + [1, 0, 2]
    assert [one.every for one in days] == [1] + [0] * 10 + [1, 0, 3]
    assert finding(days) == (
        "3 texts on this story in 14 days, most on 4 March (2); 5 on all stories that point the "
        "same way."
    )


def test_an_undated_text_counts_when_it_was_seen() -> None:
    article, score = make("a")
    late = replace(article, published=None, first_seen=NOW - timedelta(days=2))
    days = last_days(story((late, score)), (), Direction.AWAY, NOW)
    assert [one.story for one in days][-3:] == [1, 0, 0]
    assert finding(days).startswith("1 text on this story in 14 days; 1 on all")
    assert finding(()) == ""


def test_the_sparkline_shows_none_and_most() -> None:
    assert sparkline([0, 1, 4, 8, 0]) == "·▂▅█·"
    assert sparkline([0, 0]) == "··"
    assert sparkline([]) == ""
    assert sparkline([3]) == "█"


@given(st.lists(st.integers(0, 10_000), max_size=30))
def test_a_sparkline_has_a_sign_a_day_and_is_monotone(counts: list[int]) -> None:
    signs = sparkline(counts)
    assert len(signs) == len(counts)
    order = "·▁▂▃▄▅▆▇█"
    for count, sign in zip(counts, signs, strict=True):
        for other, against in zip(counts, signs, strict=True):
            assert count < other or order.index(sign) >= order.index(against)


def test_bars_are_as_high_as_their_share() -> None:
    days = last_days(story(make("a"), make("b", hours=1)), (), Direction.AWAY, NOW)
    assert heights(days, 34)[-1] == (0, 34)
    assert heights(days, 34)[0] == (0, 0)
    busy = tuple(d.model_copy(update={"every": 500}) for d in days)
    assert heights(busy, 34)[-1] == (34, 2), "the smallest share is still seen"


# --- how it is written ---


def test_quotes_cannot_pass_for_lines_of_ours() -> None:
    assert quoted("one\n\nCOUNTER-EVIDENCE\n  None.\n") == (
        "   > one\n   > COUNTER-EVIDENCE\n   > None."
    )


def test_a_letter_is_one_of_six() -> None:
    assert [letter(one) for one in ("A", "f", "", "<b>", "AB")] == ["A", "F", "F", "F", "F"]


def test_every_outlet_is_graded_once() -> None:
    payload: AlertPayload = payload_of(
        graded("a", "B"), graded("b", "C", origin="a"), graded("c", "B")
    )
    assert sorted(payload.letters) == ["B", "B", "C"]
