"""Query names, with birth dates where known, and an index into every pair that can still become a hit.

Reach for `search()` in screening, batch or single query alike, and for `candidates()` where only names count. Both
are complete for the name score (the argument stands in `bound`). What birth dates and the rest are worth is said in
`evidence`; documents have their own exact route in `documents`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty
from typing import Any

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.errors import ConfigError
from ops_hub.matching.alignment import settings_tuple, word_arrays
from ops_hub.matching.births import KINDS, NEAR, NONE, ONE_DIGIT
from ops_hub.matching.bound import TOLERANCE, bound_share, needed_share
from ops_hub.matching.hashing import find, mix, shift_of
from ops_hub.matching.index import Index, is_split, key_table_of
from ops_hub.matching.kernel import screen_names
from ops_hub.matching.neighbours import neighbours
from ops_hub.matching.postings import LOWEST_FLOOR, SIGNS, SOUND_SALT, STRETCHES, Posting
from ops_hub.matching.similarity import similarities
from ops_hub.matching.words import Words, words
from ops_hub.normalise.names import Names
from ops_hub.normalise.tables import NameTables

MAX_REMEMBERED = 1_000_000  # query tokens whose similar list tokens are kept
CHUNK = 8192  # queries a thread takes at a time: small enough to share out evenly, large enough to be cheap

FOUND = {"query": pl.Int64, "bearer": pl.Int64, "name_score": pl.Float64}
PAIRS = {"name": pl.Int64, "list_name": pl.Int64, "name_score": pl.Float64}


@dataclass(frozen=True)
class Similar:
    """For each query word, the similar list words: `words[offsets[i]:offsets[i+1]]` with `values` beside."""

    offsets: NDArray[np.int64]
    words: NDArray[np.int32]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Queries:
    """Who is looked for: a name (row of the query names) with first and last possible day of birth (NONE: unknown)."""

    names: NDArray[np.int64]
    born: NDArray[np.int32]
    until: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.names)


def similar_words(asked: Words, index: Index, settings: NameSettings) -> Similar:
    """Return every list word that is similar to each query word.

    The same tokens come back in every batch, so what was found for them stays with the index.
    """
    memory = index.remembered
    if len(memory) > MAX_REMEMBERED:
        memory.clear()
    new = [at for at, text in enumerate(asked.texts) if text not in memory]
    if new:
        found = _similar(asked.taken(new), index, settings)
        for k, at in enumerate(new):
            span = slice(found.offsets[k], found.offsets[k + 1])
            memory[asked.texts[at]] = (found.words[span], found.values[span])
    each = [memory[text] for text in asked.texts]
    offsets = np.concatenate(([0], np.cumsum([len(words) for words, _ in each]))).astype(np.int64)
    nothing = (np.zeros(0, np.int32), np.zeros(0))
    return Similar(offsets, *(np.concatenate([nothing[k], *(one[k] for one in each)]) for k in range(2)))


def _similar(asked: Words, index: Index, settings: NameSettings) -> Similar:
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
    unknown = np.full(len(names), NONE, np.int32)
    queries = Queries(np.arange(len(names)), unknown, unknown)
    found = search(names, queries, index, (tables, settings), floors=np.full(len(KINDS), floor), threads=threads)
    bearers = index.arrays["bearer_names"][found["bearer"].to_numpy()] if len(found) else []
    listed = pl.Series("list_name", bearers, dtype=pl.Int64)
    return found.select(pl.col("query").alias("name"), listed, "name_score").unique(maintain_order=True)


def search(
    names: Names,
    queries: Queries,
    index: Index,
    known: tuple[NameTables, NameSettings],
    *,
    floors: NDArray[np.float64],
    threads: int,
) -> pl.DataFrame:
    """Return query, bearer and name_score (FOUND) of all pairs at or above the floor of their birth agreement.

    Args:
        names: distinct query names.
        queries: who bears them; best without repeats.
        index: the list side.
        known: name knowledge and settings, the same that the index was built with.
        floors: lowest name score wanted for each of births.KINDS; above 1 where no name score would do.
        threads: how many cores to use.

    Raises:
        ConfigError: a floor is lower than what an index holds complete answers for.
    """
    columns = found_pairs(names, queries, index, known, floors=floors, threads=threads)
    return pl.DataFrame(dict(zip(FOUND, columns, strict=True)), schema=FOUND)


Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def found_pairs(
    names: Names,
    queries: Queries,
    index: Index,
    known: tuple[NameTables, NameSettings],
    *,
    floors: NDArray[np.float64],
    threads: int,
) -> Found:
    """Return what `search` does, as arrays."""
    tables, settings = known
    if floors.min() < LOWEST_FLOOR:
        raise ConfigError(
            "threshold",
            f"a name score of {floors.min():.2f} is asked for and {LOWEST_FLOOR} is the lowest",
            "raise the threshold",
        )
    if not len(queries) or not len(index.names):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    asked = words(names.words, tables)
    found = similar_words(asked, index, settings)
    arrays = word_arrays(asked)
    listed = index.names
    fixed = (
        (names.offsets, names.tokens, names.weights, is_split(names), arrays.ints, arrays.hashes),
        (
            listed.offsets,
            listed.tokens,
            listed.weights,
            index.is_split,
            index.word_arrays.ints,
            index.word_arrays.hashes,
        ),
        (found.offsets, found.words, found.values),
        _postings(index, arrays.hashes),
    )
    reached = np.concatenate(([0], np.cumsum(np.diff(found.offsets)[names.tokens])))
    deepest = int(np.diff(reached[names.offsets]).max())
    order = np.lexsort((queries.until, queries.born))  # what is read is then still at hand
    asking = (queries.names[order], queries.born[order], queries.until[order])
    spans = [(begin, min(begin + CHUNK, len(order))) for begin in range(0, len(order), CHUNK)]
    parts = list(_run(spans, (asking, *fixed, _bounds(settings, floors)), (index, deepest), threads))
    at, bearers, scores = (np.concatenate([part[k] for part in parts]) for k in range(3))
    at = order[at]
    back = np.lexsort((bearers, at))
    return at[back], bearers[back], scores[back]


def _bounds(settings: NameSettings, floors: NDArray[np.float64]) -> tuple[object, ...]:
    lowest = float(floors.min())
    with_any = np.append(floors, lowest)  # the last stands for entries with several dates: any of the kinds
    shares = np.array([bound_share(min(floor, 1.0), settings.contradiction) for floor in with_any]) + TOLERANCE
    # the query's own tokens find all pairs of these: near days, and the same day of another year
    near, other_year = (
        needed_share(floors[kind], settings.omission) + TOLERANCE if floors[kind] <= 1.0 else -1.0
        for kind in (NEAR, ONE_DIGIT)
    )
    return settings_tuple(settings), settings.initial, (float(shares.max()), near, other_year), with_any, shares


def _run(
    spans: list[tuple[int, int]], fixed: tuple[Any, ...], room: tuple[Index, int], threads: int
) -> Iterator[Found]:
    if len(spans) == 1 or threads == 1:
        yield from (_screened(span, fixed, room) for span in spans)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(lambda span: _screened(span, fixed, room), spans)


def _screened(span: tuple[int, int], fixed: tuple[Any, ...], room: tuple[Index, int]) -> Found:
    index, deepest = room
    work = _workspace(index, deepest)
    kernel: Any = screen_names
    found = kernel(span, *fixed, work)
    index.spare.put(work)  # not after an error: it would hold half a search
    return found  # type: ignore[no-any-return]


def _workspace(index: Index, deepest: int) -> Any:
    """Return working arrays for one thread: kept with the index, so that a single query need not make them."""
    try:
        work = index.spare.get_nowait()
    except Empty:
        bearers, names, vocabulary = len(index.name_entries), len(index.names), len(index.vocabulary)
        room = np.zeros(bearers, np.int64), np.zeros(bearers, np.int32), np.zeros(bearers)
        marks = (np.zeros(vocabulary + 2, np.uint16), np.zeros(vocabulary + 2), np.zeros(SIGNS, np.uint16))
        cursors = np.zeros(vocabulary * STRETCHES, np.int32)
        marked = (np.full(vocabulary, -1, np.int32), cursors, marks)
        work = (np.zeros(1, np.int64), room, np.zeros((names, 3)), marked, _pool(deepest))
    if len(work[-1][0]) < deepest:
        work = (*work[:-1], _pool(deepest))
    return work


def _pool(deepest: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    size = max(2 * deepest, 256)
    return np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)


def _postings(index: Index, hashes: NDArray[np.uint64]) -> tuple[object, ...]:
    arrays = index.arrays
    posting = Posting(**{column: arrays[f"posting_{column}"] for column in Posting._fields})  # type: ignore[arg-type]
    tables = {name: key_table_of(arrays, name) for name in ("word", "join")}
    shift = shift_of(tables["join"].buckets)
    joins = _join_ranges(hashes, tables["join"].keys, tables["join"].buckets, shift)
    words = (*tables["word"], shift_of(tables["word"].buckets))
    return posting, words, joins, (tables["join"].values, arrays["join_days"]), arrays["bearer_names"]


@njit(cache=True)
def _join_ranges(hashes: Any, keys: Any, buckets: Any, shift: Any) -> Any:
    """Return for each query word where the list's joined tokens of its spelling, and of its sound, begin and end."""
    ranges = np.empty((len(hashes), 2, 2), np.int64)
    for word in range(len(hashes)):
        ranges[word, 0] = find(keys, buckets, shift, mix(hashes[word, 0]))
        ranges[word, 1] = find(keys, buckets, shift, mix(hashes[word, 2] ^ SOUND_SALT))
    return ranges
