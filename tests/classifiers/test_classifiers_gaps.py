"""Names that articles mention and no concept covers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.types import Article
from classifiers import Gap, Lexicon, find_gaps, load_lexicon

Make = Callable[..., Article]


@pytest.fixture
def lexicon(tiny: Path) -> Lexicon:
    return load_lexicon(tiny / "lexicon.toml")


def named(gaps: tuple[Gap, ...]) -> dict[str, int]:
    return {gap.name: gap.articles for gap in gaps}


def test_names_are_counted_by_article_and_covered_ones_left_out(
    lexicon: Lexicon, article: Make
) -> None:
    texts = [
        "The visit of Kaja Kallas to Armenia began. Later Kallas met Pashinyan and Kallas again.",
        "In Yerevan the EUMA mission met Kaja Kallas on Monday in March.",
        "Observers of EUMA said that Kallas's plan was known to the CSTO.",
    ]
    articles = [article(text, name=f"a_{at}") for at, text in enumerate(texts)]
    gaps = find_gaps(articles, lexicon, least=1)
    assert named(gaps) == {"Kaja Kallas": 3, "EUMA": 2}
    assert {example.article_id for example in gaps[0].examples} == {"a_0", "a_1", "a_2"}
    assert gaps[0].examples[0].outlet == "Example"
    assert all(e.surface in e.quote for e in gaps[0].examples)
    assert named(find_gaps(articles, lexicon, least=3)) == {"Kaja Kallas": 3}
    assert len(find_gaps(articles, lexicon, top=1, least=1)) == 1


def test_case_endings_are_folded(lexicon: Lexicon, article: Make) -> None:
    russian = [
        "Посол встретился с Карапетяном в суде.",
        "Суд над Карапетяном отложен, дело Карапетяна сложное.",
        "Сторонники говорят о деле Карапетяна.",
    ]
    armenian = ["Նա հանդիպեց Կարապետյանին դատարանում։", "Դատարանը հարցրեց Կարապետյանի մասին։"]
    articles = [
        article(text, name=f"a_{at}", lang="ru") for at, text in enumerate([*russian, *armenian])
    ]
    gaps = find_gaps(articles, lexicon, least=2)
    assert [(gap.lang, gap.articles) for gap in gaps] == [("ru", 3), ("hy", 2)]
    assert gaps[0].name == "Карапетяна"


@pytest.mark.parametrize(
    "text",
    [
        "Apples are cheap. Yesterday it snowed.",  # first words
        "We met in March, on a Monday.",
        "RUSSIA BANS ALL THE FRUIT OF THE VALLEY",  # a headline
        "He saw a Government where a government and another government failed.",
        "Some 42 people at 10 o'clock.",
        "",
        "\ud800 \ud800",
    ],
)
def test_what_is_no_name(lexicon: Lexicon, article: Make, text: str) -> None:
    assert find_gaps([article(text)], lexicon, least=1) == ()


def test_a_run_ends_at_punctuation_and_at_a_possessive(lexicon: Lexicon, article: Make) -> None:
    gaps = find_gaps(
        [article("Then he saw Gagik, Artur and the road to Vanadzor's North Gate today.")],
        lexicon,
        least=1,
    )
    assert set(named(gaps)) == {"Gagik", "Artur", "Vanadzor", "North Gate"}


def test_a_long_quote_is_cut_around_the_name(lexicon: Lexicon, article: Make) -> None:
    text = "the long and winding road " * 2 + "to Zangezur " + "goes on and on " * 4
    text = f"It was {'quite often said that ' * 6}{text}."
    (gap,) = find_gaps([article(text)], lexicon, least=1)
    quote = gap.examples[0].quote
    assert "Zangezur" in quote
    assert len(quote) <= 164
    assert quote.startswith("… ")


def test_a_quote_may_stand_in_text_without_spaces(lexicon: Lexicon, article: Make) -> None:
    long = "We have seen it at https://example.com/" + "x" * 200 + "/News/" + "y" * 300
    for text in (long, "xx/News/" + "y" * 300, "y" * 300 + "/News/" + "y" * 300):
        for gap in find_gaps([article(text)], lexicon, least=1):
            assert all(example.quote for example in gap.examples)
