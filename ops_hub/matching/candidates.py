"""Distinct query names and an index into every pair of names at or above a floor.

Reach for `candidates()` in screening, batch or single query alike. It is complete for the name score (the
argument stands in `kernel`). Birth dates, documents and the rest are evidence, weighed in `evidence`;
documents have their own exact route in `documents`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.errors import ConfigError
from ops_hub.matching.alignment import settings_tuple, word_arrays
from ops_hub.matching.index import LOWEST_FLOOR, Index, bound_share, is_split
from ops_hub.matching.kernel import screen_names
from ops_hub.matching.neighbours import neighbours
from ops_hub.matching.words import Words, similarities, words
from ops_hub.normalise.names import Names
from ops_hub.normalise.tables import NameTables

CHUNK = 4096  # query names a thread takes at a time: small enough to share out evenly, large enough to be cheap

PAIRS = {"name": pl.Int64, "list_name": pl.Int64, "name_score": pl.Float64}


@dataclass(frozen=True)
class Similar:
    """For each query word, the similar list words: `words[offsets[i]:offsets[i+1]]` with `values` beside."""

    offsets: NDArray[np.int64]
    words: NDArray[np.int32]
    values: NDArray[np.float64]


def similar_words(asked: Words, index: Index, settings: NameSettings) -> Similar:
    """Return every list word that is similar to each query word."""
    left, right = neighbours(asked, index.vocabulary, index.neighbourhood, settings)
    values, _ = similarities(asked, index.vocabulary, left, right, settings)
    kept = values > 0
    left, right, values = left[kept], right[kept], values[kept]
    offsets = np.concatenate(([0], np.cumsum(np.bincount(left, minlength=len(asked))))).astype(np.int64)
    return Similar(offsets, right.astype(np.int32), values)


def candidates(
    names: Names, index: Index, tables: NameTables, settings: NameSettings, *, floor: float, threads: int
) -> pl.DataFrame:
    """Return name, list_name and name_score (PAIRS) of all pairs with a name score at or above `floor`.

    Args:
        names: distinct query names.
        index: the list side.
        tables: name knowledge; the same that the index was built with.
        settings: name settings, likewise.
        floor: lowest name score wanted, 0 to 1.
        threads: how many cores to use.

    Raises:
        ConfigError: the floor is lower than what an index holds complete answers for.
    """
    if floor < LOWEST_FLOOR:
        raise ConfigError(
            "threshold",
            f"a name score of {floor:.2f} is asked for and {LOWEST_FLOOR} is the lowest",
            "raise the threshold",
        )
    if not len(names) or not len(index.names):
        return pl.DataFrame(schema=PAIRS)
    asked = words(names.words, tables)
    found = similar_words(asked, index, settings)
    arrays = word_arrays(asked)
    query_side = (names.offsets, names.tokens, names.weights, is_split(names), arrays.ints, arrays.hashes)
    list_side = _list_side(index)
    share = bound_share(floor, settings.contradiction)
    fixed = (
        query_side,
        list_side,
        (found.offsets, found.words, found.values),
        _postings(index),
        (settings_tuple(settings), floor, share, settings.initial),
    )
    spans = [(begin, min(begin + CHUNK, len(names))) for begin in range(0, len(names), CHUNK)]
    parts = list(_run(spans, fixed, threads))
    columns = [np.concatenate([part[k] for part in parts]) for k in range(3)]
    return pl.DataFrame(dict(zip(PAIRS, columns, strict=True)), schema=PAIRS)


def _run(
    spans: list[tuple[int, int]], fixed: tuple[object, ...], threads: int
) -> Iterator[tuple[NDArray[np.generic], ...]]:
    if len(spans) == 1 or threads == 1:
        yield from (screen_names(span, *fixed) for span in spans)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(lambda span: screen_names(span, *fixed), spans)


def _list_side(index: Index) -> tuple[object, ...]:
    names, arrays = index.names, index.word_arrays
    return (names.offsets, names.tokens, names.weights, is_split(names), arrays.ints, arrays.hashes)


def _postings(index: Index) -> tuple[object, ...]:
    arrays = index.arrays
    return (
        arrays["frequency"],
        (arrays["full_offsets"], arrays["full_names"]),
        (arrays["key_offsets"], arrays["key_names"], arrays["key_shares"]),
        arrays["word_keys"],
        arrays["word_ids"],
        arrays["join_keys"],
        arrays["join_names"],
    )
