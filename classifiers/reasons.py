"""Reasons for a score: the weight of each concept or word, with the words that showed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from archive.types import Contribution

from .reading import ReadSentence
from .stems import Stemmer

TOP = 5
_SHOWN_WORDS = 3

Found = list[tuple[float, str]]
"""Weights and keys, strongest first; a key is a stem, or a concept with ``@`` before it."""


@dataclass(frozen=True)
class Attribution:
    """Shares the weight of features among the concepts and stems that they are made of.

    A pair's weight is shared by its two concepts. Gates and numbers are no reasons. ``names``
    are the features in the order of the columns.
    """

    names: tuple[str, ...]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Everything that can be a reason, sorted by name."""
        parts = {part for name in self.names for part in _parts(name)}
        return tuple(sorted(parts, key=lambda part: part.removeprefix("@")))

    @cached_property
    def _shares(self) -> Any:
        place = {key: at for at, key in enumerate(self.keys)}
        parts = [_parts(name) for name in self.names]
        owners = np.repeat(np.arange(len(parts)), [len(own) for own in parts])
        columns = [place[part] for own in parts for part in own]
        values = [1 / len(own) for own in parts for _ in own]
        shape = (len(parts), len(place))
        return sparse.csr_matrix((np.array(values), (owners, columns)), shape=shape)

    def contributions(
        self, rows: Any, weights: Any, choice: Sequence[int], *, ends_only: bool = False
    ) -> list[Found]:
        """Return what contributes to each of ``rows``, strongest first.

        ``weights`` has a column for each model; ``choice`` says which of them a row is for. With
        ``ends_only`` of many only those in front and the last ones, among which the five strongest
        and the one most against are: some may show no words.
        """
        sizes = np.diff(rows.indptr)
        data = rows.data * weights[rows.indices, np.repeat(choice, sizes)]
        shape = rows.shape
        totals = sparse.csr_matrix((data, rows.indices, rows.indptr), shape=shape) @ self._shares
        totals.sort_indices()
        ends = totals.indptr.tolist()
        return [
            self._sorted(totals.indices[start:end], totals.data[start:end], ends_only)
            for start, end in pairwise(ends)
        ]

    def _sorted(self, columns: Any, values: Any, ends_only: bool) -> Found:
        values = values.round(4)
        order = (-values).argsort(kind="stable")
        if ends_only and len(order) > 4 * TOP:
            order = np.concatenate([order[: 3 * TOP], order[-TOP:]])
        keys = self.keys
        return [
            (value, keys[column])
            for value, column in zip(values[order].tolist(), columns[order].tolist(), strict=True)
        ]


def as_reasons(found: Found, surfaces: Mapping[str, Sequence[str]]) -> tuple[Contribution, ...]:
    """Return contributions ``found`` with the words that showed them."""
    return tuple(
        Contribution(
            key[1:] if key[0] == "@" else surfaces[key][0].lower(),
            ", ".join(surfaces[key][:_SHOWN_WORDS]),
            weight,
        )
        for weight, key in found
    )


def strongest(found: Found) -> Found:
    """Return the top five in favour and, if there is one, the strongest against."""
    favour = [one for one in found[:TOP] if one[0] > 0]
    return favour + [one for one in found[-1:] if one[0] < 0]


def _parts(name: str) -> list[str]:
    """Return what a feature consists of: stems as they are, concepts with ``@`` before them."""
    kind, content = name[0], name[2:]
    if kind == "g":
        return []
    if kind in "wb":
        return [part for part in content.split(" ") if part[0] != "#"]
    between = ">" if kind == "o" else "+"
    return ["@" + part.lstrip("!") for part in content.split(between)]


def surfaces_of(sentences: Iterable[ReadSentence], stemmer: Stemmer) -> dict[str, list[str]]:
    """Return the words of the text that show each concept and stem, in order, each once."""
    found: dict[str, list[str]] = defaultdict(list)
    for read in sentences:
        source, words = read.sentence.text, read.sentence.words
        covered: set[int] = set()
        for hit in read.hits:
            covered.update(range(hit.first, hit.last))
            spans = read.sentence.spans
            _add(found["@" + hit.term.id], source[spans[hit.first][0] : spans[hit.last - 1][1]])
        for at, stem in enumerate(map(stemmer.stem, words)):
            if stem and stem[0] != "#" and at not in covered:
                first, last = read.sentence.spans[at]
                _add(found[stem], source[first:last])
    return found


def _add(words: list[str], word: str) -> None:
    if word not in words:
        words.append(word)
