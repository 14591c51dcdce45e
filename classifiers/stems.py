"""Snowball stems of English, Russian and Armenian words, each chosen by the word's script."""

from __future__ import annotations

import re
import threading

import snowballstemmer

from .memory import remembered
from .stopwords import STOP_WORDS
from .words import script

_ALGORITHMS = {"en": "english", "ru": "russian", "hy": "armenian"}
_NOT_DIGIT = re.compile(r"\D")


class Stemmer:
    """Stems of folded words; a hundred thousand words are remembered."""

    def __init__(self) -> None:
        self._stemmers = {lang: snowballstemmer.stemmer(a) for lang, a in _ALGORITHMS.items()}
        self._lock = threading.Lock()
        self.stem = remembered(self._stem)
        self.name = remembered(self._name)

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

    def _name(self, word: str) -> str:
        """Return what ``word`` would name inside a sentence, "" if nothing.

        A number of two or more digits names itself, a capitalised word its stem (as it is, in
        English): so cases agree.
        """
        if word[0].isdigit():
            digits = _NOT_DIGIT.sub("", word)
            return digits if len(digits) >= 2 else ""
        if not word[0].isupper() or len(word) < 2:
            return ""
        stem = self.stem(word)
        return word.lower() if stem and script(word) == "en" else stem
