"""Pairs of names into scores and, where wanted, the alignment line by line.

Reach for `name_scores()` to score labelled pairs and `explain()` for the reasons behind hits. Both use the
alignment that the candidate kernel uses, so a hit's lines sum to the score it was found with. Finding
pairs is left to `candidates`; evidence beyond the name to `evidence`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.matching.alignment import MAX_EDGES, score_names, settings_tuple, word_arrays
from ops_hub.matching.index import is_split
from ops_hub.matching.words import KINDS, Words, similarities, words
from ops_hub.normalise.names import CUT, Names
from ops_hub.normalise.tables import NameTables

Line = dict[str, str | float | None]
"""One line of an explanation: query, candidate, kind, similarity, points (see schemas.HIT_TOKEN)."""


LEFT_OVER = 1e-9  # weight below which nothing is left over: sums of floats


@dataclass(frozen=True)
class _Side:
    """One name as the alignment takes it, with the texts of its tokens."""

    texts: list[str]
    arrays: tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.float64]]
    split: bool


@dataclass(frozen=True)
class _Matched:
    """Two names with the similarities and kinds of their tokens."""

    a: _Side
    b: _Side
    similar: NDArray[np.float64]
    kinds: NDArray[np.uint8]


def name_scores(
    a: Names, b: Names, pairs: NDArray[np.int64], tables: NameTables, settings: NameSettings
) -> NDArray[np.float64]:
    """Return the name score, 0 to 1, of each pair (row of `pairs`: index into a, index into b)."""
    fixed = settings_tuple(settings)
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    return np.array(
        [
            score_names(m.similar, m.a.arrays, m.b.arrays, m.a.split == m.b.split, fixed, edges, masks)[0]
            for m in _matched(a, b, pairs, tables, settings)
        ]
    )


def explain(
    a: Names, b: Names, pairs: NDArray[np.int64], tables: NameTables, settings: NameSettings
) -> list[tuple[float, list[Line]]]:
    """Return score and lines of each pair; the points of the lines sum to the score.

    Agreeing tokens share out 1 by what each gains, less what its spelling costs; the other lines take
    away what is contradicted, omitted, out of order or held against every pair.
    """
    return [_explained(m, settings) for m in _matched(a, b, pairs, tables, settings)]


def _matched(
    a: Names, b: Names, pairs: NDArray[np.int64], tables: NameTables, settings: NameSettings
) -> Iterator[_Matched]:
    """Yield each pair with the similarities of its tokens, all worked out in one call."""
    left_words, right_words = words(a.words, tables), words(b.words, tables)
    left, right, starts = _token_pairs(a, b, pairs)
    keys, inverse = np.unique(left.astype(np.int64) * max(len(right_words), 1) + right, return_inverse=True)
    values, kinds = similarities(
        left_words, right_words, keys // max(len(right_words), 1), keys % max(len(right_words), 1), settings
    )
    values, kinds = values[inverse], kinds[inverse]
    a_arrays, b_arrays = word_arrays(left_words), word_arrays(right_words)
    a_split, b_split = is_split(a), is_split(b)
    for at, (i, j) in enumerate(pairs):
        one = _side(a, int(i), left_words, (a_arrays.ints, a_arrays.hashes), bool(a_split[i]))
        other = _side(b, int(j), right_words, (b_arrays.ints, b_arrays.hashes), bool(b_split[j]))
        shape = (len(one.texts), len(other.texts))
        span = slice(starts[at], starts[at + 1])
        yield _Matched(one, other, values[span].reshape(shape), kinds[span].reshape(shape))


def _token_pairs(
    a: Names, b: Names, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Return, for all pairs one after another, every token of a beside every token of b, row by row."""
    left, right, sizes = [], [], [0]
    for i, j in pairs:
        ours = a.tokens[a.offsets[i] : a.offsets[i + 1]]
        theirs = b.tokens[b.offsets[j] : b.offsets[j + 1]]
        left.append(np.repeat(ours, len(theirs)))
        right.append(np.tile(theirs, len(ours)))
        sizes.append(len(ours) * len(theirs))
    nothing = np.zeros(0, np.int32)
    return np.concatenate([nothing, *left]), np.concatenate([nothing, *right]), np.cumsum(sizes)


