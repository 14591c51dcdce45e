"""Every word that was read has a number here, and by number what is known of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .language import Look, look
from .lexicon import Known, Lexicon, Term
from .memory import LONGEST, MOST
from .stems import Stemmer
from .words import MAX_WORD, fold, written_in

CAPITALISED, NUMBER = 1, 2
"""Kinds of names."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of words, an array entry for each; -1 stands for none.

    ``unit`` numbers the stem; ``first`` and ``second`` are the terms of the word alone, ``negated``
    by its prefix; it ``fits`` alias words, and an alias may go ``onward`` from it. It may be a
    ``name``: ``CAPITALISED`` or a ``NUMBER``. ``armenian`` tells its script.
    """

    unit: Any
    first: Any
    second: Any
    negated: Any
    fits: Any
    onward: Any
    name: Any
    armenian: Any


@dataclass
class Wordbook:
    """Numbers words; ``units`` gives stems that are features their number, others get ``-2``.

    ``written`` is a word as it stands in the text, "" for a very long one, which shares its number
    with all that begin alike.
    """

    lexicon: Lexicon
    stemmer: Stemmer
    units: dict[str, int]
    written: list[str] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._terms = {term: number for number, term in enumerate(self.lexicon.terms)}
        self._columns = np.zeros((8, 0), np.int32)
        self._new: list[tuple[int, ...]] = []

    @property
    def is_full(self) -> bool:
        """Whether it holds so many words that a new one should be begun."""
        return len(self.written) >= MOST

    def read(self, chunk: str) -> tuple[int, ...]:
        """Return the numbers of the words of ``chunk``, which holds no space."""
        return tuple([self._number(word) for word in written_in(chunk)])

    def facts(self) -> Facts:
        """Return what is known of all words so far."""
        with self._lock:
            if self._new:
                new = np.array(self._new, np.int32).T
                self._columns = np.concatenate([self._columns, new], axis=1)
                self._new = []
            return Facts(*self._columns)

    def _number(self, written: str) -> int:
        key = written if len(written) <= LONGEST else written[:MAX_WORD] + "\n"
        number = self._numbers.get(key)
        if number is None:
            with self._lock:
                number = self._numbers.get(key)
                if number is None:
                    self._note(fold(written[:MAX_WORD]))
                    self.written.append(written if key == written else "")
                    number = self._numbers[key] = len(self.written) - 1
        return number

    def _note(self, word: str) -> None:
        stem, name, known = (
            self.stemmer.stem(word),
            self.stemmer.name(word),
            self.lexicon.known(word),
        )
        first, second = self._numbered(known.terms)
        seen = look(word)
        self._new.append(
            (
                self.units.get(stem, -2) if stem else -1,
                first,
                second,
                known.negated,
                bool(known.patterns),
                bool(known.onward),
                bool(name) * (NUMBER if word[0].isdigit() else CAPITALISED),
                seen.script == "hy",
            )
        )
        self.stems.append(stem)
        self.names.append(name)
        self.looks.append(seen)
        self.known.append(known)

    def _numbered(self, terms: tuple[Term, ...]) -> tuple[int, int]:
        numbers = self.numbers_of(terms)
        return (*numbers, -1, -1)[:2]  # type: ignore[return-value]

    def numbers_of(self, terms: tuple[Term, ...]) -> tuple[int, ...]:
        """Return the numbers of ``terms``, which are one or two."""
        return tuple([self._terms[term] for term in terms])
