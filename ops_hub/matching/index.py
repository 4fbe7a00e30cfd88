"""List names into the index that candidates are found by; built once for a snapshot and then only read.

Reach for `build_index()` when lists are compiled and `open_index()` when a snapshot is opened: everything
is arrays and two frames, so that it can be stored and memory-mapped. Looking names up is left to
`candidates`; entries and their other data stay in ENTRIES.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import MatchingConfig
from ops_hub.errors import ConfigError
from ops_hub.matching.alignment import WordArrays, joined_hash, word_arrays
from ops_hub.matching.kernel import SOUND_SALT, key_tokens
from ops_hub.matching.neighbours import KeyTable, Neighbourhood, neighbourhood
from ops_hub.matching.words import Words, words, words_from
from ops_hub.normalise.names import MAX_TOKENS, UNSPLIT, Names
from ops_hub.normalise.tables import NameTables

Arrays = Mapping[str, NDArray[np.generic]]
LOWEST_FLOOR = 0.30  # name score down to which an index finds every pair; a lower threshold is refused
"""Origin: at 0.30 the key tokens are half of a name; below, every name would be compared with every other."""


@dataclass(frozen=True)
class Index:
    """n distinct list names with postings; `name_entries` tells which entries bear each name.

    Attributes:
        vocabulary: distinct tokens of the list side.
        names: the distinct names, tokens as ids into the vocabulary.
        word_arrays: the vocabulary as kernels take it.
        neighbourhood: finds similar tokens.
        arrays: postings and hashes, by name (see `_postings`).
        name_entries: frame name (row of `names`), entry (row of ENTRIES), place (in its list of names).
    """

    vocabulary: Words
    names: Names
    word_arrays: WordArrays
    neighbourhood: Neighbourhood
    arrays: Arrays
    name_entries: pl.DataFrame


def bound_share(floor: float, contradiction: float) -> float:
    """Return the share of a name's weight that an accepted pair may leave over (see `kernel`)."""
    ratio = (1.0 - floor) / (floor * contradiction)
    return ratio / (1.0 + ratio)


def build_index(names: Names, name_entries: pl.DataFrame, tables: NameTables, config: MatchingConfig) -> Index:
    """Return the index of the distinct list names given.

    Args:
        names: distinct names of the entries.
        name_entries: which entries bear them: name, entry, place.
        tables: name knowledge.
        config: settings; the index holds for exactly these.
    """
    vocabulary = words(names.words, tables)
    arrays = word_arrays(vocabulary)
    return Index(
        vocabulary,
        names,
        arrays,
        neighbourhood(vocabulary, config.names),
        _postings(names, arrays, config),
        name_entries.sort("name", "entry", "place"),
    )


def _postings(names: Names, arrays: WordArrays, config: MatchingConfig) -> dict[str, NDArray[np.generic]]:
    """Return the postings: of all tokens, of key tokens, hashes of words and of joined tokens."""
    owner = np.repeat(np.arange(len(names), dtype=np.int32), np.diff(names.offsets))
    share = bound_share(LOWEST_FLOOR, config.names.contradiction)
    frequency = np.bincount(names.tokens, minlength=len(names.words)).astype(np.int32)
    is_key, from_share = _keys(
        names.offsets, names.tokens, names.weights, arrays.ints, frequency, (share, config.names.initial)
    )
    full_offsets, full_names = _posting(names.tokens, owner, len(names.words))
    key_offsets, key_names = _posting(names.tokens[is_key], owner[is_key], len(names.words))
    _, key_shares = _posting(names.tokens[is_key], from_share[is_key], len(names.words))
    spelled, sounding = arrays.hashes[:, 0], arrays.hashes[:, 2] ^ SOUND_SALT
    ids = np.arange(len(names.words), dtype=np.int32)
    word_keys, word_ids = _sorted(np.concatenate((spelled, sounding)), np.concatenate((ids, ids)))
    join_keys, join_names = _sorted(*_joins(names.offsets, names.tokens, arrays.ints, arrays.hashes))
    return {
        "frequency": frequency,
        "full_offsets": full_offsets,
        "full_names": full_names,
        "key_offsets": key_offsets,
        "key_names": key_names,
        "key_shares": key_shares,
        "word_keys": word_keys,
        "word_ids": word_ids,
        "join_keys": join_keys,
        "join_names": join_names,
    }


