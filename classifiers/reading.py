"""Reading an article once: its sentences, the lexicon's hits in them, its windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from archive.types import Article

from .lexicon import Hit, Lexicon
from .words import MAX_CHARACTERS, Sentence, split_sentences

_REACH = 4
"""Words between a negation and what it negates, at most."""


class ReadSentence(NamedTuple):
    """A sentence and its hits; ``negated`` holds the positions in ``hits`` that are denied.

    ``named`` holds the ids of the terms, the sides they belong to and their types.
    """

    sentence: Sentence
    hits: tuple[Hit, ...]
    negated: frozenset[int]
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's sentences: the title's first, then the text's from ``title_length`` on."""

    sentences: tuple[ReadSentence, ...]
    title_length: int

    def windows(self) -> tuple[tuple[int, ...], ...]:
        """Return windows as sentence positions: title with lead, then each two neighbours.

        A document of one or two sentences is one window.
        """
        body = range(self.title_length, len(self.sentences))
        pairs: list[tuple[int, ...]] = [(at, at + 1) for at in body[:-1]]
        pairs = pairs or [(at,) for at in body]
        if self.title_length:
            title = (*range(self.title_length), *body[:1])
            return (title, *pairs)
        return tuple(pairs)


def read_text(text: str, lexicon: Lexicon) -> tuple[ReadSentence, ...]:
    """Return the sentences of ``text`` with the lexicon's hits."""
    return tuple(_read(sentence, lexicon) for sentence in split_sentences(text))


def read_article(article: Article, lexicon: Lexicon) -> Reading:
    """Return the reading of ``article``, title and text."""
    title = read_text(article.title[: MAX_CHARACTERS // 100], lexicon)
    return Reading((*title, *read_text(article.text, lexicon)), len(title))


def _read(sentence: Sentence, lexicon: Lexicon) -> ReadSentence:
    hits = lexicon.match(sentence.words)
    named: set[str] = set()
    for hit in hits:
        named |= hit.term.names
    return ReadSentence(sentence, hits, _negated(hits), frozenset(named))


def _negated(hits: tuple[Hit, ...]) -> frozenset[int]:
    """Return which hits are denied: by prefix, or by a negation a few words before."""
    found: set[int] = set()
    last_negation = -_REACH - 1
    for at, hit in enumerate(hits):
        if hit.term.type == "negation":
            last_negation = hit.last
        elif hit.term.type in ("action", "speech"):
            if hit.negated or hit.first - last_negation <= _REACH:
                found.add(at)
            last_negation = -_REACH - 1
    return frozenset(found)
