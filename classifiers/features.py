"""What a sentence and a document show to the models: words, concepts, pairs, gates.

A feature is a short text ``kind:content``. Kinds: ``w`` stem, ``b`` two neighbours (stems or
concepts), ``c`` concept, ``n`` denied concept, ``p`` two concepts of one sentence, ``t`` Armenia
and Russia with a third, ``o`` who comes before or after a deed (who does it, to whom), ``a`` two
deeds of one sentence, ``g`` what the whole document names. All but stems are shared by the three
languages.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

from .parties import BOTH, gates_of, is_on_armenia, joined
from .reading import ReadSentence
from .stems import Stemmer

BLOCKS = {"w": 0, "b": 0, "c": 1, "n": 1, "g": 1, "p": 2, "t": 2, "o": 3, "a": 3}
"""The block of each kind; a row's blocks are scaled to length one each."""

ENTITIES = frozenset({"actor", "body", "place", "distractor"})
_ENTITY, _THING, _MARKER = 1, 2, 4
_KINDS = {"good": _THING, "asset": _THING, "marker": _MARKER} | dict.fromkeys(ENTITIES, _ENTITY)
DEEDS = frozenset({"action", "speech"})
DOERS = frozenset({"actor", "body", "distractor"})
SHARED = frozenset({"good", "asset", "body"}) | DEEDS
"""What Armenia and Russia may have between them."""


class SentenceFeatures:
    """Turns a read sentence into its bag of features."""

    def __init__(self, stemmer: Stemmer) -> None:
        self._stem = stemmer.stem

    def __call__(self, read: ReadSentence) -> list[str]:
        """Return the features of ``read``, repeated as often as they occur."""
        features = _concept_features(read)
        units = [unit for unit in self._units(read) if unit]
        features += [f"w:{unit}" for unit in units if unit[0] != "@"]
        features += [f"b:{one} {two}" for one, two in pairwise(units)]
        return features

    def _units(self, read: ReadSentence) -> list[str]:
        """Return stems in order, with ``@concept`` in place of the words of a hit."""
        words = read.sentence.words
        units: list[str] = []
        at = 0
        for hit in read.hits:
            units += map(self._stem, words[at : hit.first])
            units.append(f"@{hit.term.id}")
            at = hit.last
        units += map(self._stem, words[at:])
        return units


def _concept_features(read: ReadSentence) -> list[str]:
    terms = {hit.term.id: hit.term for hit in read.hits}
    denied = {read.hits[at].term.id for at in read.negated}
    ids = sorted(terms)
    features = [f"c:{name}" for name in ids]
    entities = [name for name in ids if terms[name].type in ENTITIES]
    for name in sorted(denied):
        features.append(f"n:{name}")
        features += [f"p:{entity}+!{name}" for entity in entities]
    features += _pairs([(name, terms[name].type) for name in ids])
    features += _order(read)
    deeds = [name for name in ids if terms[name].type in DEEDS]
    features += [f"a:{one}+{two}" for one, two in combinations(deeds, 2)]
    if read.parties & BOTH == BOTH:
        features += [f"t:{name}" for name in ids if terms[name].type in SHARED]
        features += [f"t:!{name}" for name in sorted(denied)]
    return features


def _pairs(typed: Sequence[tuple[str, str]]) -> list[str]:
    """Return the pairs of concepts that say something together: who with what, good with ban."""
    return [
        f"p:{one}+{two}"
        for (one, first), (two, second) in combinations(typed, 2)
        if say_together(first, second)
    ]


@functools.cache
def say_together(one: str, two: str) -> bool:
    """Tell whether concepts of these types say something together."""
    both = _KINDS.get(one, 0) | _KINDS.get(two, 0)
    return "negation" not in (one, two) and bool(both & _ENTITY or both == _THING)


def _order(read: ReadSentence) -> list[str]:
    """Return each deed with the side named last before it and with the side named next."""
    features: list[str] = []
    before = ""
    awaiting: list[str] = []
    for at, hit in enumerate(read.hits):
        if hit.term.type in DEEDS:
            deed = f"!{hit.term.id}" if at in read.negated else hit.term.id
            if before:
                features.append(f"o:{before}>{deed}")
            awaiting.append(deed)
        elif hit.term.type in DOERS:
            before = hit.term.side or hit.term.id
            features += [f"o:{deed}>{before}" for deed in awaiting]
            awaiting.clear()
    return features


def words_only(bag: list[str]) -> list[str]:
    """Return the stems and neighbours of ``bag``."""
    return [name for name in bag if name[0] in "wb"]


def parties_in(document: Iterable[ReadSentence]) -> int:
    """Return the parties that ``document`` names, as bits."""
    return joined(read.parties for read in document)


def names_armenia(document: Iterable[ReadSentence]) -> bool:
    """Tell whether Armenia is a party to ``document``: named, or the text is in Armenian."""
    return is_on_armenia(parties_in(document))


def gate_features(document: Iterable[ReadSentence]) -> list[str]:
    """Return what the document as a whole names: the two sides, the West, neighbours, others."""
    return gates_of(parties_in(document))
