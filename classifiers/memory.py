"""Remembering what was worked out for a word, for as long as there are not too many words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 100_000
"""Words that one memory holds, at most: then it forgets all and begins anew."""

LONGEST = 120
"""Letters of a word that is remembered, at most."""


def remembered(work: Callable[[str], T]) -> Callable[[str], T]:
    """Return ``work`` with a memory; a word that is known costs one look into a dictionary."""
    return _Memory(work).__getitem__


class _Memory(dict[str, T], Generic[T]):
    def __init__(self, work: Callable[[str], T]) -> None:
        self._work = work

    def __missing__(self, word: str) -> T:
        found = self._work(word)
        if len(word) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[word] = found
        return found
