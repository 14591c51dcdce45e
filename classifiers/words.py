"""From text to sentences and folded words, for English, Russian and Armenian alike.

Nothing here depends on a declared language: the script of each word decides, so that
texts of mixed scripts are read as they stand.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from .memory import remembered

T = TypeVar("T")

MAX_CHARACTERS = 120_000
"""How much of a text is read: about 18 000 words, beyond any article; bounds time and memory."""

MAX_SENTENCE_WORDS = 90
"""Longer sentences are cut here, so that the pairs within one stay few."""

MAX_WORD = 60
"""Letters of a word that are looked at; the longest Armenian compounds stay below it."""

_MARKS = r"[՛՜՞\u0301\u00ad\u200b-\u200d\u2060\ufeff]"
"""Marks inside words that change nothing: Armenian ones, accent, soft hyphen, zero width."""

_TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}"
    r"|\d+(?:[.,]\d+)*(?!\w)"
    rf"|\w++(?:(?:{_MARKS}+['’ʼ՚‘\-‐‑]?|['’ʼ՚‘\-‐‑])\w++)*+{_MARKS}*+"
)
"""A word, once underscores have become spaces."""

_DROPPED = {ord(mark): None for mark in "՛՜՞\u0301\u00ad\u200b\u200c\u200d\u2060\ufeff"}
_FOLDED = _DROPPED | {
    ord(char): new
    for chars, new in (("’ʼ՚‘", "'"), ("‐‑", "-"), ("և", "եւ"), ("ё", "е"), ("Ё", "Е"))
    for char in chars
}
_ARMENIAN_EV = re.compile("([Եե])([Վվ])")
_END = re.compile(r"([.!?…։:\n])[.!?…։]*[\"'»”’)\]]*(\s*)")
_OPENERS = "\"'«“„‘([—–- \u00a0"
_ABBREVIATIONS = """
mr mrs ms dr gen lt col sgt st no vs e.g i.e jr sr prof sen rep gov inc ltd co corp
jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k u.n e.u d.c
г гг в вв ул руб тыс млн млрд трлн долл проц чел см стр напр др пр обл р-н им т.д т.п т.е т.к
թ թթ հ մլն մլրդ տ այլ
"""
_ABBREVIATED = frozenset(_ABBREVIATIONS.split())
_LAST_WORD = re.compile(r"(\w+(?:\.\w+)*)$")


@dataclass(frozen=True)
class Sentence:
    """A sentence: where it stands in ``text`` and its folded words, which keep their case.

    ``first`` is where its first word starts. Offsets count characters of the whole text.
    """

    text: str = field(repr=False)
    start: int
    end: int
    first: int
    words: tuple[str, ...]

    @functools.cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where each word starts and ends."""
        found = _TOKEN.finditer(_spaced(self.text[self.first : self.end]))
        return tuple((m.start() + self.first, m.end() + self.first) for m in found)


@functools.lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Return ``word`` with equal spellings made equal, case kept.

    Armenian ``՛ ՜ ՞``, accents, soft hyphens and zero-width marks go; ``և``/``եվ`` become ``եւ``
    (Eastern and Western spelling), ``ё`` becomes ``е``, apostrophes and hyphens become ASCII;
    initials lose their dots (``U.S.`` is ``US``).
    """
    if word.isascii():
        return word.replace(".", "") if "." in word and word[0].isalpha() else word
    return _ARMENIAN_EV.sub(_ev, word.translate(_FOLDED))


def _ev(match: re.Match[str]) -> str:
    return match[1] + ("Ւ" if match[2] == "Վ" else "ւ")


@remembered
def script(word: str) -> str:
    """Return the language whose script ``word`` starts in: ``hy``, ``ru``, ``en`` or ``other``."""
    for char in word:
        if "a" <= char <= "z" or "A" <= char <= "Z":
            return "en"
        if "\u0400" <= char <= "\u04ff":
            return "ru"
        if "\u0531" <= char <= "\u0587":
            return "hy"
        if "\u00c0" <= char <= "\u024f":
            return "en"
        if char.isalpha():
            return "other"
    return "other"


def detect_language(text: str) -> str:
    """Return ``hy`` for a text mostly in Armenian letters, ``ru`` for Cyrillic, else ``en``."""
    head = text[:4000]
    armenian = sum("\u0531" <= char <= "\u0587" for char in head)
    cyrillic = sum("\u0400" <= char <= "\u04ff" for char in head)
    latin = sum("a" <= char <= "z" or "A" <= char <= "Z" for char in head)
    if armenian and armenian >= max(cyrillic, latin):
        return "hy"
    return "ru" if cyrillic and cyrillic >= latin else "en"


def _spaced(text: str) -> str:
    return text.replace("_", " ")


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of ``text`` that hold at least one word, in order.

    A sentence ends at ``. ! ? …``, at the Armenian full stop ``։`` (or ``:`` after Armenian
    letters) and at a line break, but not after a known abbreviation, an initial, or before a
    lower-case word.
    """
    text = text[:MAX_CHARACTERS]
    return tuple(
        [
            Sentence(text, start, end, first, tuple(words))
            for start, end, first, words in sentences_of(text, _words_of)
        ]
    )


