"""Texts into letters and hashes, and sorted hashes into a table that finds a key in one step.

Reach for `letters()` wherever compiled code walks texts, and for `KeyTable` wherever equal hashes meet. What is
hashed, and why, is said by the callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class KeyTable(NamedTuple):
    """Sorted keys with the value of each, and where each bucket (the keys' leading bits) begins."""

    keys: NDArray[np.uint64]
    values: NDArray[np.int32]
    buckets: NDArray[np.int64]


def letters(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return all letters one after another, and where each text begins."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32), offsets


def key_table(keys: NDArray[np.uint64], values: NDArray[np.int32]) -> KeyTable:
    """Return the table of keys whose leading bits are well spread (see `mix`); about one key a bucket."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    bits = min(max(len(keys).bit_length(), 4), 22)
    edges = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    return KeyTable(keys, values[order], np.append(np.searchsorted(keys, edges), len(keys)).astype(np.int64))


def shift_of(buckets: NDArray[np.int64]) -> np.uint64:
    """Return how far a key is shifted to give its bucket."""
    return np.uint64(65 - len(buckets).bit_length())


@njit(cache=True, nogil=True)
def mix(value: Any) -> Any:
    """Spread a hash over all its bits, so that buckets fill evenly (finaliser of splitmix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def find(keys: Any, buckets: Any, shift: Any, key: Any) -> Any:
    """Return begin and end of a key's run in a table."""
    begin = buckets[np.int64(key >> shift)]
    last = buckets[np.int64(key >> shift) + 1]
    while begin < last and keys[begin] < key:
        begin += 1
    end = begin
    while end < last and keys[end] == key:
        end += 1
    return begin, end


@njit(cache=True, nogil=True)
def grown(array: Any) -> Any:
    """Return a copy with room for twice as much."""
    larger = np.empty(len(array) * 2, array.dtype)
    larger[: len(array)] = array
    return larger