def _posting(tokens: NDArray[np.int32], owner: NDArray[Any], size: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    order = np.argsort(tokens, kind="stable")
    offsets = np.concatenate(([0], np.cumsum(np.bincount(tokens, minlength=size)))).astype(np.int64)
    return offsets, owner[order]


def _sorted(keys: NDArray[np.uint64], values: NDArray[np.int32]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    order = np.argsort(keys, kind="stable")
    return keys[order], values[order]


@njit(cache=True)
def _keys(offsets, tokens, weights, ints, frequency, bound):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return, for each token of each name, whether it is a key token, and from which share on it is needed."""
    share, initial = bound
    chosen, from_share = np.zeros(len(tokens), np.bool_), np.zeros(len(tokens))
    single, costs = np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS)
    for name in range(len(offsets) - 1):
        begin, end = offsets[name], offsets[name + 1]
        n = end - begin
        for k in range(n):
            single[k] = ints[tokens[begin + k], 1] == 1
            costs[k] = frequency[tokens[begin + k]]
        key_tokens(weights[begin:end], single[:n], costs[:n], share, initial, chosen[begin:end], from_share[begin:end])
    return chosen, from_share


@njit(cache=True)
def _joins(offsets, tokens, ints, hashes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return the hashes of all joined neighbours of all names, by spelling and by sound, with their names."""
    total = 0
    for name in range(len(offsets) - 1):
        n = offsets[name + 1] - offsets[name]
        total += 2 * (max(n - 1, 0) + max(n - 2, 0))
    keys, names, count = np.empty(total, np.uint64), np.empty(total, np.int32), 0
    room_ints, room_hashes = np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64)
    for name in range(len(offsets) - 1):
        n = offsets[name + 1] - offsets[name]
        for k in range(n):
            room_ints[k, :] = ints[tokens[offsets[name] + k], :]
            room_hashes[k, :] = hashes[tokens[offsets[name] + k], :]
        for first in range(n - 1):
            for last in range(first + 1, min(first + 3, n)):
                value, _, sound, _ = joined_hash(room_ints, room_hashes, first, last)
                keys[count], names[count] = value, name
                keys[count + 1], names[count + 1] = sound ^ SOUND_SALT, name
                count += 2
    return keys[:count].copy(), names[:count].copy()


def stored(index: Index) -> tuple[dict[str, NDArray[np.generic]], dict[str, pl.DataFrame]]:
    """Return an index as named arrays and frames, for a snapshot to keep."""
    arrays = dict(index.arrays) | {
        "name_offsets": index.names.offsets,
        "name_tokens": index.names.tokens,
        "name_weights": index.names.weights,
        "name_parts": index.names.parts,
        "word_ints": index.word_arrays.ints,
        "word_hashes": index.word_arrays.hashes,
    }
    for table in ("spelling", "sound", "latin_bones", "abjad_bones"):
        found: KeyTable = getattr(index.neighbourhood, table)
        arrays |= {
            f"{table}_keys": found.keys,
            f"{table}_words": found.words,
            f"{table}_buckets": found.buckets,
        }
    vocabulary = index.vocabulary
    listed = pl.DataFrame(
        {"word": vocabulary.texts, "sound": vocabulary.folds, "bones": vocabulary.bones},
        schema=dict.fromkeys(("word", "sound", "bones"), pl.String),
    )
    return arrays, {"words": listed, "name_entries": index.name_entries}


def open_index(arrays: Arrays, frames: Mapping[str, pl.DataFrame], tables: NameTables) -> Index:
    """Return the index that `stored()` gave, its arrays as they are (memory-mapped or not).

    Raises:
        ConfigError: something is missing: the snapshot was made by another version.
    """
    try:
        table = {
            name: KeyTable(arrays[f"{name}_keys"], arrays[f"{name}_words"], arrays[f"{name}_buckets"])  # type: ignore[arg-type]
            for name in ("spelling", "sound", "latin_bones", "abjad_bones")
        }
        vocabulary = words_from(frames["words"], tables)
        names = Names(vocabulary.texts, *(arrays[f"name_{part}"] for part in ("offsets", "tokens", "weights", "parts")))  # type: ignore[arg-type]
        return Index(
            vocabulary,
            names,
            WordArrays(arrays["word_ints"], arrays["word_hashes"]),  # type: ignore[arg-type]
            Neighbourhood(**table),
            {name: arrays[name] for name in _STORED},
            frames["name_entries"],
        )
    except KeyError as error:
        raise ConfigError(
            "snapshot", f"its index has no {error}", "compile the lists again with this version"
        ) from None


_STORED = (
    "frequency",
    "full_offsets",
    "full_names",
    "key_offsets",
    "key_names",
    "key_shares",
    "word_keys",
    "word_ids",
    "join_keys",
    "join_names",
)


def is_split(names: Names) -> NDArray[np.bool_]:
    """Return for each name whether its source told family from given names."""
    split = np.ones(len(names), dtype=np.bool_)
    filled = np.diff(names.offsets) > 0
    split[filled] = names.parts[names.offsets[:-1][filled]] != UNSPLIT
    return split
