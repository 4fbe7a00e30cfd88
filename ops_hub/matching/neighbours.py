"""A vocabulary into a table that finds, for any token, every token it may be similar to.

Reach for it to compare two vocabularies without comparing all with all. It over-finds and never
misses: whoever asks then calls `similarity.similarities()` on what it returns.

Why it never misses. Similarity is positive only for (1) at most `edits_allowed` edits by spelling, (2) equal
sound or one edit by sound, (3) a shared equivalence group, (4) consonants that are equal or one edit
apart, across scripts, (5) a beginning, for tokens cut by the sender. Two strings within d edits (swaps of
neighbours included) become equal when some d letters or fewer are deleted from each, so both write all
their deletions as keys (1, 2, 4); groups (3) and beginnings (5) are looked up directly.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.matching.hashing import KeyTable, grown, key_table, mix, shift_of
from ops_hub.matching.similarity import MAX_EDITS, MIN_CUT
from ops_hub.matching.words import Letters, Words

_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Neighbourhood:
    """Tables over one vocabulary: by spelling, by sound, by consonants of its Latin and its other tokens."""

    spelling: KeyTable
    sound: KeyTable
    latin_bones: KeyTable
    abjad_bones: KeyTable


def edits_allowed(length: int, settings: NameSettings) -> int:
    """Return how many edits a token of this length may be from a similar one, whichever is longer."""
    for edits in range(MAX_EDITS, 0, -1):
        if settings.edit_cost * edits <= (1.0 - settings.least) * (length + edits - 1) + 1e-9:
            return edits
    return 0


def neighbourhood(vocabulary: Words, settings: NameSettings) -> Neighbourhood:
    """Return the tables of a vocabulary; they hold for the settings given."""
    everything = np.ones(len(vocabulary), dtype=np.bool_)
    return Neighbourhood(
        spelling=_table(vocabulary.spelled, everything, _by_length(settings)),
        sound=_table(vocabulary.sounds, everything, _ONE_EDIT),
        latin_bones=_table(vocabulary.consonants, ~vocabulary.is_abjad, _ONE_EDIT),
        abjad_bones=_table(vocabulary.consonants, vocabulary.is_abjad, _ONE_EDIT),
    )


def neighbours(
    asked: Words, known: Words, tables: Neighbourhood, settings: NameSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return index pairs (asked, known), sorted and without repeats, among which are all similar ones."""
    everything = np.ones(len(asked), dtype=np.bool_)
    found = [
        _look_up(asked.spelled, everything, known.spelled, tables.spelling, _by_length(settings)),
        _look_up(asked.sounds, everything, known.sounds, tables.sound, _ONE_EDIT),
        _look_up(asked.consonants, asked.is_abjad, known.consonants, tables.latin_bones, _ONE_EDIT),
        _look_up(asked.consonants, ~asked.is_abjad, known.consonants, tables.abjad_bones, _ONE_EDIT),
        _same_group(asked, known),
        _beginnings(asked, known),
    ]
    keys = np.sort(np.concatenate([left * len(known) + right for left, right in found]))
    keys = keys[np.diff(keys, prepend=-1) != 0]
    return keys // max(len(known), 1), keys % max(len(known), 1)


def _by_length(settings: NameSettings) -> NDArray[np.int64]:
    return np.array([edits_allowed(length, settings) if length >= 3 else 0 for length in range(64)])


# Sound and consonants: one edit, and only where five letters or more are compared (words.MAX_FOLD_EDITS).
_ONE_EDIT = np.array([0 if length < 3 else 1 for length in range(64)])


def _table(texts: Letters, chosen: NDArray[np.bool_], edits: NDArray[np.int64]) -> KeyTable:
    return key_table(*_all_keys(*texts, chosen, edits))


