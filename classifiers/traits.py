"""What an article can be recognised by when stories are grouped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.types import Traits

from .reading import Reading, ReadSentence
from .stems import Stemmer
from .words import script

_UBIQUITOUS = frozenset({"armenia", "russia"})
_LEFT_OUT = frozenset({"negation", "marker"})
_NOT_DIGIT = re.compile(r"\D")


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
    stems = frozenset(
        stem
        for read in reading.sentences
        for word in read.sentence.words
        if (stem := stemmer.stem(word)) and stem[0] != "#"
    )
    return Traits(concepts, _names(reading.sentences[reading.title_length :], stemmer), stems)


def _names(sentences: Sequence[ReadSentence], stemmer: Stemmer) -> frozenset[str]:
    names: set[str] = set()
    for read in sentences:
        covered = {at for hit in read.hits for at in range(hit.first, hit.last)}
        for at, word in enumerate(read.sentence.words):
            if word[0].isdigit():
                digits = _NOT_DIGIT.sub("", word)
                if len(digits) >= 2:
                    names.add(digits)
            elif at and at not in covered and word[0].isupper() and len(word) > 1:
                stem = stemmer.stem(word)
                if stem:
                    names.add(word.lower() if script(word) == "en" else stem)
    return frozenset(names)
