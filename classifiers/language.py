"""Whether an article is in one of the three languages that the models were trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from typing import NamedTuple

from .lexicon import LANGUAGES
from .memory import remembered
from .reading import Reading
from .stopwords import STOP_WORDS
from .words import script

OTHER = "other"
FEWEST_WORDS = 30
"""In a shorter text the share of function words says little; its script decides alone."""

SAMPLE = 150
"""Words that are looked at: enough to tell."""

FOREIGN_LETTERS = frozenset("іїєґўјљњћђџ")
"""Cyrillic letters that Russian does not have: Ukrainian, Belarusian, Serbian, Macedonian do."""

MOST_FOREIGN = 0.1
"""Words with such a letter among all words of a Russian text, at most."""

LEAST_SHARE = {"en": 0.12, "ru": 0.1, "hy": 0.0}
"""Function words among all words, at least. The lowest of 90 news texts in each language: English
.35, Russian .18; French, German and Ukrainian ones have up to .05, .05 and .10."""


_LONGER = {"eng": "en", "rus": "ru", "hye": "hy", "arm": "hy", "hyw": "hy"}
"""ISO 639-2 and 639-3 codes of the three languages."""


def language_code(declared: str) -> str:
    """Return the two-letter code in a language tag (RFC 5646), "" where there is none."""
    code = declared.strip().lower().replace("_", "-").split("-")[0]
    code = _LONGER.get(code, code)
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def language_of(reading: Reading, declared: str) -> str:
    """Return ``en``, ``ru`` or ``hy``, or ``other`` for any other language.

    A ``declared`` language that is none of the three is believed. Otherwise the script of most
    words decides, and for Latin and Cyrillic the share of English or Russian function words.
    """
    words = islice(chain.from_iterable(r.sentence.words for r in reading.sentences), SAMPLE)
    return language_from(list(map(look, words)), declared)


class Look(NamedTuple):
    """The script of a word, whether it has a foreign letter, whether it is a stop-word."""

    script: str
    foreign: bool
    function: bool


@remembered
def look(word: str) -> Look:
    """Return what ``word`` tells of its language."""
    lower = word.lower()
    return Look(script(word), not FOREIGN_LETTERS.isdisjoint(lower), lower in STOP_WORDS)


def language_from(looks: Sequence[Look], declared: str) -> str:
    """Return the language of a text whose first words, up to ``SAMPLE``, look like ``looks``."""
    code = language_code(declared)
    if code and code not in LANGUAGES:
        return OTHER
    counts = Counter([one.script for one in looks])
    del counts[OTHER]  # numbers and symbols; words of a fourth script leave no other count
    if not counts:
        return code if code and not looks else OTHER
    found = counts.most_common(1)[0][0]
    own = counts[found]
    if own < FEWEST_WORDS:
        return found
    if found == "ru" and sum(one.foreign for one in looks) > MOST_FOREIGN * own:
        return OTHER
    share = sum(one.function for one in looks) / own
    return found if share >= LEAST_SHARE[found] else OTHER
