"""Reading an article once: its sentences, the lexicon's hits in them, its windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from archive.types import Article

from .lexicon import Hit, Lexicon
from .parties import ARMENIAN
from .words import MAX_CHARACTERS, Sentence, script, split_sentences

TITLE_CHARACTERS = MAX_CHARACTERS // 100
REACH = 4
"""Words between a negation and what it negates, at most."""


class ReadSentence(NamedTuple):
    """A sentence and its hits; ``negated`` holds the positions in ``hits`` that are denied.

    ``parties`` are those that it names, as bits.
    """

    sentence: Sentence
    hits: tuple[Hit, ...]
    negated: frozenset[int]
    parties: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's sentences: the title's first, then the text's from ``title_length`` on."""

    sentences: tuple[ReadSentence, ...]
    title_length: int

    def windows(self) -> tuple[tuple[int, ...], ...]:
        """Return windows as sentence positions: title with lead, then each two neighbours.

        A document of one or two sentences is one window.
        """
        return windows_of(range(len(self.sentences)), self.title_length)


def windows_of(positions: Sequence[int], title_length: int) -> tuple[tuple[int, ...], ...]:
    """Return the windows of the sentences at ``positions``, the first ``title_length`` a title."""
    body = positions[title_length:]
    pairs: list[tuple[int, ...]] = list(pairwise(body)) or [(at,) for at in body]
    if title_length:
        return ((*positions[:title_length], *body[:1]), *pairs)
    return tuple(pairs)


def read_text(text: str, lexicon: Lexicon) -> tuple[ReadSentence, ...]:
    """Return the sentences of ``text`` with the lexicon's hits."""
    return tuple(read_sentence(sentence, lexicon) for sentence in split_sentences(text))


def read_article(article: Article, lexicon: Lexicon) -> Reading:
    """Return the reading of ``article``, title and text."""
    title = read_text(article.title[:TITLE_CHARACTERS], lexicon)
    return Reading((*title, *read_text(article.text, lexicon)), len(title))


def read_sentence(sentence: Sentence, lexicon: Lexicon) -> ReadSentence:
    """Return ``sentence`` with the lexicon's hits."""
    hits = lexicon.match(sentence.words)
    parties = ARMENIAN if script(sentence.words[0]) == "hy" else 0
    for hit in hits:
        parties |= hit.term.parties
    return ReadSentence(sentence, hits, _negated(hits), parties)


def _negated(hits: tuple[Hit, ...]) -> frozenset[int]:
    """Return which hits are denied: by prefix, or by a negation a few words before."""
    found: set[int] = set()
    last_negation = -REACH - 1
    for at, hit in enumerate(hits):
        if hit.term.type == "negation":
            last_negation = hit.last
        elif hit.term.type in ("action", "speech"):
            if hit.negated or hit.first - last_negation <= REACH:
                found.add(at)
            last_negation = -REACH - 1
    return frozenset(found)
