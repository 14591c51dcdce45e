from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.stems import Stemmer
from classifiers.stopwords import STOP_WORDS
from classifiers.words import (
    MAX_CHARACTERS,
    MAX_SENTENCE_WORDS,
    detect_language,
    fold,
    split_sentences,
)


def sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One came. Two left!", ["One came.", "Two left!"]),
        ("The U.S. Army and Mr. Smith met.", ["The U.S. Army and Mr. Smith met."]),
        ('"It is over," he said. "Go."', ['"It is over," he said.', '"Go."']),
        ("Сегодня 3,2 млрд руб. и т.д. Потом? Да.", None),
        ("Սա մեկն է։ Սա երկուսն է: Ի՞նչ է սա:", ["Սա մեկն է։", "Սա երկուսն է:", "Ի՞նչ է սա:"]),
        ("Headline without stop\n\nBody follows.", ["Headline without stop", "Body follows."]),
        ("wrapped at a\ncolumn", ["wrapped at a\ncolumn"]),
        ("Next: one.", ["Next: one."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str] | None) -> None:
    if expected is None:
        assert sentences(text)[-1] == "Да."
        assert len(sentences(text)) <= 3
    else:
        assert sentences(text) == expected


def test_spellings_that_mean_the_same_fold_together() -> None:
    assert fold("Երևան") == fold("Երեւան") == fold("Երեվան")
    assert fold("ԵՐԵՎԱՆ").lower() == fold("Երևան").lower()
    assert fold("ինչո՞ւ") == "ինչու"
    assert fold("ещё") == "еще"
    assert fold("U.S.") == "US"
    assert fold("за\u0301мок") == "замок"


def test_a_hyphenated_word_and_a_decimal_number_are_one_word() -> None:
    (sentence,) = split_sentences("Армяно-российский US-led 3,2 and 102nd")
    assert sentence.words == ("Армяно-российский", "US-led", "3,2", "and", "102nd")


@pytest.mark.parametrize(
    ("text", "lang"),
    [("Հայաստան CSTO", "hy"), ("Армения и CSTO", "ru"), ("Armenia", "en"), ("123", "en")],
)
def test_language_is_told_by_script(text: str, lang: str) -> None:
    assert detect_language(text) == lang


def test_stop_words_have_no_stem_and_numbers_share_one() -> None:
    stemmer = Stemmer()
    assert {stemmer.stem(word) for word in STOP_WORDS} == {""}
    assert stemmer.stem("2023") == "#year"
    assert stemmer.stem("3,2") == stemmer.stem("17") == "#number"
    assert stemmer.stem("учения") == stemmer.stem("учений")


@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert end <= sentence.start < sentence.end <= len(text)
        end = sentence.end
        for word, (first, last) in zip(sentence.words, sentence.spans, strict=True):
            assert sentence.start <= first < last <= sentence.end
            assert fold(text[first:last][:60]) == word


def test_a_huge_sentence_is_cut_and_a_huge_text_is_read_in_part() -> None:
    found = split_sentences("word " * 60_000)
    assert max(len(sentence.words) for sentence in found) == MAX_SENTENCE_WORDS
    assert found[-1].end <= MAX_CHARACTERS