def _look_up(
    texts: Letters, chosen: NDArray[np.bool_], known: Letters, table: KeyTable, edits: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not chosen.any() or not len(table.keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return _probe((*texts, chosen), (*table, shift_of(table.buckets)), edits, known)  # type: ignore[no-any-return]


@njit(cache=True)
def _sign(letters: Any, begin: int, end: int) -> Any:
    """Return the set of letters of a text as bits."""
    bits = np.int64(0)
    for at in range(begin, end):
        bits |= np.int64(1) << np.int64(letters[at] & 31)
    return bits


@njit(cache=True)
def _hash_without(letters: Any, begin: int, end: int, first: int, second: int) -> Any:
    value = np.uint64(1469598103934665603)
    for at in range(begin, end):
        if at != first and at != second:
            value = (value ^ np.uint64(letters[at])) * _BASE
            value ^= value >> np.uint64(29)
    return mix(value)


@njit(cache=True)
def _keys_of(letters: Any, begin: int, end: int, edits: int, room: Any) -> int:
    """Write the hashes of a text with none, one and (if `edits` says so) two letters deleted; return how many."""
    room[0] = _hash_without(letters, begin, end, -1, -1)
    count = 1
    if edits >= 1:
        for first in range(begin, end):
            room[count] = _hash_without(letters, begin, end, first, -1)
            count += 1
    if edits >= 2:
        for first in range(begin, end):
            for second in range(first + 1, end):
                room[count] = _hash_without(letters, begin, end, first, second)
                count += 1
    return count


@njit(cache=True)
def _all_keys(letters: Any, offsets: Any, chosen: Any, edits: Any) -> Any:
    """Return all deletion keys of the chosen texts, and the text that each belongs to."""
    room = np.empty(4096, np.uint64)
    total = 0
    for word in range(len(offsets) - 1):
        n = offsets[word + 1] - offsets[word]
        e = edits[min(n, 63)]
        total += 1 + (n if e else 0) + (n * (n - 1) // 2 if e > 1 else 0)
    keys, owners, count = np.empty(total, np.uint64), np.empty(total, np.int32), 0
    for word in range(len(offsets) - 1):
        if not chosen[word] or offsets[word + 1] == offsets[word]:
            continue
        found = _keys_of(
            letters, offsets[word], offsets[word + 1], edits[min(offsets[word + 1] - offsets[word], 63)], room
        )
        for k in range(found):
            keys[count] = room[k]
            owners[count] = word
            count += 1
    return keys[:count].copy(), owners[:count].copy()


@njit(cache=True)
def _probe(asked: Any, table: Any, edits: Any, known: Any) -> Any:
    """Return the pairs whose keys meet and whose letters allow `MAX_EDITS` edits or fewer, each once."""
    letters, offsets, chosen = asked
    keys, owners, buckets, shift = table
    other_letters, other_offsets = known
    room = np.empty(4096, np.uint64)
    seen = np.full(len(other_offsets) - 1, -1, np.int32)
    left, right, count = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    for word in range(len(offsets) - 1):
        n = offsets[word + 1] - offsets[word]
        if not chosen[word] or n == 0:
            continue
        found = _keys_of(letters, offsets[word], offsets[word + 1], edits[min(n, 63)], room)
        sign = _sign(letters, offsets[word], offsets[word + 1])
        for k in range(found):
            bucket = np.int64(room[k] >> shift)
            for at in range(buckets[bucket], buckets[bucket + 1]):
                if keys[at] != room[k] or seen[owners[at]] == word:
                    continue
                other = owners[at]
                seen[other] = word
                first, last = other_offsets[other], other_offsets[other + 1]
                if abs(n - (last - first)) > MAX_EDITS:
                    continue
                differ, bits = sign ^ _sign(other_letters, first, last), 0
                while differ:
                    differ &= differ - 1
                    bits += 1
                if bits > 2 * MAX_EDITS:
                    continue
                if count == len(left):
                    left, right = grown(left), grown(right)
                left[count], right[count] = word, other
                count += 1
    return left[:count].copy(), right[:count].copy()


def _same_group(asked: Words, known: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = [
        (at, other)
        for group, tokens in asked.members.items()
        for at in tokens
        for other in known.members.get(group, ())
    ]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _beginnings(asked: Words, known: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the known tokens that begin with an asked token that may have been cut."""
    cut = [at for at in np.flatnonzero(asked.is_cut).tolist() if len(asked.bare[at]) >= MIN_CUT]
    if not cut:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ordered, order = known.ordered
    left: list[int] = []
    right: list[int] = []
    for at in cut:
        begin = bisect_left(ordered, asked.bare[at])
        end = bisect_left(ordered, asked.bare[at] + "\U0010ffff")
        left += [at] * (end - begin)
        right += [int(k) for k in order[begin:end]]
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)
