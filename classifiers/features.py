"""What a sentence and a document show to the models: words, concepts, pairs, gates.

A feature is a short text ``kind:content``. Kinds: ``w`` stem, ``b`` two neighbours (stems or
concepts), ``c`` concept, ``n`` denied concept, ``p`` two concepts of one sentence, ``t`` Armenia
and Russia with a third, ``g`` what the whole document names. All but stems are shared by the
three languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from .reading import ReadSentence, terms_of
from .stems import Stemmer
from .words import script

BLOCKS = {"w": 0, "b": 0, "c": 1, "n": 1, "g": 1, "p": 2, "t": 2}
"""The block of each kind; a row's blocks are scaled to length one each."""

SIDES = ("armenia", "russia")
WEST = ("eu", "usa", "france", "nato", "uk", "germany", "greece", "eu_mission", "western")
NEIGHBOURS = ("azerbaijan", "turkey", "iran", "georgia")

_ENTITIES = frozenset({"actor", "body", "place", "distractor"})
_THINGS = frozenset({"good", "asset"})
_MATTERS = frozenset({"good", "asset", "action", "speech"})


class SentenceFeatures:
    """Turns a read sentence into its bag of features."""

    def __init__(self, stemmer: Stemmer) -> None:
        self._stem = stemmer.stem

    def __call__(self, read: ReadSentence) -> list[str]:
        """Return the features of ``read``, repeated as often as they occur."""
        features = _concept_features(read)
        before = ""
        for unit in self._units(read):
            if not unit:
                continue
            if unit[0] != "@":
                features.append(f"w:{unit}")
            if before:
                features.append(f"b:{before} {unit}")
            before = unit
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
    sides = {term.side for term in terms.values()}
    both = all(side in sides for side in SIDES)
    entities = [name for name in ids if terms[name].type in _ENTITIES]
    for name in sorted(denied):
        features.append(f"n:{name}")
        features += [f"p:{entity}+!{name}" for entity in entities]
    for one, two in combinations(ids, 2):
        if _is_kept(terms[one].type, terms[two].type):
            features.append(f"p:{one}+{two}")
    if both:
        features += [f"t:{name}" for name in ids if terms[name].type in _MATTERS | {"body"}]
        features += [f"t:!{name}" for name in sorted(denied)]
    return features


def _is_kept(one: str, two: str) -> bool:
    """Tell whether two concept types say something together: who with what, good with ban."""
    if "negation" in (one, two):
        return False
    if one in _ENTITIES or two in _ENTITIES:
        return True
    return "marker" not in (one, two) and (one in _THINGS or two in _THINGS)


def words_only(bag: list[str]) -> list[str]:
    """Return the stems and neighbours of ``bag``."""
    return [name for name in bag if name[0] in "wb"]


def names_armenia(document: Iterable[ReadSentence]) -> bool:
    """Tell whether Armenia is a party to ``document``: named, or the text is in Armenian."""
    return any(hit.term.side == "armenia" for read in document for hit in read.hits) or any(
        script(read.sentence.words[0]) == "hy" for read in document
    )


def gate_features(document: Iterable[ReadSentence]) -> list[str]:
    """Return what the document as a whole names: the two sides, the West, neighbours, others."""
    sentences: Sequence[ReadSentence] = tuple(document)
    names = terms_of(sentences)
    armenia, russia = (side in names for side in SIDES)
    west = any(name in names for name in WEST)
    near = any(name in names for name in NEIGHBOURS)
    foreign = any(hit.term.type == "distractor" for read in sentences for hit in read.hits)
    return [
        f"g:armenia={armenia:d}",
        f"g:armenia={armenia:d},russia={russia:d}",
        f"g:armenia={armenia:d},russia={russia:d},west={west:d},near={near:d}",
        f"g:armenia={armenia:d},foreign={foreign:d}",
    ]
