"""Distinct query names against an index of list names: every pair at or above its floor, compiled.

Reach for it through `candidates`. It never looks at pairs that the bound in `bound` rules out, and scores the others
with `alignment.score_names`, the one name score. Token similarity is left to `similarity`.

The search takes one query at a time, a name with a birth date or none:
  1. every listed token similar to one of the query's is marked;
  2. the postings of those tokens are walked (see `walk`): who bears a name with them, by birth date;
  3. what is left is scored; bearers of one name share one score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ops_hub.matching.alignment import MAX_EDGES, MIN_JOINED_SOUND, joined_hash, score_names
from ops_hub.matching.asking import Limits, Listed, Marks, asked
from ops_hub.matching.births import EXACT, NEAR
from ops_hub.matching.bound import TOLERANCE, key_tokens
from ops_hub.matching.hashing import find, grown, mix
from ops_hub.matching.postings import ANY_WORD, LARGE, SOUND_SALT, STRETCHES, Posting, sign_of
from ops_hub.matching.unowned import unowned
from ops_hub.matching.walk import CLOSELY, NEARLY, gather
from ops_hub.normalise.names import MAX_TOKENS

LISTED_TOKENS = 7  # of a query up to which what is left over is worked out beforehand, for every set of tokens
EVERY = (1 << MAX_TOKENS) - 1
SCORED, SCORE, FLOOR = range(3)  # what is kept of a list name: query that scored it last, how, down to which floor


@njit(cache=True, nogil=True)
def _load(side: Any, name: int, room: Any) -> Any:
    """Copy one name's tokens into the working arrays; return how many."""
    offsets, tokens, weights, _, ints, hashes = side
    room_ints, room_hashes, room_weights = room
    begin, n = offsets[name], offsets[name + 1] - offsets[name]
    for k in range(n):
        word = tokens[begin + k]
        room_ints[k, :] = ints[word, :]
        room_hashes[k, :] = hashes[word, :]
        room_weights[k] = weights[begin + k]
    return n


@njit(cache=True, nogil=True)
def _chain(tokens: Any, similar: Any, chains: Any, marked: Any) -> None:
    """Hang every similar list token's (position, similarity) onto that token, and mark it."""
    starts, others, values = similar
    head, following, position, value = chains
    covered, best, signs = marked
    count = 0
    for i in range(len(tokens)):
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            word = others[at]
            following[count] = head[word]
            position[count] = i
            value[count] = values[at]
            head[word] = count
            covered[word] |= np.uint16(1 << i)
            best[word] = max(best[word], values[at])
            signs[sign_of(word)] |= np.uint16(1 << i)
            count += 1


@njit(cache=True, nogil=True)
def _unchain(tokens: Any, similar: Any, head: Any, marked: Any) -> None:
    starts, others, _ = similar
    for i in range(len(tokens)):
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            head[others[at]] = -1
            _unmark(others[at], marked)


@njit(cache=True, nogil=True)
def _mark(word: Any, bits: Any, marked: Any) -> None:
    """Mark a list word that some query tokens make when joined."""
    covered, best, signs = marked
    covered[word] |= bits
    best[word] = 1.0
    signs[sign_of(word)] |= bits


@njit(cache=True, nogil=True)
def _unmark(word: Any, marked: Any) -> None:
    covered, best, signs = marked
    covered[word] = 0
    best[word] = 0.0
    signs[sign_of(word)] = 0


@njit(cache=True, nogil=True)
def _joined_words(n: int, room: Any, words: Any, found: Any) -> Any:
    """Return the list words that neighbouring query tokens make when written as one: word, first and last token."""
    ints, hashes = room
    keys, values, buckets, shift = words
    listed, begins, ends = found
    count = 0
    for first in range(n - 1):
        for last in range(first + 1, min(first + 3, n)):
            value, _, sound, sound_length = joined_hash(ints, hashes, first, last)
            for which in range(2):
                if which == 1 and sound_length < MIN_JOINED_SOUND:
                    continue
                begin, end = find(keys, buckets, shift, mix(value if which == 0 else sound ^ SOUND_SALT))
                for at in range(begin, end):
                    if count == len(listed):
                        listed, begins, ends = grown(listed), grown(begins), grown(ends)
                    listed[count], begins[count], ends[count] = values[at], first, last
                    count += 1
    return (listed, begins, ends), count


@njit(cache=True, nogil=True)
def screen_names(
    span: Any, queries: Any, names: Any, known: Any, similar: Any, listed: Any, bounds: Any, work: Any
) -> Any:
    """Return (query, bearer, name score) for every pair at or above its floor, by query.

    Args:
        span: first and one past the last place of `queries` to look at.
        queries: name, first and last day of birth of each query; best by birth date.
        names: query names: offsets, tokens, weights, is split, word ints, word hashes.
        known: list names, the same.
        similar: for each query word: offsets, list words, similarities (single letters: only themselves).
        listed: postings of tokens, words by hash, ranges of joins by query word, joins (bearers, days), names of bearers.
        bounds: score settings, weight of an initial, shares for key tokens (of either name; of the query for near days, and
            for the same day of another year), floors by kind of birth agreement, bound shares of these floors.
        work: working arrays (see `candidates`).
    """
    return _screened(span, *unowned((queries, names, known, similar, listed, bounds, work)))


