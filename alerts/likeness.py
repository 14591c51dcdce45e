"""How alike two articles are: concepts, names and numbers, wording, each weighed by its rarity.

The similarity is .5 concepts + .2 names and numbers + .3 stems within one language, and .7/.3
across languages, where stems say nothing. Each part is the cosine of vectors in which a term counts
the more the fewer of the articles at hand have it (inverse document frequency), and a concept of
the evidence's own passages three times as much as one of the rest, which is often background.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import log, sqrt
from typing import Any

from alerts.skeleton import skeleton
from archive.sketches import Sketch

_SAME_LANGUAGE = (0.5, 0.2, 0.3)
_ACROSS = (0.7, 0.3, 0.0)
_ONLY_CONCEPTS = timedelta(days=1)
_FEW_STEMS = 0.10
_FOCUS = 3.0
_PRIOR = 10.0  # articles that are taken as seen before, a tenth of them with any term

Vector = Mapping[Hashable, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """An article's sketch as unit vectors of weighted terms."""

    sketch: Sketch
    concepts: Vector
    names: Vector
    stems: Vector


class Rarity:
    """Weighs terms by how few of the articles at hand have them."""

    def __init__(self, sketches: Iterable[Sketch]) -> None:
        self._seen: Counter[Hashable] = Counter()
        self._articles = 0
        for one in sketches:
            self._articles += 1
            self._seen.update(one.concepts)
            self._seen.update(_names(one))
            self._seen.update(_stems(one))

    def profile(self, one: Sketch) -> Profile:
        """Return the article's vectors."""
        concepts = {c: self._of(c) * (_FOCUS if c in one.focus else 1.0) for c in one.concepts}
        return Profile(
            sketch=one,
            concepts=_unit(concepts),
            names=_unit({name: self._of(name) for name in _names(one)}),
            stems=_unit({stem: self._of(stem) for stem in _stems(one)}),
        )

    def _of(self, term: Hashable) -> float:
        return log((self._articles + _PRIOR) / (self._seen[term] + _PRIOR / 10))


def similarity(a: Profile, b: Profile, *, within: timedelta) -> float:
    """Return how alike two articles are, 0 to 1; 0 when published further apart than ``within``.

    Articles that agree only in concepts (the same bodies, places and deeds, but no name, number
    or wording) count when at most a day lies between them, and not at all when one is undated.
    """
    apart = abs(a.sketch.when - b.sketch.when)
    if apart > within:
        return 0.0
    same_language = a.sketch.lang == b.sketch.lang
    names = _cosine(a.names, b.names)
    stems = _cosine(a.stems, b.stems) if same_language else 0.0
    if names == 0 and stems < _FEW_STEMS and not _may_agree_in_concepts(a.sketch, b.sketch):
        return 0.0
    concept, name, stem = _SAME_LANGUAGE if same_language else _ACROSS
    return concept * _cosine(a.concepts, b.concepts) + name * names + stem * stems


def _may_agree_in_concepts(a: Sketch, b: Sketch) -> bool:
    return a.is_dated and b.is_dated and abs(a.when - b.when) <= _ONLY_CONCEPTS


def _names(one: Sketch) -> set[tuple[str, str]]:
    return {("name", short) for name in one.names if (short := skeleton(name))}


def _stems(one: Sketch) -> set[tuple[str, str]]:
    return {(one.lang, stem) for stem in one.stems}


def _unit(weights: dict[Any, float]) -> Vector:
    length = sqrt(sum(w * w for w in weights.values()))
    return {term: w / length for term, w in weights.items()} if length else {}


def _cosine(a: Vector, b: Vector) -> float:
    return sum(a[term] * b[term] for term in a.keys() & b.keys())
