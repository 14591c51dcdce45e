"""Transformers from bags of features to the rows that the linear models see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

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
        columns = self._columns()
        indices: list[int] = []
        ends = [0]
        for bag in X:
            indices += [column for column in map(columns.get, bag) if column is not None]
            ends.append(len(indices))
        counts = sparse.csr_matrix(
            (np.ones(len(indices), np.float32), np.array(indices, np.int32), np.array(ends)),
            shape=(len(ends) - 1, len(columns)),
        )
        counts.sum_duplicates()
        return counts

    def _columns(self) -> dict[str, int]:
        if self.__dict__.get("_columns_of") is not self.vocabulary_:
            self._columns_of = self.vocabulary_
            self._column = {name: at for at, name in enumerate(self.names())}
        return self._column

    def __getstate__(self) -> dict[str, object]:
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key not in ("_columns_of", "_column")}


class BlockTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Weighs counts by sublinear TF and smooth IDF, then scales each block of a row to length 1.

    ``blocks`` gives every column its block (0, 1, …); ``weights`` the length of each block.
    IDF as in scikit-learn's TfidfTransformer: ``ln((1 + n) / (1 + df)) + 1``.
    """

    def __init__(self, blocks: Any = None, weights: Sequence[float] = (1.0,)) -> None:
        self.blocks = blocks
        self.weights = weights

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: N803, ARG002
        """Learn the IDF of the columns of the count matrix ``X``."""
        frequency = np.bincount(X.indices, X.data > 0, minlength=X.shape[1])
        self.idf_ = (np.log((1 + X.shape[0]) / (1 + frequency)) + 1).astype(np.float32)
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """Return the weighted rows, a CSR matrix of float32."""
        check_is_fitted(self)
        rows = sparse.csr_matrix(X, dtype=np.float32, copy=True)
        rows.data = (1 + np.log(rows.data)) * self.idf_[rows.indices]
        n_blocks = len(self.weights)
        block = self.blocks[rows.indices]
        cell = np.repeat(np.arange(rows.shape[0]) * n_blocks, np.diff(rows.indptr)) + block
        norm = np.sqrt(np.bincount(cell, rows.data**2, minlength=rows.shape[0] * n_blocks))
        scale = np.asarray(self.weights)[block] / norm[cell]
        rows.data = (rows.data * scale).astype(np.float32)
        return rows
