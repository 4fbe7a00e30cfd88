"""List names and their bearers into postings: for each token, who bears a name with it, by birth date.

Reach for `postings()` when an index is built. What the search does with them is said in `kernel`; why key
postings suffice, in `bound`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import MatchingConfig
from ops_hub.matching.alignment import WordArrays, joined_hash
from ops_hub.matching.births import DAY_BITS, YEAR_AT, packed
from ops_hub.matching.bound import bound_share, key_tokens
from ops_hub.matching.hashing import key_table, mix
from ops_hub.normalise.names import MAX_TOKENS, Names

SOUND_SALT = np.uint64(0xA5A5A5A55A5A5A5A)  # keeps keys of sounds apart from keys of spellings
LOWEST_FLOOR = 0.30  # name score down to which an index finds every pair; a lower threshold is refused
"""Origin: at 0.30 the key tokens are half of a name; below, every name would be compared with every other."""

UNIT = 1024  # parts of a weight of 1 in which a name's weight is kept
SHARES = 65535  # parts of 1 in which the share is kept from which on a word is needed as a key token
NEVER = 2.0  # share from which on a token that is no key token is needed
LEVELS = (0.0, 0.08, 0.26)
"""Shares at which a word's bearers are parted: those whose name needs the word as a key token from a smaller share on
stand before the others. Origin: what pairs of two floors, for one digit (0.15) and for equal birth dates (0.25), may
leave over at the shipped threshold, tried in steps; other values cost time, never pairs."""

STRETCHES = 2 * len(LEVELS)  # of a word: at each level first those without a day, then the others
SIGN_BITS = 41  # below the day in a key: hashes of OTHERS words, and above them whether the word itself is LARGE
SIGN = (1 << SIGN_BITS) - 1
SIGNS = 1024  # hashes of words: ten bits each
NO_WORD, ANY_WORD = SIGNS - 2, SIGNS - 1
OTHERS = 4  # words in a sign
NAMED = 5  # words in a cell
LARGE = 128  # share of a name's weight, in 255ths, from which a word may be enough by itself
IS_LARGE = 1 << 40  # so marked in a key


class Posting(NamedTuple):
    """Who bears a name with a word, the words one after another; see `postings`."""

    offsets: NDArray[np.int64]
    keys: NDArray[np.int64]
    cells: NDArray[np.uint32]
    bearers: NDArray[np.int32]
    month_days: NDArray[np.int64]
    by_month_day: NDArray[np.int32]


def postings(
    names: Names, arrays: WordArrays, bearers: tuple[NDArray[np.int64], NDArray[np.int32]], config: MatchingConfig
) -> dict[str, NDArray[np.generic]]:
    """Return the postings by name.

    Args:
        names: distinct list names.
        arrays: their tokens.
        bearers: for each name, where its bearers begin; for each bearer the day of birth (see `births`).
        config: settings.

    `posting_*` are the columns of one table that lists every bearer under every word of the name:
      offsets: where the stretches of each word begin (see LEVELS and STRETCHES);
      keys: the day of birth (packed, see `births`) above a sign, ascending within a stretch. The sign holds hashes of the
        four heaviest other words of the name, ten bits each (one that may be any word where there are more, or initials),
        and above them whether the word is a LARGE part of the name: most bearers are ruled out by it;
      cells: the five heaviest other words (the number after the vocabulary stands for none); the shares of the name's
        weight that the word, these five, all further words and the initials have (in 255ths rounded up, a byte each);
        and that weight (rounded down) above the share from which on the word is needed as a key token (rounded down);
      bearers: who it is;
      month_days, by_month_day: month and day of birth above the year above the sign, ascending within a word, and where
        among the keys each stands; -1 without a day.
    `word_*` find tokens by hash, `join_*` the bearers whose neighbouring tokens make one when joined.
    """
    share = bound_share(LOWEST_FLOOR, config.names.contradiction)
    bearer_offsets, days = bearers
    borne = np.diff(bearer_offsets).astype(np.int32)
    name_of = np.repeat(np.arange(len(names), dtype=np.int32), borne)
    vocabulary = len(names.words)
    frequency = np.bincount(names.tokens, weights=np.repeat(borne, np.diff(names.offsets)), minlength=vocabulary)
    frequency = frequency.astype(np.int32)
    from_share = _keys(
        names.offsets, names.tokens, names.weights, arrays.ints, frequency, (share, config.names.initial)
    )
    order = np.argsort(days, kind="stable").astype(np.int32)
    side = (names.offsets, names.tokens, names.weights, arrays.ints, name_of, days, order)
    columns = _posting(side, from_share, vocabulary)
    posting = Posting(*columns, *_by_month_day(columns[0], columns[1]))
    made: dict[str, NDArray[np.generic]] = {f"posting_{column}": array for column, array in posting._asdict().items()}
    spelled, sounding = arrays.hashes[:, 0], arrays.hashes[:, 2] ^ SOUND_SALT
    ids = np.arange(vocabulary, dtype=np.int32)
    words = key_table(np.concatenate((_mixed(spelled), _mixed(sounding))), np.concatenate((ids, ids)))
    joins = key_table(*_joins(names.offsets, names.tokens, arrays.ints, arrays.hashes, bearer_offsets))
    made |= {f"word_{part}": array for part, array in words._asdict().items()}
    made |= {f"join_{part}": array for part, array in joins._asdict().items()}
    return made | {"bearer_names": name_of, "join_days": days[joins.values]}


@njit(cache=True)
def _mixed(hashes: Any) -> Any:
    out = np.empty(len(hashes), np.uint64)
    for at in range(len(hashes)):
        out[at] = mix(hashes[at])
    return out


@njit(cache=True)
def _keys(offsets: Any, tokens: Any, weights: Any, ints: Any, frequency: Any, bound: Any) -> Any:
    """Return, for each token of each name, from which share on it is needed as a key token."""
    share, initial = bound
    from_share = np.full(len(tokens), NEVER)
    single, costs, chosen = np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS), np.zeros(MAX_TOKENS, np.bool_)
    for name in range(len(offsets) - 1):
        begin, end = offsets[name], offsets[name + 1]
        n = end - begin
        for k in range(n):
            single[k] = ints[tokens[begin + k], 1] == 1
            costs[k] = frequency[tokens[begin + k]]
        key_tokens(weights[begin:end], single[:n], costs[:n], share, initial, chosen[:n], from_share[begin:end])
    return from_share


@njit(cache=True)
def _stretch(word: Any, share: Any, day: Any) -> Any:
    """Return the stretch in which a bearer stands whose name needs the word from this share on."""
    level = len(LEVELS) - 1
    while level > 0 and share <= LEVELS[level]:
        level -= 1
    return word * STRETCHES + 2 * level + (day >= 0)


@njit(cache=True, nogil=True)
def sign_of(word: Any) -> Any:
    """Return the hash of a word in a sign."""
    return (np.int64(word) * 40503 >> 4) % (SIGNS - 2)


@njit(cache=True)
def _posting(side: Any, from_share: Any, vocabulary: int) -> Any:
    """Return offsets, keys, cells and bearers; the bearers of a stretch in the order given."""
    name_offsets, tokens, weights, ints, name_of, days, order = side
    offsets = np.zeros(vocabulary * STRETCHES + 1, np.int64)
    for bearer in order:
        for k in range(name_offsets[name_of[bearer]], name_offsets[name_of[bearer] + 1]):
            offsets[_stretch(tokens[k], from_share[k], days[bearer]) + 1] += 1
    offsets = np.cumsum(offsets)
    size = offsets[-1]
    at = offsets[:-1].copy()
    bearers, keys, cells = np.empty(size, np.int32), np.empty(size, np.int64), np.full((size, 8), vocabulary, np.uint32)
    heaviest = np.empty(MAX_TOKENS, np.int64)
    for bearer in order:
        begin, end = name_offsets[name_of[bearer]], name_offsets[name_of[bearer] + 1]
        total, initials, full = 0.0, 0.0, 0
        for k in range(begin, end):
            total += weights[k]
            if ints[tokens[k], 1] == 1:
                initials += weights[k]
                continue
            place = full
            while place > 0 and weights[heaviest[place - 1]] < weights[k]:
                heaviest[place] = heaviest[place - 1]
                place -= 1
            heaviest[place] = k
            full += 1
        for k in range(begin, end):
            stretch = _stretch(tokens[k], from_share[k], days[bearer])
            place = at[stretch]
            at[stretch] += 1
            bearers[place] = bearer
            share = _byte(weights[k], total)
            sign, shares, count, rest = IS_LARGE * (share >= LARGE), share, 0, 0.0
            for other in heaviest[:full]:
                if other == k:
                    continue
                if count < OTHERS:
                    sign |= sign_of(tokens[other]) << (10 * count)
                if count < NAMED:
                    cells[place, count] = tokens[other]
                    shares |= _byte(weights[other], total) << (8 * (count + 1))
                else:
                    rest += weights[other]
                count += 1
            shares |= _byte(rest, total) << (8 * (NAMED + 1)) | _byte(initials, total) << (8 * (NAMED + 2))
            for empty in range(count, OTHERS):
                sign |= np.int64(NO_WORD) << (10 * empty)
            if count > OTHERS or initials > 0.0:
                sign |= np.int64(ANY_WORD)
            keys[place] = (np.int64(packed(days[bearer])) << SIGN_BITS) | sign
            cells[place, NAMED] = np.uint32(shares & 0xFFFFFFFF)
            cells[place, NAMED + 1] = np.uint32(shares >> 32 & 0xFFFFFFFF)
            # never more than the share itself, whatever the rounding
            least = np.int64(max(min(from_share[k], 1.0) - 1e-6, 0.0) * SHARES)
            cells[place, NAMED + 2] = np.uint32(np.int64(total * UNIT) << 16 | least)
    return offsets, keys, cells, bearers


@njit(cache=True)
def _byte(weight: float, total: float) -> Any:
    return np.int64(min(max(np.ceil(255 * weight / max(total, 1e-9)), 0), 255))


@njit(cache=True)
def _by_month_day(offsets: Any, keys: Any) -> Any:
    """Return month and day of birth, year and sign of each word's bearers, ascending, and the places of these."""
    values, places = np.empty(len(keys), np.int64), np.empty(len(keys), np.int32)
    for first in range(0, len(offsets) - 1, STRETCHES):
        begin, end = offsets[first], offsets[first + STRETCHES]
        own = np.empty(end - begin, np.int64)
        for k in range(end - begin):
            day, sign = keys[begin + k] >> SIGN_BITS, keys[begin + k] & SIGN
            of_year = day & (1 << YEAR_AT) - 1
            own[k] = (of_year << DAY_BITS - YEAR_AT | day >> YEAR_AT) << SIGN_BITS | sign if day >= 0 else -1
        order = np.argsort(own, kind="mergesort")
        places[begin:end] = begin + order
        values[begin:end] = own[order]
    return values, places


