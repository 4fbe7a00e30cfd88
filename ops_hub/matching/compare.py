"""Pairs of names into scores and, where wanted, the alignment line by line; compiled.

Reach for `name_scores()` to score given pairs and `lines()` for the reasons behind hits. Both use the alignment that
the candidate kernel uses, so a hit's lines sum to the score it was found with. Finding pairs is left to `candidates`;
words for people to read, to `explain`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.matching.alignment import MAX_EDGES, WordArrays, score_names, settings_tuple, word_arrays
from ops_hub.matching.index import Index, is_split
from ops_hub.matching.similarity import KINDS as TOKEN_KINDS
from ops_hub.matching.similarity import ROOM, costs, side, similarity
from ops_hub.matching.words import Words, words
from ops_hub.normalise.names import MAX_TOKENS, Names
from ops_hub.normalise.tables import NameTables

KINDS = (*TOKEN_KINDS, "initial", "joined", "contradicted", "omitted", "order", "common")
INITIAL, JOINED, CONTRADICTED, OMITTED, ORDER, COMMON = range(len(TOKEN_KINDS), len(KINDS))
LEFT_OVER = 1e-9  # weight below which nothing is left over: sums of floats


@dataclass(frozen=True)
class Side:
    """Names ready to be compared."""

    names: Names
    vocabulary: Words
    arrays: WordArrays
    is_split: NDArray[np.bool_]

    def compiled(self) -> tuple[object, ...]:
        """Return all of it as kernels take it."""
        n, w = self.names, self.arrays
        return (n.offsets, n.tokens, n.weights, self.is_split, w.ints, w.hashes), side(self.vocabulary)


def side_of(names: Names, tables: NameTables) -> Side:
    """Return names ready to be compared."""
    vocabulary = words(names.words, tables)
    return Side(names, vocabulary, word_arrays(vocabulary), is_split(names))


def listed_side(index: Index) -> Side:
    """Return the names of an index, ready as they are."""
    return Side(index.names, index.vocabulary, index.word_arrays, index.is_split)


@dataclass(frozen=True)
class Lines:
    """The explanations of n pairs: lines of pair i are `offsets[i]:offsets[i+1]` of the columns.

    Attributes:
        scores: name score of each pair.
        offsets: where each pair's lines begin.
        kinds: place in KINDS.
        similarities: of agreeing tokens, else 0.
        points: what the line adds to the score; the lines of a pair sum to it.
        ours: tokens of the first name that the line is about, as bits.
        theirs: tokens of the second name.
    """

    scores: NDArray[np.float64]
    offsets: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    similarities: NDArray[np.float64]
    points: NDArray[np.float64]
    ours: NDArray[np.int64]
    theirs: NDArray[np.int64]


def name_scores(
    a: Side, b: Side, pairs: NDArray[np.int64], settings: NameSettings, *, threads: int = 1
) -> NDArray[np.float64]:
    """Return the name score, 0 to 1, of each pair (row of `pairs`: index into a, index into b)."""
    fixed = (a.compiled(), b.compiled(), settings_tuple(settings), costs(settings))
    parts = np.array_split(pairs, max(threads, 1))
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        return np.concatenate(list(pool.map(lambda part: _scores(*fixed[:2], part, *fixed[2:]), parts)))


def lines(a: Side, b: Side, pairs: NDArray[np.int64], settings: NameSettings) -> Lines:
    """Return score and lines of each pair.

    Agreeing tokens share out 1 by what each gains, less what its spelling costs; the other lines take away what is
    contradicted, omitted, out of order or held against every pair.
    """
    return Lines(*_lines(a.compiled(), b.compiled(), pairs, settings_tuple(settings), costs(settings)))


@njit(cache=True, nogil=True)
def _compared(a: Any, b: Any, i: int, j: int, token_costs: Any, room: Any) -> Any:
    """Return the similarities of two names' tokens, and both names as the alignment takes them."""
    space, kinds, rows = room
    (offsets, tokens, weights, _, ints, hashes), spelled = a
    (other_offsets, other_tokens, other_weights, _, other_ints, other_hashes), other_spelled = b
    ours, theirs = tokens[offsets[i] : offsets[i + 1]], other_tokens[other_offsets[j] : other_offsets[j + 1]]
    for x in range(len(ours)):
        for y in range(len(theirs)):
            space[x, y], kinds[x, y] = similarity(spelled, other_spelled, ours[x], theirs[y], token_costs, rows)
    one = (ints[ours], hashes[ours], weights[offsets[i] : offsets[i + 1]])
    other = (other_ints[theirs], other_hashes[theirs], other_weights[other_offsets[j] : other_offsets[j + 1]])
    return space[: len(ours), : len(theirs)], one, other