def _side(
    names: Names,
    at: int,
    vocabulary: Words,
    arrays: tuple[NDArray[np.int32], NDArray[np.uint64]],
    split: bool,
) -> _Side:
    span = slice(names.offsets[at], names.offsets[at + 1])
    tokens = names.tokens[span]
    sides = (arrays[0][tokens], arrays[1][tokens], np.ascontiguousarray(names.weights[span]))
    return _Side([vocabulary.texts[token] for token in tokens], sides, split)


def _explained(pair: _Matched, s: NameSettings) -> tuple[float, list[Line]]:
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    score, chosen, gain, loss, both, one, crossed = score_names(
        pair.similar,
        pair.a.arrays,
        pair.b.arrays,
        pair.a.split == pair.b.split,
        settings_tuple(s),
        edges,
        masks,
    )
    left, right = _bits_left(pair, int(chosen), masks)
    if score == 0.0:
        return 0.0, [_line(_texts(pair.a, left), _texts(pair.b, right), "contradicted", 0.0, 0.0)]
    total = gain + s.spelling * loss + s.contradiction * both + s.omission * one + s.order * crossed + s.common
    lines = [
        _agreement(pair, edges[k], masks[k], (gain, total, s.spelling))
        for k in range(MAX_EDGES)
        if int(chosen) >> k & 1
    ]
    if both > LEFT_OVER:
        lines.append(
            _line(
                _texts(pair.a, left),
                _texts(pair.b, right),
                "contradicted",
                0.0,
                -s.contradiction * both / total,
            )
        )
    if one > LEFT_OVER:
        lines.append(_omitted(pair, (left, right), both > LEFT_OVER, -s.omission * one / total))
    if crossed:
        lines.append(_line(None, None, "order", 0.0, -s.order * crossed / total))
    lines.append(_line(None, None, "common", 0.0, -s.common / total))
    return float(score), lines


def _bits_left(pair: _Matched, chosen: int, masks: NDArray[np.int64]) -> tuple[int, int]:
    left, right = (1 << len(pair.a.texts)) - 1, (1 << len(pair.b.texts)) - 1
    for k in range(MAX_EDGES):
        if chosen >> k & 1:
            left &= ~int(masks[k, 0])
            right &= ~int(masks[k, 1])
    return left, right


def _agreement(
    pair: _Matched, edge: NDArray[np.float64], mask: NDArray[np.int64], sums: tuple[float, float, float]
) -> Line:
    gain, total, spelling = sums
    ours, theirs = int(mask[0]), int(mask[1])
    weight = edge[0] + edge[1]
    if ours.bit_count() > 1 or theirs.bit_count() > 1:
        kind = "joined"
    else:
        i, j = ours.bit_length() - 1, theirs.bit_length() - 1
        kind = KINDS[pair.kinds[i, j]]
        if (len(pair.a.texts[i]) == 1) != (len(pair.b.texts[j]) == 1):
            kind = "initial"
    points = edge[0] / gain - spelling * edge[1] / total
    return _line(_texts(pair.a, ours), _texts(pair.b, theirs), kind, edge[0] / weight if weight else 0.0, points)


def _omitted(pair: _Matched, bits: tuple[int, int], contradicted: bool, points: float) -> Line:
    """Name what only one side has; beside a contradiction it is the heavier side's surplus."""
    left, right = bits
    if contradicted:
        return _line(None, None, "omitted", 0.0, points)
    return _line(_texts(pair.a, left), _texts(pair.b, right), "omitted", 0.0, points)


def _texts(side: _Side, bits: int) -> str | None:
    listed = [text.rstrip(CUT) for k, text in enumerate(side.texts) if bits >> k & 1]
    return " ".join(listed) or None


def _line(query: str | None, candidate: str | None, kind: str, similarity: float, points: float) -> Line:
    return {
        "query": query,
        "candidate": candidate,
        "kind": kind,
        "similarity": float(similarity),
        "points": float(points),
    }
