"""Names as bags of character 3-grams, weighed by TF-IDF, and the best products of the two sparse matrices.

Reach for it as every peer is reached for (see `benchmarks.peers`); `scores` compares given pairs. Grams do not cross
words (char_wb), so that the order of names does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

from benchmarks.peers.records import Told, whole

BEST = 100  # entries kept for a passenger


@dataclass(frozen=True)
class Grams:
    """A fitted list: the weights, and entries as columns."""

    weigh: TfidfVectorizer
    entries: csr_matrix


def _weights() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)


def prepare(listed: pl.DataFrame, told: Told) -> Grams:
    """Return the list as a matrix, fitted on itself."""
    weigh = _weights()
    return Grams(weigh, weigh.fit_transform(whole(listed).to_list()).T.tocsr())


def find(asked: pl.DataFrame, index: Grams, threshold: float, told: Told) -> pl.DataFrame:
    """Return passenger, entry and score of the best products at or above the threshold."""
    rows = index.weigh.transform(whole(asked).to_list())
    best = sp_matmul_topn(rows, index.entries, top_n=BEST, threshold=threshold, n_threads=told.threads).tocoo()
    return pl.DataFrame(
        {
            "passenger": asked["passenger"].gather(pl.Series(best.row, dtype=pl.UInt32)),
            "entry": pl.Series(best.col).cast(pl.UInt32),
            "score": best.data.astype(np.float64),
        }
    )


def scores(queries: Sequence[str], candidates: Sequence[str], told: Told) -> NDArray[np.float64]:
    """Return the cosine of each pair of names, weighed by all that are here."""
    weigh = _weights().fit([*queries, *candidates])
    product = weigh.transform(queries).multiply(weigh.transform(candidates))
    return np.asarray(product.sum(axis=1)).ravel().astype(np.float64)