@njit(cache=True, nogil=True)
def _scores(a: Any, b: Any, pairs: Any, settings: Any, token_costs: Any) -> Any:
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    room = (
        np.empty((MAX_TOKENS, MAX_TOKENS)),
        np.empty((MAX_TOKENS, MAX_TOKENS), np.uint8),
        np.zeros((3, ROOM + 1), np.int64),
    )
    scores = np.zeros(len(pairs))
    for at in range(len(pairs)):
        i, j = pairs[at, 0], pairs[at, 1]
        matrix, one, other = _compared(a, b, i, j, token_costs, room)
        scores[at] = score_names(matrix, one, other, a[0][3][i] == b[0][3][j], settings, edges, masks)[0]
    return scores


@njit(cache=True, nogil=True)
def _lines(a: Any, b: Any, pairs: Any, settings: Any, token_costs: Any) -> Any:
    spelling, contradiction, omission, order, common = settings[:5]
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    room = (
        np.empty((MAX_TOKENS, MAX_TOKENS)),
        np.empty((MAX_TOKENS, MAX_TOKENS), np.uint8),
        np.zeros((3, ROOM + 1), np.int64),
    )
    scores, offsets = np.zeros(len(pairs)), np.zeros(len(pairs) + 1, np.int64)
    most = len(pairs) * (MAX_TOKENS + 4)  # no more edges than tokens, and four lines more
    kinds, values, points = np.empty(most, np.uint8), np.empty(most), np.empty(most)
    bits, n = np.empty((most, 2), np.int64), 0
    for at in range(len(pairs)):
        i, j = pairs[at, 0], pairs[at, 1]
        matrix, one, other = _compared(a, b, i, j, token_costs, room)
        same_form = a[0][3][i] == b[0][3][j]
        score, chosen, gain, loss, both, single, crossed = score_names(
            matrix, one, other, same_form, settings, edges, masks
        )
        scores[at] = score
        left, right = (np.int64(1) << len(one[2])) - 1, (np.int64(1) << len(other[2])) - 1
        if score == 0.0:
            kinds[n], values[n], points[n], bits[n, 0], bits[n, 1] = CONTRADICTED, 0.0, 0.0, left, right
            n += 1
            offsets[at + 1] = n
            continue
        total = gain + spelling * loss + contradiction * both + omission * single + order * crossed + common
        for k in range(MAX_EDGES):
            if chosen >> k & 1:
                left &= ~masks[k, 0]
                right &= ~masks[k, 1]
                weight = edges[k, 0] + edges[k, 1]
                kinds[n] = _kind(masks[k, 0], masks[k, 1], one[0], other[0], room[1])
                values[n] = edges[k, 0] / weight if weight > 0 else 0.0
                points[n] = edges[k, 0] / gain - spelling * edges[k, 1] / total
                bits[n, 0], bits[n, 1] = masks[k, 0], masks[k, 1]
                n += 1
        contradicted = both > LEFT_OVER
        costs_left = (contradiction * both, omission * single, order * crossed, common)
        for kind in (CONTRADICTED, OMITTED, ORDER, COMMON):
            cost = costs_left[kind - CONTRADICTED]
            if (
                (kind == OMITTED and single <= LEFT_OVER)
                or (kind == CONTRADICTED and not contradicted)
                or (kind == ORDER and not crossed)
            ):
                continue
            # beside a contradiction, what is omitted is the heavier side's surplus: its tokens stand above
            named = kind == CONTRADICTED or (kind == OMITTED and not contradicted)
            kinds[n], values[n], points[n] = kind, 0.0, -cost / total
            bits[n, 0], bits[n, 1] = (left, right) if named else (np.int64(0), np.int64(0))
            n += 1
        offsets[at + 1] = n
    return scores, offsets, kinds[:n], values[:n], points[:n], bits[:n, 0].copy(), bits[:n, 1].copy()


@njit(cache=True, nogil=True)
def _kind(ours: int, theirs: int, ints: Any, other_ints: Any, kinds: Any) -> Any:
    """Return the kind of agreement of an edge."""
    if ours & (ours - 1) or theirs & (theirs - 1):
        return JOINED
    i, j = 0, 0
    while not ours >> i & 1:
        i += 1
    while not theirs >> j & 1:
        j += 1
    return INITIAL if ints[i, 1] != other_ints[j, 1] else kinds[i, j]
