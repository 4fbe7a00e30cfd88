"""Every passenger with every entry by one of rapidfuzz's ratios: the exact answer of its kind.

Reach for it as every peer is reached for (see `benchmarks.peers`); `scores` compares given pairs. `ratio` is given
names with their tokens in order, which is what `token_sort_ratio` makes of each pair anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from benchmarks.peers.records import Told, in_order, keys, whole

PIECE = 100_000_000  # pairs held at a time, a byte each
PAIRWISE: dict[str, Callable[[str, str], float]] = {
    "ratio": lambda a, b: fuzz.ratio(*in_order(pl.Series([a, b]))) / 100,
    "token_sort_ratio": lambda a, b: fuzz.token_sort_ratio(a, b) / 100,
    "token_set_ratio": lambda a, b: fuzz.token_set_ratio(a, b) / 100,
    "WRatio": lambda a, b: fuzz.WRatio(a, b) / 100,
    "Jaro-Winkler": JaroWinkler.similarity,
}


def prepare(listed: pl.DataFrame, told: Told) -> list[str]:
    """Return the names of the list."""
    return (keys if told.variant == "ratio" else whole)(listed).to_list()


def find(asked: pl.DataFrame, index: list[str], threshold: float, told: Told) -> pl.DataFrame:
    """Return passenger, entry and score of all pairs at or above the threshold."""
    names = (keys if told.variant == "ratio" else whole)(asked).to_list()
    scorer = fuzz.ratio if told.variant == "ratio" else fuzz.token_sort_ratio
    size, least = max(1, PIECE // len(index)), 100 * threshold
    rows, columns, scores = [], [], []
    for first in range(0, len(names), size):
        # uint8 rounds, after the cutoff has been asked
        some = process.cdist(
            names[first : first + size],
            index,
            scorer=scorer,
            score_cutoff=least - 0.5,
            dtype=np.uint8,
            workers=told.threads,
        )
        row, column = np.nonzero(some)
        rows.append(row + first)
        columns.append(column)
        scores.append(some[row, column])
    score = np.concatenate(scores)
    made = {"at": np.concatenate(rows), "entry": np.concatenate(columns).astype(np.uint32), "score": score / 100}
    found = pl.DataFrame(made).filter(pl.lit(score >= least - 1e-6))
    return found.select(asked["passenger"].gather(found["at"]), "entry", "score")


def scores(queries: Sequence[str], candidates: Sequence[str], told: Told) -> NDArray[np.float64]:
    """Return the score, 0 to 1, of each pair of names by the variant's ratio."""
    ratio = PAIRWISE[told.variant]
    return np.array([ratio(a.upper(), b.upper()) for a, b in zip(queries, candidates, strict=True)])