@njit(cache=True, nogil=True)
def _screened(
    span: Any, queries: Any, names: Any, known: Any, similar: Any, listed: Any, bounds: Any, work: Any
) -> Any:
    asking, births, untils = queries
    columns, words, join_ranges, (join_bearers, join_days), bearer_names = listed
    posting = Posting(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5])
    settings, initial, (share, near, other_year), floors, shares = bounds
    epoch, (stamp, found, found_floors), memo, marked, pool = work
    head, cursors, marks_of = marked
    covered, best, signs = marks_of
    chains = (head, pool[0], pool[1], pool[2])
    lists = Listed(posting, join_bearers, join_days)
    a = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    b = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    key, single = np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS, np.bool_)
    costs, from_share, space = np.zeros(MAX_TOKENS), np.zeros(MAX_TOKENS), np.empty((MAX_TOKENS, MAX_TOKENS))
    joined = (np.empty(64, np.int32), np.empty(64, np.int32), np.empty(64, np.int32))
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    out_query, out_bearer, out_score, count = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024), 0
    query_left, query_can = np.empty(1 << LISTED_TOKENS), np.empty(1 << LISTED_TOKENS, np.uint8)
    # stands for tokens that are not listed: they may meet any
    covered[len(covered) - 1], best[len(best) - 1], signs[ANY_WORD] = np.uint16(EVERY), 1.0, np.uint16(EVERY)
    # of what both names leave over, and of what only one does: so written, more left over never costs less
    costs_of = (settings[1] - settings[2], settings[2], settings[4], settings[0])
    closest, widest = floors[EXACT:NEAR].min(), max(share, near, other_year)
    for at in range(span[0], span[1]):
        query = asking[at]
        n = _load(names, query, a)
        tokens = names[1][names[0][query] : names[0][query + 1]]
        _prepare(n, tokens, (a, similar[0], similar[1], posting.offsets), (single, costs))
        key_tokens(a[2][:n], single[:n], costs[:n], widest, initial, key, from_share)
        _chain(tokens, similar, chains, marks_of)
        joined, joins = _joined_words(n, (a[0], a[1]), words, joined)
        for j in range(joins):
            bits = np.uint16(0)
            for k in range(joined[1][j], joined[2][j] + 1):
                bits |= np.uint16(1 << k)
            _mark(joined[0][j], bits, marks_of)
        sets, total, initials = _left_over(n, a[2], single, (costs_of, floors[NEAR], closest), (query_left, query_can))
        alone = 255 * (1.0 - share) >= LARGE and initials == 0.0
        left, can = query_left[:sets], query_can[:sets]
        limits = Limits(floors, shares, share, near, other_year, alone, left, can, total, initials, costs_of)
        epoch[0] += 1
        marks = Marks(epoch[0], stamp, found, found_floors, covered, best, signs, cursors)
        room = (single, key, from_share, (joined[0], joined[1], joined[2], joins), join_ranges)
        who = asked(births[at], untils[at], floors)
        listing = gather(tokens, room, (similar[0], similar[1]), lists, who, limits, marks)
        for place in range(listing):
            bearer, floor = found[place], found_floors[place] - TOLERANCE
            name = bearer_names[bearer]
            if memo[name, SCORED] != epoch[0] or memo[name, FLOOR] > floor:
                m = _load(known, name, b)
                matrix = _matrix(n, m, known[1][known[0][name] : known[0][name + 1]], chains, space)
                one, other = (a[0][:n], a[1][:n], a[2][:n]), (b[0][:m], b[1][:m], b[2][:m])
                same_form = names[3][query] == known[3][name]
                score = score_names(matrix, one, other, same_form, settings, edges, masks, floor)[0]
                memo[name, SCORED], memo[name, SCORE], memo[name, FLOOR] = epoch[0], score, floor
            if memo[name, SCORE] >= floor:
                if count == len(out_query):
                    out_query, out_bearer, out_score = grown(out_query), grown(out_bearer), grown(out_score)
                out_query[count], out_bearer[count], out_score[count] = at, bearer, memo[name, SCORE]
                count += 1
        for j in range(joins):
            _unmark(joined[0][j], marks_of)
        _unchain(tokens, similar, head, marks_of)
    return out_query[:count].copy(), out_bearer[:count].copy(), out_score[:count].copy()


@njit(cache=True, nogil=True)
def _prepare(n: int, tokens: Any, known: Any, room: Any) -> None:
    """Fill in what walking the query's tokens costs, and which of them are initials."""
    a, starts, others, offsets = known
    single, costs = room
    for i in range(n):
        single[i] = a[0][i, 1] == 1
        costs[i] = 0.0
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            word = others[at] * STRETCHES
            costs[i] += offsets[word + STRETCHES] - offsets[word]


@njit(cache=True, nogil=True)
def _left_over(n: int, weights: Any, single: Any, limits: Any, out: Any) -> Any:
    """Write, for each set of query tokens (as bits), what the others but initials weigh, and which birth dates can do then.

    Returns how many sets (none for names of very many tokens), and what all tokens and the initials weigh.
    """
    costs, near, closest = limits
    left, can = out
    total, initials, sets = 0.0, 0.0, 1 << n if n <= LISTED_TOKENS else 0
    for i in range(n):
        total += weights[i]
        initials += weights[i] if single[i] else 0.0
    for met in range(sets):
        left[met] = 0.0
        for i in range(n):
            left[met] += 0.0 if met >> i & 1 or single[i] else weights[i]
        gain = total - left[met]
        top = gain / (gain + costs[1] * left[met] + costs[2]) + TOLERANCE
        can[met] = NEARLY * (top >= near) + CLOSELY * (top >= closest)
    return sets, total, initials


@njit(cache=True, nogil=True)
def _matrix(n: int, m: int, tokens: Any, chains: Any, space: Any) -> Any:
    """Return the similarities of the query's tokens to one list name's."""
    head, following, position, value = chains
    matrix = space[:n, :m]
    matrix[:] = 0.0
    for j in range(m):
        at = head[tokens[j]]
        while at >= 0:
            matrix[position[at], j] = value[at]
            at = following[at]
    return matrix
