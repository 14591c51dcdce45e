"""Reasons for a score: the weight of each concept or word, with the words that showed it."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archive.types import Contribution

from .reading import ReadSentence
from .stems import Stemmer

TOP = 5
_SHOWN_WORDS = 3


def contributions(
    row: Any,
    weights: Any,
    names: Sequence[str],
    surfaces: Mapping[str, Sequence[str]],
) -> list[tuple[float, str]]:
    """Return the weight and key of all contributions of a ``row`` (1 × features), strongest first.

    Features of one concept are merged; a pair's weight is shared by its two concepts. ``surfaces``
    are those of the row's sentences. Gates, numbers and stop-words are no reasons.
    """
    totals: dict[str, float] = defaultdict(float)
    shares = row.data * weights[row.indices]
    for column, share in zip(row.indices.tolist(), shares.tolist(), strict=True):
        parts = _parts(names[column])
        for part in parts:
            totals[part] += share / len(parts)
    found = [(round(weight, 4), key) for key, weight in totals.items() if key in surfaces]
    found.sort(key=lambda one: (-one[0], one[1].removeprefix("@")))
    return found


def as_reasons(
    found: Iterable[tuple[float, str]], surfaces: Mapping[str, Sequence[str]]
) -> tuple[Contribution, ...]:
    """Return contributions ``found`` with the words that showed them."""
    return tuple(
        Contribution(
            key[1:] if key[0] == "@" else surfaces[key][0].lower(),
            ", ".join(surfaces[key][:_SHOWN_WORDS]),
            weight,
        )
        for weight, key in found
    )


def strongest(found: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return the top five in favour and, if there is one, the strongest against."""
    favour = [one for one in found[:TOP] if one[0] > 0]
    return favour + [one for one in found[-1:] if one[0] < 0]


@functools.lru_cache(maxsize=100_000)
def _parts(name: str) -> list[str]:
    """Return what a feature consists of: stems as they are, concepts with ``@`` before them."""
    kind, content = name[0], name[2:]
    if kind == "w":
        return [content]
    if kind == "b":
        return _split_bigram(content)
    if kind == "g":
        return []
    between = ">" if kind == "o" else "+"
    return ["@" + part.lstrip("!") for part in content.split(between)]


def _split_bigram(content: str) -> list[str]:
    """Return the two units of a bigram ``one two``."""
    return content.split(" ")


def surfaces_of(sentences: Iterable[ReadSentence], stemmer: Stemmer) -> dict[str, list[str]]:
    """Return the words of the text that show each concept and stem, in order, each once."""
    found: dict[str, list[str]] = defaultdict(list)
    for read in sentences:
        source, spans = read.sentence.text, read.sentence.spans
        covered: set[int] = set()
        for hit in read.hits:
            covered.update(range(hit.first, hit.last))
            _add(found["@" + hit.term.id], source[spans[hit.first][0] : spans[hit.last - 1][1]])
        for at, word in enumerate(read.sentence.words):
            stem = "" if at in covered else stemmer.stem(word)
            if stem and stem[0] != "#":
                _add(found[stem], source[spans[at][0] : spans[at][1]])
    return found


def _add(words: list[str], word: str) -> None:
    if word not in words:
        words.append(word)
