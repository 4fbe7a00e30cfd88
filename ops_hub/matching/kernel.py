"""Distinct query names against an index of list names: every pair at or above its floor, compiled.

Reach for it through `candidates`. It never looks at pairs that the bound in `bound` rules out, and scores the others
with `alignment.score_names`, the one name score. Token similarity is left to `similarity`.

The search takes one query name at a time, and for it every birth date that travellers of this name have:
  1. every listed token similar to one of the query's is marked;
  2. the postings of those tokens are walked, full ones for the query's key tokens, key postings for the others. Each
     holds its bearers by birth date, so only dates that leave the threshold within reach are looked at;
  3. a bearer stays when a second token is marked too (or none is needed), and its own floor can still be reached with all that meets;
  4. what is left is scored; bearers of one name share one score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ops_hub.matching.alignment import MAX_EDGES, MIN_JOINED_SOUND, joined_hash, score_names
from ops_hub.matching.births import DIFFERENT, NEAR, NEAR_DAYS, NONE, SEVERAL, UNKNOWN, agreement, day_number, written
from ops_hub.matching.bound import TOLERANCE, key_tokens
from ops_hub.matching.hashing import find, grown, mix
from ops_hub.matching.postings import NEVER, SOUND_SALT, UNIT
from ops_hub.normalise.names import MAX_TOKENS

LISTED_TOKENS = 7  # of a query up to which what is left over is worked out beforehand, for every set of tokens
EVERY = (1 << MAX_TOKENS) - 1
ANY_KIND = DIFFERENT + 1  # of an entry with several dates or a range: the lowest floor of all


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
def _chain(tokens: Any, similar: Any, chains: Any, covered: Any) -> None:
    """Hang every similar list token's (position, similarity) onto that token, and mark it."""
    starts, others, values = similar
    head, following, position, value = chains
    count = 0
    for i in range(len(tokens)):
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            following[count] = head[others[at]]
            position[count] = i
            value[count] = values[at]
            head[others[at]] = count
            covered[others[at]] |= np.uint16(1 << i)
            count += 1


