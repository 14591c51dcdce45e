"""Snowball stems of English, Russian and Armenian words, each chosen by the word's script."""

from __future__ import annotations

import functools
import threading

import snowballstemmer

from .stopwords import STOP_WORDS
from .words import script

_ALGORITHMS = {"en": "english", "ru": "russian", "hy": "armenian"}


class Stemmer:
    """Stems of folded words; the last hundred thousand words are remembered."""

    def __init__(self) -> None:
        self._stemmers = {lang: snowballstemmer.stemmer(a) for lang, a in _ALGORITHMS.items()}
        self._lock = threading.Lock()
        self.stem = functools.lru_cache(maxsize=100_000)(self._stem)

    def _stem(self, word: str) -> str:
        """Return the stem of ``word``: "" for a stop-word or letter, ``#`` signs for numbers."""
        lower = word.lower()
        if lower in STOP_WORDS or len(lower) < 2:
            return ""
        if lower[0].isdigit():
            is_year = len(lower) == 4 and lower.isdigit() and lower[:2] in ("19", "20")
            return "#year" if is_year else "#number"
        stemmer = self._stemmers.get(script(word))
        if stemmer is None:
            return ""
        with self._lock:
            return str(stemmer.stemWord(lower))
