"""From text to sentences and folded words, for English, Russian and Armenian alike.

Nothing here depends on a declared language: the script of each word decides, so that
texts of mixed scripts are read as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARACTERS = 120_000
"""How much of a text is read: about 18 000 words, beyond any article; bounds time and memory."""

MAX_SENTENCE_WORDS = 90
"""Longer sentences are cut here, so that the pairs within one stay few."""

MAX_WORD = 60
"""Letters of a word that are looked at; the longest Armenian compounds stay below it."""

_TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}"
    r"|\d+(?:[.,]\d+)*(?=\W|_|$)"
    r"|[^\W_][\u055b\u055c\u055e\u0301\u00ad]*"
    r"(?:[^\W_][\u055b\u055c\u055e\u0301\u00ad]*|['’ʼ՚‘\-‐‑](?=[^\W_]))*"
)
_DROPPED = {ord(mark): None for mark in "՛՜՞\u0301\u00ad"}
_FOLDED = _DROPPED | {
    ord(char): new
    for chars, new in (("’ʼ՚‘", "'"), ("‐‑", "-"), ("և", "եւ"), ("ё", "е"), ("Ё", "Е"))
    for char in chars
}
_ARMENIAN_EV = re.compile("([Եե])([Վվ])")
_TERMINATOR = re.compile(
    r"(?P<stop>[.!?…։]+|(?<=[\u0531-\u0587]):|(?<=[\u0531-\u0587][»)]):)"
    r"[\"'»”’)\]]*(?P<gap>\s+)(?=(?P<next>[\"'«“„‘(\[—–-]*\s*\w|\Z))"
    r"|(?P<line>\s*\n\s*)"
)
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr gen lt col sgt st no vs e.g i.e jr sr prof sen rep gov inc ltd co corp "
    "jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k u.n e.u d.c "
    "г гг в вв ул руб тыс млн млрд трлн долл проц чел см стр напр др пр обл р-н им т.д т.п т.е т.к "
    "թ թթ հ մլն մլրդ տ այլ".split()
)
_LAST_WORD = re.compile(r"(\w+(?:\.\w+)*)$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: where it stands in its text, its folded words and where each of those stands.

    ``words`` keep their case; offsets count characters of the whole text.
    """

    start: int
    end: int
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def fold(word: str) -> str:
    """Return ``word`` with equal spellings made equal, case kept.

    Armenian ``՛ ՜ ՞``, the acute accent and the soft hyphen go; ``և``/``եվ`` become ``եւ``
    (Eastern and Western spelling), ``ё`` becomes ``е``, apostrophes and hyphens become ASCII;
    initials lose their dots (``U.S.`` is ``US``).
    """
    if word.isascii():
        return word.replace(".", "") if "." in word and word[0].isalpha() else word
    return _ARMENIAN_EV.sub(_ev, word.translate(_FOLDED))


def _ev(match: re.Match[str]) -> str:
    return match[1] + ("Ւ" if match[2] == "Վ" else "ւ")


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


def words_of(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the folded words of ``text`` with their start and end."""
    for match in _TOKEN.finditer(text):
        yield fold(match[0][:MAX_WORD]), match.start(), match.end()


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of ``text`` that hold at least one word, in order.

    A sentence ends at ``. ! ? …``, at the Armenian full stop ``։`` (or ``:`` after Armenian
    letters) and at a line break, but not after a known abbreviation, an initial, or before a
    lower-case word.
    """
    text = text[:MAX_CHARACTERS]
    bounds = _boundaries(text)
    sentences: list[Sentence] = []
    pending: list[tuple[str, int, int]] = []
    edge = next(bounds, None)
    for word in words_of(text):
        while edge is not None and word[1] >= edge:
            _close(sentences, pending, text, edge)
            edge = next(bounds, None)
        pending.append(word)
    _close(sentences, pending, text, len(text))
    return tuple(sentences)


def _close(
    sentences: list[Sentence], pending: list[tuple[str, int, int]], text: str, edge: int
) -> None:
    for first in range(0, len(pending), MAX_SENTENCE_WORDS):
        part = pending[first : first + MAX_SENTENCE_WORDS]
        start = _opening(text, part[0][1], sentences[-1].end if sentences else 0)
        more = first + MAX_SENTENCE_WORDS < len(pending)
        end = part[-1][2] if more else len(text[:edge].rstrip())
        sentences.append(
            Sentence(
                start,
                max(end, part[-1][2]),
                tuple(word for word, _, _ in part),
                tuple((begin, stop) for _, begin, stop in part),
            )
        )
    pending.clear()


def _opening(text: str, start: int, floor: int) -> int:
    while start > floor and text[start - 1] in "«“„\"'‘([":
        start -= 1
    return start


def _boundaries(text: str) -> Iterator[int]:
    """Yield the offsets at which a sentence ends."""
    for match in _TERMINATOR.finditer(text):
        if match["line"] is not None:
            if "\n" in match["line"].strip(" \t\r").replace("\n", "", 1):
                yield match.start()
            elif not text[match.end() : match.end() + 1].islower():
                yield match.start()
        elif _ends_sentence(text, match):
            yield match.start("gap")


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    if "\n" in match["gap"]:
        return True
    following = match["next"]
    if following and following[-1].islower():
        return False
    if match["stop"] != ".":
        return True
    before = _LAST_WORD.search(text, max(0, match.start() - 24), match.start())
    if before is None:
        return True
    word = before[1].lower()
    return not (word in _ABBREVIATIONS or (len(word) == 1 and before[1].isupper()))
