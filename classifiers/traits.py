"""What an article can be recognised by when stories are grouped."""

from __future__ import annotations

from collections.abc import Sequence

from archive.types import Traits

from .reading import Reading, ReadSentence
from .stems import Stemmer

_UBIQUITOUS = frozenset({"armenia", "russia"})
_LEFT_OUT = frozenset({"negation", "marker"})


def traits_of(reading: Reading, stemmer: Stemmer) -> Traits:
    """Return the traits of ``reading``.

    Concepts are the lexicon's terms without Armenia, Russia, negations and markers. Names are
    capitalised words inside sentences of the text that no concept covers, and numbers of two or
    more digits; Russian and Armenian names are stemmed, so that cases agree. Stems are those of
    all words but stop-words.
    """
    concepts = frozenset(
        hit.term.id
        for read in reading.sentences
        for hit in read.hits
        if hit.term.type not in _LEFT_OUT and hit.term.id not in _UBIQUITOUS
    )
    stems: set[str] = set()
    for read in reading.sentences:
        stems.update(map(stemmer.stem, read.sentence.words))
    return Traits(
        concepts,
        _names(reading.sentences[reading.title_length :], stemmer),
        frozenset(stem for stem in stems if stem and stem[0] != "#"),
    )


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
