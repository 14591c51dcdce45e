"""What an article can be recognised by when stories are grouped."""

from __future__ import annotations

from collections.abc import Sequence

from archive.types import Traits

from .lexicon import Term
from .reading import Reading, ReadSentence
from .stems import Stemmer

_UBIQUITOUS = frozenset({"armenia", "russia"})
_LEFT_OUT = frozenset({"negation", "marker"})
NO_STEMS = frozenset({"", "#year", "#number"})


def traits_of(reading: Reading, stemmer: Stemmer) -> Traits:
    """Return the traits of ``reading``.

    Concepts are the lexicon's terms without Armenia, Russia, negations and markers. Names are
    capitalised words inside sentences of the text that no concept covers, and numbers of two or
    more digits; Russian and Armenian names are stemmed, so that cases agree. Stems are those of
    all words but stop-words.
    """
    concepts = frozenset(
        hit.term.id for read in reading.sentences for hit in read.hits if is_telling(hit.term)
    )
    words = set().union(*[read.sentence.words for read in reading.sentences])
    stems = set(map(stemmer.stem, words)) - NO_STEMS
    return Traits(
        concepts,
        _names(reading.sentences[reading.title_length :], stemmer),
        frozenset(stems),
    )


def is_telling(term: Term) -> bool:
    """Tell whether ``term`` is a concept that a story can be recognised by."""
    return term.type not in _LEFT_OUT and term.id not in _UBIQUITOUS


def _names(sentences: Sequence[ReadSentence], stemmer: Stemmer) -> frozenset[str]:
    names: set[str] = set()
    for read in sentences:
        words = read.sentence.words
        found = [(at, name) for at, name in enumerate(map(stemmer.name, words)) if name]
        covered = {at for hit in read.hits for at in range(hit.first, hit.last)} if found else ()
        names.update(
            name for at, name in found if words[at][0].isdigit() or (at and at not in covered)
        )
    return frozenset(names)
