"""Transformers from bags of features to the rows that the linear models see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

Bags = Iterable[Sequence[str]]


class BagCounter(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Counts features: bags of texts in, a sparse matrix (bags × features) out.

    ``min_df`` is the number of bags a feature must be in. The learnt vocabulary is kept as one
    text, ``vocabulary_``, a feature a line and sorted, which stores compactly.
    """

    def __init__(self, min_df: int = 1) -> None:
        self.min_df = min_df

    def fit(self, X: Bags, y: object = None) -> Self:  # noqa: N803, ARG002
        """Learn the features that at least ``min_df`` of the bags ``X`` hold."""
        frequency: Counter[str] = Counter()
        for bag in X:
            frequency.update(set(bag))
        names = sorted(name for name, count in frequency.items() if count >= self.min_df)
        self.vocabulary_ = "\n".join(names)
        return self

    def get_feature_names_out(self, input_features: object = None) -> Any:  # noqa: ARG002
        """Return the features in the order of the columns."""
        check_is_fitted(self)
        return np.array(self.names(), dtype=object)

    def names(self) -> list[str]:
        """Return the features in the order of the columns, as a list."""
        return self.vocabulary_.split("\n") if self.vocabulary_ else []

    def transform(self, X: Bags) -> Any:  # noqa: N803
        """Return the counts of the known features, a CSR matrix of float32."""
        check_is_fitted(self)
        counts = stack(map(self.columns, X), len(self.names()))
        counts.sum_duplicates()
        return counts

    def columns(self, bag: Iterable[str]) -> list[int]:
        """Return the columns of the known features of ``bag``, one for each occurrence."""
        known = self._columns()
        return [known[name] for name in bag if name in known]

    def _columns(self) -> dict[str, int]:
        if self.__dict__.get("_columns_of") is not self.vocabulary_:
            self._columns_of = self.vocabulary_
            self._column = {name: at for at, name in enumerate(self.names())}
        return self._column

    def __getstate__(self) -> dict[str, object]:
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key not in ("_columns_of", "_column")}


def stack(columns: Iterable[Sequence[int]], width: int) -> Any:
    """Return a CSR matrix of float32, ``width`` wide, a row for each list of ``columns``.

    A column that is listed twice stands there twice.
    """
    indices: list[int] = []
    ends = [0]
    for own in columns:
        indices += own
        ends.append(len(indices))
    return sparse.csr_matrix(
        (np.ones(len(indices), np.float32), np.array(indices, np.int32), np.array(ends)),
        shape=(len(ends) - 1, width),
    )


class BlockTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Weighs counts by sublinear TF and smooth IDF, then scales each block of a row to length 1.

    ``blocks`` gives every column its block (0, 1, …), one for all when not given; ``weights`` the
    length of each block. IDF as in scikit-learn's TfidfTransformer: ``ln((1 + n) / (1 + df)) + 1``.
    """

    def __init__(self, blocks: Any = None, weights: Sequence[float] = (1.0,)) -> None:
        self.blocks = blocks
        self.weights = weights

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that counts are not negative, may be sparse, and become float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: N803, ARG002
        """Learn the IDF of the columns of the count matrix ``X``.

        Raises ``ValueError`` for a matrix with negative or infinite numbers.
        """
        rows = self._checked(X, reset=True)
        frequency = np.bincount(rows.indices, rows.data > 0, minlength=rows.shape[1])
        self.idf_ = (np.log((1 + rows.shape[0]) / (1 + frequency)) + 1).astype(np.float32)
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """Return the weighted rows, a CSR matrix of float32."""
        check_is_fitted(self)
        return self.weighed(self._checked(X, reset=False))

    def weighed(self, rows: Any) -> Any:
        """Return ``rows``, a CSR matrix of float32 with no zeros in it, weighted in place."""
        rows.data = (1 + np.log(rows.data)) * self.idf_[rows.indices]
        n_blocks = len(self.weights)
        block = 0 if self.blocks is None else self.blocks[rows.indices]
        cell = np.repeat(np.arange(rows.shape[0]) * n_blocks, np.diff(rows.indptr)) + block
        norm = np.sqrt(np.bincount(cell, rows.data**2, minlength=rows.shape[0] * n_blocks))
        scale = np.asarray(self.weights)[block] / norm[cell]
        rows.data = (rows.data * scale).astype(np.float32)
        return rows

    def _checked(self, X: Any, *, reset: bool) -> Any:  # noqa: N803
        """Return ``X`` as a CSR matrix of its own, without zeros."""
        known = validate_data(self, X, accept_sparse="csr", ensure_non_negative=True, reset=reset)
        rows = sparse.csr_matrix(known, dtype=np.float32, copy=True)
        rows.eliminate_zeros()
        return rows
