"""The lexicon's hits in all sentences of a batch of articles at once, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .lexicon import NOTHING, longest_from
from .reading import REACH
from .wordbook import Facts, Wordbook

_NEGATION, _DEED = 1, 2
_KINDS = {"negation": _NEGATION, "action": _DEED, "speech": _DEED}


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits in order: the sentence, the words from ``first`` to ``last`` (exclusive) among all words
    of the batch, the number of the term, and whether it is denied.
    """

    sentence: Any
    first: Any
    last: Any
    term: Any
    denied: Any

    def covered(self, count: int) -> Any:
        """Return which of all ``count`` words a hit covers."""
        change = np.bincount(self.first, minlength=count + 1)
        change -= np.bincount(self.last, minlength=count + 1)
        return np.cumsum(change)[:count] > 0


def find_hits(words: Any, sentence: Any, book: Wordbook, facts: Facts) -> Hits:
    """Return the hits in ``words`` (their numbers), each in the ``sentence`` of the same place.

    They are those that ``Lexicon.match`` finds sentence by sentence, and denied as ``read_text``
    has it.
    """
    first, second = facts.first[words], facts.second[words]
    last = np.arange(1, len(words) + 1)
    within: list[int] = []
    for at, end, numbers in _long_ones(words, sentence, book, facts):
        first[at], second[at] = (*numbers, -1)[:2]
        last[at] = end
        within += range(at + 1, end)
    first[within] = -1
    places = np.flatnonzero(first >= 0)
    places = np.repeat(places, 1 + (second[places] >= 0))
    term = first[places]
    again = np.flatnonzero(places[1:] == places[:-1]) + 1
    term[again] = second[places[again]]
    negated = facts.negated[words[places]] > 0
    own, ends = sentence[places], last[places]
    return Hits(own, places, ends, term, _denied(own, places, ends, term, negated, book))


def _long_ones(
    words: Any, sentence: Any, book: Wordbook, facts: Facts
) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return where the aliases of several words start and end, with the numbers of their terms."""
    here, there = words[:-1], words[1:]
    may_be = (facts.onward[here] > 0) & (facts.fits[there] > 0) & (sentence[:-1] == sentence[1:])
    starts = np.flatnonzero(may_be)
    ends = np.searchsorted(sentence, sentence[starts], side="right")
    ends = np.minimum(ends, starts + book.lexicon.most_words)
    found: list[tuple[int, int, tuple[int, ...]]] = []
    past = 0
    known = book.known
    ones, twos = here[starts].tolist(), there[starts].tolist()
    for at, end, one, two in zip(starts.tolist(), ends.tolist(), ones, twos, strict=True):
        if at < past or known[one].onward.isdisjoint(known[two].patterns):
            continue
        ahead = [known[number] for number in words[at:end].tolist()]
        terms, length = longest_from([*ahead, NOTHING], 0)
        if length > 1 and terms:
            past = at + length
            found.append((at, past, book.numbers_of(terms)))
    return found


def _denied(sentence: Any, first: Any, last: Any, term: Any, negated: Any, book: Wordbook) -> Any:
    """Return which hits are denied: by prefix, or by a negation a few words before."""
    kinds = np.array([_KINDS.get(one.type, 0) for one in book.lexicon.terms])[term]
    denied = negated & (kinds == _DEED)
    telling = np.flatnonzero(kinds)
    before, here = telling[:-1], telling[1:]
    near = (sentence[before] == sentence[here]) & (first[here] - last[before] <= REACH)
    denied[here[near & (kinds[before] == _NEGATION) & (kinds[here] == _DEED)]] = True
    return denied
