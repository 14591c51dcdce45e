"""Reasons for a score: the weight of each concept or word, with the words that showed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
    sentences: Iterable[ReadSentence],
    text: Sequence[str],
    stemmer: Stemmer,
) -> tuple[Contribution, ...]:
    """Return all contributions of a ``row`` (1 × features) under ``weights``, strongest first.

    Features of one concept are merged; a pair's weight is shared by its two concepts. ``text``
    holds, for each of ``sentences``, the text that its spans point into. Gates, numbers and
    stop-words are no reasons.
    """
    totals: dict[str, float] = defaultdict(float)
    for column, value in zip(row.indices, row.data, strict=True):
        parts = _parts(names[column])
        for part in parts:
            totals[part] += float(value * weights[column]) / len(parts)
    surfaces = _surfaces(sentences, text, stemmer)
    found = [
        Contribution(
            key[1:] if key[0] == "@" else surfaces[key][0].lower(),
            ", ".join(surfaces[key][:_SHOWN_WORDS]),
            round(weight, 4),
        )
        for key, weight in totals.items()
        if key in surfaces
    ]
    return tuple(sorted(found, key=lambda reason: (-reason.weight, reason.concept)))


def strongest(reasons: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """Return the top five in favour and, if there is one, the strongest against."""
    favour = tuple(reason for reason in reasons if reason.weight > 0)[:TOP]
    against = tuple(reason for reason in reasons[-1:] if reason.weight < 0)
    return favour + against


def _parts(name: str) -> list[str]:
    """Return what a feature consists of: stems as they are, concepts with ``@`` before them."""
    kind, content = name[0], name[2:]
    if kind == "w":
        return [content]
    if kind == "b":
        return _split_bigram(content)
    if kind == "g":
        return []
    return ["@" + part.lstrip("!") for part in content.split("+")]


def _split_bigram(content: str) -> list[str]:
    """Return the two units of a bigram ``one two``."""
    return content.split(" ")


def _surfaces(
    sentences: Iterable[ReadSentence], text: Sequence[str], stemmer: Stemmer
) -> dict[str, list[str]]:
    """Return the words of the text that show each concept and stem, in order, each once."""
    found: dict[str, list[str]] = defaultdict(list)
    for read, source in zip(sentences, text, strict=True):
        spans = read.sentence.spans
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
