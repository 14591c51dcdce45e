"""How alike articles are: concepts, names and numbers, wording, each weighed by its rarity.

The similarity is .5 concepts + .2 names and numbers + .3 stems within one language, and .7/.3
across languages, where stems say nothing. Each part is the cosine of vectors in which a term counts
the more the fewer of the articles at hand have it (inverse document frequency), and a concept of
the evidence's own passages three times as much as one of the rest, which is often background.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from scipy import sparse

from alerts.skeleton import skeleton
from archive.sketches import Sketch

_SAME_LANGUAGE = (0.5, 0.2, 0.3)
_ACROSS = (0.7, 0.3)
_ONLY_CONCEPTS_DAYS = 1.0
_FEW_STEMS = 0.10
_FOCUS = 3.0
_ROWS = 128  # compared at once; the matrices between are several times as large
_PRIOR = 10.0  # articles that are taken as seen before, a tenth of them with any term

Floats = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Positions = Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int_]]
Terms = Sequence[tuple[str, float]]


class Likeness:
    """The similarities of some articles, 0 to 1; 0 when published further apart than ``within``.

    Articles that agree only in concepts (the same bodies, places and deeds, but no name, number
    or wording) count when at most a day lies between them, and not at all when one is undated.
    Without ``within`` dates do not matter.
    """

    def __init__(self, sketches: Sequence[Sketch], within: timedelta | None) -> None:
        self._days = None if within is None else within / timedelta(days=1)
        self._concepts = _unit_vectors([_concepts(one) for one in sketches])
        self._names = _unit_vectors([_names(one) for one in sketches])
        self._stems = _unit_vectors([_stems(one) for one in sketches])
        self._when = np.array([one.when.timestamp() / 86_400 for one in sketches])
        self._dated = np.array([one.is_dated for one in sketches], bool)
        langs = {lang: at for at, lang in enumerate(sorted({one.lang for one in sketches}))}
        self._lang = np.array([langs[one.lang] for one in sketches], int)

    def of(self, some: Positions, others: Positions | slice = slice(None)) -> Floats:
        """Return the similarity of ``some`` articles, by position, in rows, to ``others``."""
        rows = np.asarray(some, int)
        found = [
            self._of(rows[start : start + _ROWS], others) for start in range(0, len(rows), _ROWS)
        ]
        return np.vstack(found) if found else np.zeros((0, 0))

    def _of(self, rows: Positions, others: Positions | slice) -> Floats:
        concepts, names, stems = (
            (part[rows] @ part[others].T).toarray()
            for part in (self._concepts, self._names, self._stems)
        )
        same = _SAME_LANGUAGE[0] * concepts + _SAME_LANGUAGE[1] * names + _SAME_LANGUAGE[2] * stems
        across = _ACROSS[0] * concepts + _ACROSS[1] * names
        found: Floats = np.where(self._lang[rows, None] == self._lang[others], same, across)
        if self._days is None:
            return found
        only_concepts = (names == 0) & (stems < _FEW_STEMS)
        return np.where(self._near(rows, others, only_concepts, self._days), found, 0.0)

    def _near(
        self, rows: Positions, others: Positions | slice, only_concepts: Any, days: float
    ) -> Any:
        apart = np.abs(self._when[rows, None] - self._when[others])
        dated = self._dated[rows, None] & self._dated[others]
        few = min(days, _ONLY_CONCEPTS_DAYS)
        return np.where(only_concepts, dated & (apart <= few), apart <= days)


def _concepts(one: Sketch) -> Terms:
    return [(c, _FOCUS if c in one.focus else 1.0) for c in one.concepts]


def _names(one: Sketch) -> Terms:
    return [(name, 1.0) for name in {skeleton(name) for name in one.names} - {""}]


def _stems(one: Sketch) -> Terms:
    return [(f"{one.lang} {stem}", 1.0) for stem in one.stems]


def _unit_vectors(articles: Sequence[Terms]) -> Any:
    """Return a sparse row for each article: its terms by rarity, of length 1 unless it has none."""
    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(term, len(numbers)) for own in articles for term, _ in own]
    weights = np.array([weight for own in articles for _, weight in own], float)
    starts = np.concatenate([[0], np.cumsum([len(own) for own in articles])]).astype(int)
    seen = np.bincount(columns, minlength=len(numbers)) if columns else np.zeros(0)
    rarity = np.log((len(articles) + _PRIOR) / (seen + _PRIOR / 10))
    values = weights * rarity[columns] if columns else weights
    shape = (len(articles), max(len(numbers), 1))
    found = sparse.csr_matrix((values, np.array(columns, int), starts), shape=shape)
    lengths = np.sqrt(found.multiply(found).sum(axis=1).A1)
    return sparse.diags(1.0 / np.where(lengths > 0, lengths, 1.0)) @ found
