"""How alike texts are by their wording: cosine over TF-IDF of runs of five letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer

from .words import split_sentences

NEAR = 0.8
"""From this cosine on, two texts say the same in nearly the same words."""

_BLOCK = 512


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of ``text``, spelling folded, in lower case."""
    return tuple(word.lower() for one in split_sentences(text) for word in one.words)


def vectors(texts: Sequence[str]) -> Any:
    """Return one row of unit length for each of ``texts``; a text without words is all zeros."""
    plain = [" ".join(words_of(text)) for text in texts]
    counter = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5), sublinear_tf=True)
    if not any(plain):
        return None
    return counter.fit_transform(plain).tocsr()


def near_pairs(texts: Sequence[str], least: float = NEAR) -> Iterator[tuple[int, int, float]]:
    """Yield the places of each two alike ``texts``, the earlier first, and their cosine."""
    rows = vectors(texts)
    if rows is None:
        return
    for first in range(0, len(texts), _BLOCK):
        block = (rows[first : first + _BLOCK] @ rows.T).tocoo()
        for at, other, cosine in zip(block.row, block.col, block.data, strict=True):
            if cosine >= least and first + at < other:
                yield first + int(at), int(other), float(cosine)