@njit(cache=True)
def _joins(offsets: Any, tokens: Any, ints: Any, hashes: Any, borne: Any) -> Any:
    """Return the hashes of all joined neighbours of all names, by spelling and by sound, with the bearers."""
    total = 0
    for name in range(len(offsets) - 1):
        n = offsets[name + 1] - offsets[name]
        total += 2 * (max(n - 1, 0) + max(n - 2, 0)) * (borne[name + 1] - borne[name])
    keys, bearers, count = np.empty(total, np.uint64), np.empty(total, np.int32), 0
    room_ints, room_hashes = np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64)
    for name in range(len(offsets) - 1):
        n = offsets[name + 1] - offsets[name]
        for k in range(n):
            room_ints[k, :] = ints[tokens[offsets[name] + k], :]
            room_hashes[k, :] = hashes[tokens[offsets[name] + k], :]
        for first in range(n - 1):
            for last in range(first + 1, min(first + 3, n)):
                value, _, sound, _ = joined_hash(room_ints, room_hashes, first, last)
                for bearer in range(borne[name], borne[name + 1]):
                    keys[count], bearers[count] = mix(value), bearer
                    keys[count + 1], bearers[count + 1] = mix(sound ^ SOUND_SALT), bearer
                    count += 2
    return keys[:count].copy(), bearers[:count].copy()
