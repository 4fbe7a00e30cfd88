"""List names and their bearers into postings: for each token, who bears a name with it, by birth date.

Reach for `postings()` when an index is built. What the search does with them is said in `kernel`; why key
postings suffice, in `bound`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import MatchingConfig
from ops_hub.matching.alignment import WordArrays, joined_hash
from ops_hub.matching.bound import bound_share, key_tokens
from ops_hub.matching.hashing import key_table, mix
from ops_hub.normalise.names import MAX_TOKENS, Names

SOUND_SALT = np.uint64(0xA5A5A5A55A5A5A5A)  # keeps keys of sounds apart from keys of spellings
LOWEST_FLOOR = 0.30  # name score down to which an index finds every pair; a lower threshold is refused
"""Origin: at 0.30 the key tokens are half of a name; below, every name would be compared with every other."""

UNIT = 65536  # parts of a weight of 1 in which a name's weight is kept
NEVER = 2.0  # share from which on a token that is no key token is needed
POSTING = ("offsets", "days", "cells", "bearers", "from", "by_month_day", "month_days")


def postings(
    names: Names, arrays: WordArrays, bearers: tuple[NDArray[np.int64], NDArray[np.int32]], config: MatchingConfig
) -> dict[str, NDArray[np.generic]]:
    """Return the postings by name.

    Args:
        names: distinct list names.
        arrays: their tokens.
        bearers: for each name, where its bearers begin; for each bearer the day of birth (see `births`).
        config: settings.

    `posting_*` are the columns of one table that lists every bearer under every token, and behind that every bearer
    under the key tokens of the name alone: offsets (by token, twice), days (ascending within a token), cells (the day
    again, three further tokens of the name, and the shares of the name's weight that the token and these have, in
    255ths rounded up, a byte each, and that weight; the number after the vocabulary stands for no token, the next for several, or for
    an initial, that may meet any), bearers, from (share from which on a key token is needed), by_month_day and
    month_days (places, and what stands there, by month and day of birth).
    `word_*` and `join_*` find tokens and joined tokens by hash.
    """
    share = bound_share(LOWEST_FLOOR, config.names.contradiction)
    bearer_offsets, days = bearers
    borne = np.diff(bearer_offsets).astype(np.int32)
    name_of = np.repeat(np.arange(len(names), dtype=np.int32), borne)
    vocabulary = len(names.words)
    frequency = np.bincount(names.tokens, weights=np.repeat(borne, np.diff(names.offsets)), minlength=vocabulary)
    frequency = frequency.astype(np.int32)
    is_key, from_share = _keys(
        names.offsets, names.tokens, names.weights, arrays.ints, frequency, (share, config.names.initial)
    )
    order = np.argsort(days, kind="stable").astype(np.int32)
    side = (names.offsets, names.tokens, names.weights, arrays.ints, name_of, days, order)
    both = [_posting(side, chosen, from_share, vocabulary) for chosen in (np.ones(len(names.tokens), np.bool_), is_key)]
    columns = [np.concatenate([full, key]) for full, key in zip(*both, strict=True)]
    columns[0][vocabulary + 1 :] += len(both[0][1])
    places = _by_month_day(columns[0], columns[1])
    columns += [places, (columns[1][places] % 10000).astype(np.int16)]
    made = {f"posting_{column}": array for column, array in zip(POSTING, columns, strict=True)}
    spelled, sounding = arrays.hashes[:, 0], arrays.hashes[:, 2] ^ SOUND_SALT
    ids = np.arange(vocabulary, dtype=np.int32)
    words = key_table(np.concatenate((_mixed(spelled), _mixed(sounding))), np.concatenate((ids, ids)))
    joins = key_table(*_joins(names.offsets, names.tokens, arrays.ints, arrays.hashes))
    made |= {f"word_{part}": array for part, array in words._asdict().items()}
    made |= {f"join_{part}": array for part, array in joins._asdict().items()}
    return made | {"bearer_offsets": bearer_offsets, "bearer_names": name_of, "bearer_days": days}


@njit(cache=True)
def _mixed(hashes: Any) -> Any:
    out = np.empty(len(hashes), np.uint64)
    for at in range(len(hashes)):
        out[at] = mix(hashes[at])
    return out


@njit(cache=True)
def _keys(offsets: Any, tokens: Any, weights: Any, ints: Any, frequency: Any, bound: Any) -> Any:
    """Return, for each token of each name, whether it is a key token, and from which share on it is needed."""
    share, initial = bound
    chosen, from_share = np.zeros(len(tokens), np.bool_), np.full(len(tokens), NEVER)
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
def _posting(side: Any, chosen: Any, from_share: Any, vocabulary: int) -> Any:
    """Return the columns of a posting of the chosen tokens, bearers in the order given."""
    name_offsets, tokens, weights, ints, name_of, days, order = side
    offsets = np.zeros(vocabulary + 1, np.int64)
    for bearer in order:
        for k in range(name_offsets[name_of[bearer]], name_offsets[name_of[bearer] + 1]):
            offsets[tokens[k] + 1] += chosen[k]
    offsets = np.cumsum(offsets)
    size = offsets[-1]
    at = offsets[:-1].copy()
    bearers, born = np.empty(size, np.int32), np.empty(size, np.int32)
    cells, needed = np.full((size, 6), vocabulary, np.uint32), np.empty(size, np.float32)
    for bearer in order:
        begin, end = name_offsets[name_of[bearer]], name_offsets[name_of[bearer] + 1]
        total, initials = 0.0, False
        for k in range(begin, end):
            total += weights[k]
            initials |= ints[tokens[k], 1] == 1
        for k in range(begin, end):
            if not chosen[k]:
                continue
            place = at[tokens[k]]
            at[tokens[k]] += 1
            bearers[place], born[place] = bearer, days[bearer]
            needed[place] = from_share[k] - 1e-6  # never more than the share itself, whatever the rounding
            cells[place, 0] = np.uint32(days[bearer])
            rest, packed, count = total - weights[k], _byte(weights[k], total), 1
            for other in range(begin, end):
                if other != k and count < 4 and (count < 3 or end - begin == 4) and not initials:
                    cells[place, count] = tokens[other]
                    packed |= _byte(weights[other], total) << (8 * count)
                    rest -= weights[other]
                    count += 1
            if initials or end - begin > 4:
                cells[place, count] = vocabulary + 1
                packed |= _byte(rest, total) << (8 * count)
            cells[place, 4], cells[place, 5] = np.uint32(packed), np.uint32(total * UNIT)
    return offsets, born, cells, bearers, needed


@njit(cache=True)
def _byte(weight: float, total: float) -> Any:
    return np.int64(min(max(np.ceil(255 * weight / max(total, 1e-9)), 0), 255))


@njit(cache=True)
def _by_month_day(offsets: Any, days: Any) -> Any:
    """Return the places of each token's bearers in the order of month and day of birth."""
    places = np.empty(len(days), np.int32)
    for word in range(len(offsets) - 1):
        begin, end = offsets[word], offsets[word + 1]
        places[begin:end] = begin + np.argsort(days[begin:end] % 10000, kind="mergesort")
    return places


@njit(cache=True)
def _joins(offsets: Any, tokens: Any, ints: Any, hashes: Any) -> Any:
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
                keys[count], names[count] = mix(value), name
                keys[count + 1], names[count + 1] = mix(sound ^ SOUND_SALT), name
                count += 2
    return keys[:count].copy(), names[:count].copy()