@njit(cache=True, nogil=True)
def _unchain(tokens: Any, similar: Any, head: Any, covered: Any) -> None:
    starts, others, _ = similar
    for i in range(len(tokens)):
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            head[others[at]] = -1
            covered[others[at]] = 0


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
def _first_from(values: Any, begin: Any, end: Any, least: Any) -> Any:
    """Return the first place of a sorted stretch whose value is `least` or more."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < least:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(cache=True, nogil=True)
def _kind(born: Any, until: Any, day: Any, is_near: bool) -> Any:
    """Return the birth agreement of a query and a bearer; `is_near` tells that the days are known to be near."""
    if born == NONE or day == NONE:
        return UNKNOWN
    if day == SEVERAL:
        return ANY_KIND
    # two days that agree in more than being near share the year, or month and day
    if is_near and born == until and day // 10000 != born // 10000 and day % 10000 != born % 10000:
        return NEAR
    return agreement(born, until, day, day)


@njit(cache=True, nogil=True)
def _walk(listed_words: Any, need: Any, posting: Any, query: Any, bounds: Any, found: Any) -> Any:
    """List the bearers of the words given whose birth dates leave the threshold within reach; return how many."""
    words, begin_word, end_word, is_key, needed = (*listed_words, *need)
    offsets, days, cells, bearers, from_share, by_month_day, month_days = posting
    born, until, epoch, first, last, month_day, everyone = query
    floors, shares, widest, query_left, total, (contradiction, omission, common) = bounds
    stamp, listed, listed_floor, covered, count = found
    lone = np.int64(255 * (1.0 - widest))
    keyed = 0 if is_key else len(offsets) // 2  # key postings stand behind the full ones
    for k in range(begin_word, end_word):
        low, end = offsets[words[k] + keyed], offsets[words[k] + keyed + 1]
        own = covered[words[k]]
        alone = own < len(query_left) and query_left[own] > widest * total
        for phase in range(3):
            if phase == 0:  # dates unknown, or several: they come first
                high = low
                while high < end and (everyone or days[high] < 0):
                    high += 1
            elif phase == 1:
                low = _first_from(days, high, end, first)
                high = low
                while high < end and days[high] <= last:
                    high += 1
            else:
                low = _first_from(month_days, offsets[words[k] + keyed], end, month_day)
                high = low
                while high < end and month_days[high] == month_day:
                    high += 1
            for at in range(low, high):
                place = by_month_day[at] if phase == 2 else at
                one, two, three = covered[cells[place, 1]], covered[cells[place, 2]], covered[cells[place, 3]]
                shared = np.int64(cells[place, 4])
                if alone and one | two | three == 0 and shared & 255 < lone:
                    continue  # most end here: they meet in this token only, and it is too little of either name
                met = own | one | two | three
                uncovered = 255 - (shared & 255) - (shared >> 8 & 255) * (one > 0)
                uncovered -= (shared >> 16 & 255) * (two > 0) + (shared >> 24) * (three > 0)
                kind = _kind(born, until, np.int64(np.int32(cells[place, 0])), phase == 1)
                if floors[kind] > 1.0 or min(needed, from_share[place]) > shares[kind]:
                    continue
                if met < len(query_left):
                    left, right = query_left[met], np.int64(cells[place, 5]) * max(uncovered, 0) / (255.0 * UNIT)
                    gain = min(total - left, (np.int64(cells[place, 5]) + 1) / UNIT - right)
                    cost = contradiction * min(left, right) + omission * max(left, right)
                    if gain < (floors[kind] - TOLERANCE) * (gain + cost + common):
                        continue
                bearer = bearers[place]
                if stamp[bearer] != epoch:
                    stamp[bearer] = epoch
                    listed[count] = bearer
                    listed_floor[count] = floors[kind]
                    count += 1
            if everyone or (phase == 1 and month_day == 0):
                break
    return count


@njit(cache=True, nogil=True)
def _gather(tokens: Any, room: Any, similar: Any, postings: Any, asking: Any, bounds: Any, found: Any) -> Any:
    """List every bearer that the bound does not rule out; return how many, and mark names that join tokens."""
    starts, others, _ = similar
    single, key, from_share, (joined, begins, ends), joins = room
    posting, join_ranges, join_names, bearer_offsets, bearer_days, name_joined = postings
    stamp, listed, listed_floor, covered, count = found
    born, until, epoch = asking
    query = (born, until, epoch, born, until, np.int64(0), True)
    if born != NONE and bounds[0][DIFFERENT] > 1.0:
        month_day = born % 10000 if born == until else np.int64(0)
        first, last = written(day_number(born) - NEAR_DAYS), written(day_number(until) + NEAR_DAYS)
        query = (born, until, epoch, first, last, month_day, False)
    for j in range(joins):
        needed = NEVER
        for k in range(begins[j], ends[j] + 1):
            if key[k]:
                needed = min(needed, from_share[k])
        state = (stamp, listed, listed_floor, covered, count)
        count = _walk((joined, j, j + 1), (needed < NEVER, needed), posting, query, bounds, state)
    for i in range(len(tokens)):
        if single[i]:
            continue
        for which in range(2):
            begin, end = join_ranges[tokens[i], which, 0], join_ranges[tokens[i], which, 1]
            for place in range(begin, end):
                name = join_names[place]
                name_joined[name] = epoch
                for bearer in range(bearer_offsets[name], bearer_offsets[name + 1]):
                    floor = bounds[0][_kind(born, until, bearer_days[bearer], False)]
                    if stamp[bearer] != epoch and floor <= 1.0:
                        stamp[bearer] = epoch
                        listed[count] = bearer
                        listed_floor[count] = floor
                        count += 1
        need = (key[i], from_share[i] if key[i] else NEVER)
        span = (others, starts[tokens[i]], starts[tokens[i] + 1])
        count = _walk(span, need, posting, query, bounds, (stamp, listed, listed_floor, covered, count))
    return count


@njit(cache=True, nogil=True)
def screen_names(
    span: Any, queries: Any, asked: Any, known: Any, similar: Any, postings: Any, bounds: Any, work: Any
) -> Any:
    """Return (query, bearer, name score) for every pair at or above its floor, by query.

    Args:
        span: first and one past the last place of `queries` to look at.
        queries: name, first and last day of birth of each query; queries of one name stand together.
        asked: query names: offsets, tokens, weights, is split, word ints, word hashes.
        known: list names, the same.
        similar: for each query word: offsets, list words, similarities (single letters: only themselves).
        postings: of tokens, words by hash, ranges of joins by query word, names of joins, bearers (offsets, names, days).
        bounds: (score settings, weight of an initial, share for key tokens, floors by kind of birth agreement, bound
            shares of these floors).
        work: working arrays of `candidates.Workspace`.
    """
    names, births, untils = queries
    posting, words, join_ranges, join_names, bearers = postings
    bearer_offsets, bearer_names, bearer_days = bearers
    settings, initial, share, floors, shares = bounds
    epoch, stamp, listed, listed_floor, memo, head, covered, pool = work
    name_stamp, name_score, name_floor, name_joined = memo
    chains = (head, pool[0], pool[1], pool[2])
    a = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    b = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    key, single = np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS, np.bool_)
    costs, from_share, space = np.zeros(MAX_TOKENS), np.zeros(MAX_TOKENS), np.empty((MAX_TOKENS, MAX_TOKENS))
    joined = (np.empty(64, np.int32), np.empty(64, np.int32), np.empty(64, np.int32))
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    out_query, out_bearer, out_score, count = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024), 0
    query_left = np.empty(1 << LISTED_TOKENS)
    name_joins = np.zeros(len(covered), np.bool_)
    covered[len(covered) - 1] = np.uint16(EVERY)  # stands for tokens that are not listed: they may meet any
    # of what both names leave over, and of what only one does: so written, more left over never costs less
    costs_of = (settings[1] - settings[2], settings[2], settings[4])
    at = span[0]
    while at < span[1]:
        query = names[at]
        n = _load(asked, query, a)
        tokens = asked[1][asked[0][query] : asked[0][query + 1]]
        _prepare(n, tokens, (a, similar[0], similar[1], posting[0]), (single, costs))
        key_tokens(a[2][:n], single[:n], costs[:n], share, initial, key, from_share)
        _chain(tokens, similar, chains, covered)
        joined, joins = _joined_words(n, (a[0], a[1]), words, joined)
        for j in range(joins):
            for k in range(joined[1][j], joined[2][j] + 1):
                covered[joined[0][j]] |= np.uint16(1 << k)
            name_joins[joined[0][j]] = True
        sets, total = _left_over(n, a[2], single, query_left)
        limits = (floors, shares, share, query_left[:sets], total, costs_of)
        room = (single, key, from_share, joined, joins)
        lists = (posting, join_ranges, join_names, bearer_offsets, bearer_days, name_joined)
        name_epoch = epoch[0] + 1
        while at < span[1] and names[at] == query:
            epoch[0] += 1
            asking = (births[at], untils[at], epoch[0])
            found = _gather(tokens, room, similar, lists, asking, limits, (stamp, listed, listed_floor, covered, 0))
            for place in range(found):
                bearer, floor = listed[place], listed_floor[place] - TOLERANCE
                name = bearer_names[bearer]
                if name_stamp[name] < name_epoch or name_floor[name] > floor:
                    hopeful = name_joined[name] >= name_epoch or not _is_hopeless(
                        a, n, (known, name), (chains, name_joins), (floor, *costs_of)
                    )
                    score = 0.0
                    if hopeful:
                        m = _load(known, name, b)
                        matrix = _matrix(n, m, known[1][known[0][name] : known[0][name + 1]], chains, space)
                        one, other = (a[0][:n], a[1][:n], a[2][:n]), (b[0][:m], b[1][:m], b[2][:m])
                        same_form = asked[3][query] == known[3][name]
                        score = score_names(matrix, one, other, same_form, settings, edges, masks, floor)[0]
                    name_stamp[name], name_score[name], name_floor[name] = epoch[0], score, floor
                if name_score[name] >= floor:
                    if count == len(out_query):
                        out_query, out_bearer, out_score = grown(out_query), grown(out_bearer), grown(out_score)
                    out_query[count], out_bearer[count], out_score[count] = at, bearer, name_score[name]
                    count += 1
            at += 1
        for j in range(joins):
            covered[joined[0][j]] = 0
            name_joins[joined[0][j]] = False
        _unchain(tokens, similar, head, covered)
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
            costs[i] += offsets[others[at] + 1] - offsets[others[at]]


@njit(cache=True, nogil=True)
def _left_over(n: int, weights: Any, single: Any, out: Any) -> Any:
    """Write, for each set of query tokens (as bits), what the other tokens weigh; return how many sets, and the whole.

    None is written for names with initials, which may meet any token, or of very many tokens.
    """
    total, sets = 0.0, 1 << n
    for i in range(n):
        total += weights[i]
        if single[i] or n > LISTED_TOKENS:
            sets = 0
    for met in range(sets):
        out[met] = 0.0
        for i in range(n):
            out[met] += 0.0 if met >> i & 1 else weights[i]
    return sets, total


@njit(cache=True, nogil=True)
def _is_hopeless(a: Any, n: int, listed: Any, marked: Any, limits: Any) -> Any:
    """Return whether a pair without joined tokens cannot reach the floor, from which tokens have anyone to meet.

    As if every token with a similar one on the other side were covered, and every initial met a token: what is left
    over even then is contradicted, and the gain is at most what is covered of either name.
    """
    known, name = listed
    offsets, tokens, weights, _, ints, _ = known
    chains, marks = marked
    head, following, position, _ = chains
    floor, contradiction, omission, common = limits
    left, right, initials, covered_a, covered_b, met = 0.0, 0.0, 0.0, 0.0, 0.0, np.int64(0)
    for k in range(offsets[name], offsets[name + 1]):
        if marks[tokens[k]]:
            return False
        right += weights[k]
        if ints[tokens[k], 1]:
            initials += weights[k]
        at = head[tokens[k]]
        if at >= 0:
            covered_b += weights[k]
        while at >= 0:
            bit = np.int64(1) << position[at]
            if not met & bit:
                met |= bit
                covered_a += a[2][position[at]]
            at = following[at]
    for i in range(n):
        left += a[2][i]
        if a[0][i, 1]:
            initials += a[2][i]
    gain = min(covered_a, covered_b) + initials
    left, right = max(left - covered_a - initials, 0.0), max(right - covered_b - initials, 0.0)
    cost = contradiction * min(left, right) + omission * max(left, right) + common
    return gain < floor * (gain + cost) - TOLERANCE


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
