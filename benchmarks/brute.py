"""Brute force: every name against every name by the one name score, nothing left out beforehand.

What the search is held against, here and in the suite. Token similarities are worked out for all pairs of tokens; the
tables, keys, bounds and postings of the search have no part in it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.matching.alignment import MAX_EDGES, score_names, settings_tuple
from ops_hub.matching.compare import Side
from ops_hub.matching.similarity import similarities
from ops_hub.normalise.names import MAX_TOKENS

Accepted = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def all_similarities(a: Side, b: Side, settings: NameSettings) -> NDArray[np.float64]:
    """Return the similarity of every token of one side to every token of the other."""
    rows = []
    right = np.arange(len(b.vocabulary))
    for first in range(0, len(a.vocabulary), 256):
        left = np.arange(first, min(first + 256, len(a.vocabulary)))
        pair = np.repeat(left, len(right)), np.tile(right, len(left))
        rows.append(similarities(a.vocabulary, b.vocabulary, *pair, settings)[0].reshape(len(left), -1))
    return np.concatenate(rows) if rows else np.zeros((0, len(right)))


def accepted(a: Side, b: Side, settings: NameSettings, floor: float, *, threads: int = 2) -> Accepted:
    """Return (name of a, name of b, score) of every pair at or above the floor."""
    dense = all_similarities(a, b, settings)
    one, other = a.compiled()[0], b.compiled()[0]
    spans = [(first, min(first + 64, len(a.names))) for first in range(0, len(a.names), 64)]
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda span: _accepted(span, one, other, dense, settings_tuple(settings), floor), spans))
    return tuple(np.concatenate([part[k] for part in parts]) for k in range(3))  # type: ignore[return-value]


@njit(cache=True, nogil=True)
def _accepted(span: Any, a: Any, b: Any, dense: Any, settings: Any, floor: float) -> Any:
    offsets, tokens, weights, split, ints, hashes = a
    other_offsets, other_tokens, other_weights, other_split, other_ints, other_hashes = b
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    space = np.empty((MAX_TOKENS, MAX_TOKENS))
    left, right, scores = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)]
    for i in range(span[0], span[1]):
        ours = tokens[offsets[i] : offsets[i + 1]]
        one = (ints[ours], hashes[ours], weights[offsets[i] : offsets[i + 1]])
        for j in range(len(other_offsets) - 1):
            theirs = other_tokens[other_offsets[j] : other_offsets[j + 1]]
            for x in range(len(ours)):
                for y in range(len(theirs)):
                    space[x, y] = dense[ours[x], theirs[y]]
            other = (other_ints[theirs], other_hashes[theirs], other_weights[other_offsets[j] : other_offsets[j + 1]])
            same_form = split[i] == other_split[j]
            matrix = space[: len(ours), : len(theirs)]
            score = score_names(matrix, one, other, same_form, settings, edges, masks)[0]
            if score >= floor:
                left.append(i)
                right.append(j)
                scores.append(score)
    return np.array(left, np.int64), np.array(right, np.int64), np.array(scores, np.float64)