def sentences_of(
    text: str, read: Callable[[str], Iterable[T]]
) -> Iterator[tuple[int, int, int, list[T]]]:
    """Yield start, end, start of the first word and words of each sentence of ``text``.

    ``read`` gives the words, as ``words_of`` does or put in other terms, of a chunk without spaces.
    """
    spaced = _spaced(text)
    past = floor = 0
    for edge in (*_boundaries(text), len(text)):
        if first := _TOKEN.search(spaced, past, edge):
            words = list(chain.from_iterable(map(read, spaced[past:edge].split())))
            last = _rstrip(text, edge)
            for at, end, own in _parts(spaced, first.start(), last, words):
                yield _opening(text, at, floor), end, at, own
                floor = end
        past = edge


def words_of(chunk: str) -> tuple[str, ...]:
    """Return the folded words of ``chunk``, which holds no space: no word goes beyond one."""
    return tuple([fold(word[:MAX_WORD]) for word in written_in(chunk)])


def written_in(chunk: str) -> list[str]:
    """Return the words of ``chunk`` as they are written."""
    return _TOKEN.findall(chunk)


_words_of = remembered(words_of)


def _parts(spaced: str, first: int, end: int, words: list[T]) -> Iterator[tuple[int, int, list[T]]]:
    """Yield start, end and words of the sentence of ``words``, in parts if it is long.

    Its first word starts at ``first``; it ends at ``end``.
    """
    if len(words) > MAX_SENTENCE_WORDS:
        spans = [match.span() for match in _TOKEN.finditer(spaced, first, end)]
        for at in range(0, len(words) - MAX_SENTENCE_WORDS, MAX_SENTENCE_WORDS):
            past = at + MAX_SENTENCE_WORDS
            yield spans[at][0], spans[past - 1][1], words[at:past]
        first, words = spans[past][0], words[past:]
    yield first, end, words


def _rstrip(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end


def _opening(text: str, start: int, floor: int) -> int:
    while start > floor and text[start - 1] in "«“„\"'‘([":
        start -= 1
    return start


def _boundaries(text: str) -> Iterator[int]:
    """Yield the offsets at which a sentence ends."""
    for match in _END.finditer(text):
        if _ends_sentence(text, match):
            yield match.start(2)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    stop, gap = match[1], match[2]
    following = text[match.end() : match.end() + 1]
    if stop == "\n":
        return "\n" in gap or not following.islower()
    if stop == ":" and not "\u0531" <= text[match.start() - 1 : match.start()] <= "\u0587":
        return False
    if not gap or "\n" in gap:
        return bool(gap)
    if following in _OPENERS:
        following = text[match.end() : match.end() + 4].lstrip(_OPENERS)[:1]
    if following.islower():
        return False
    return stop != "." or not _is_abbreviation(text, match.start())


def _is_abbreviation(text: str, dot: int) -> bool:
    before = _LAST_WORD.search(text, max(0, dot - 24), dot)
    if before is None:
        return False
    word = before[1].lower()
    return word in _ABBREVIATED or (len(word) == 1 and before[1].isupper())
