"""Distinct query names against an index of list names: every pair at or above its floor, compiled.

Reach for it through `candidates`. It never looks at pairs that the bound in `bound` rules out, and scores the others
with `alignment.score_names`, the one name score. Token similarity is left to `similarity`.

The search takes one query name at a time, and for it every birth date that travellers of this name have:
  1. every listed token similar to one of the query's is marked;
  2. the postings of those tokens are walked, full ones for the query's key tokens, key postings for the others. Each
     holds its bearers by birth date, so only dates that leave the threshold within reach are looked at;
  3. a bearer stays when a second token is marked too (or none is needed), and the bound of its own floor allows it;
  4. what is left is scored; bearers of one name share one score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ops_hub.matching.alignment import MAX_EDGES, MIN_JOINED_SOUND, joined_hash, score_names
from ops_hub.matching.births import DIFFERENT, NEAR_DAYS, NONE, SEVERAL, UNKNOWN, agreement, day_number, written
from ops_hub.matching.bound import TOLERANCE, key_tokens
from ops_hub.matching.hashing import find, grown, mix
from ops_hub.matching.postings import NEVER, SOUND_SALT
from ops_hub.normalise.names import MAX_TOKENS

ANY_KIND = DIFFERENT + 1  # of an entry with several dates or a range: the lowest floor of all
SHORT = 32  # bearers of a token up to which they are simply walked


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
            covered[others[at]] = 1
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
def _consider(at: int, posting: Any, needs: Any, query: Any, bounds: Any, found: Any) -> Any:
    """Add the bearer at a place of a posting, unless its floor is out of reach; return how many are found."""
    bearers, days, others, part, from_share = posting
    needed, is_free = needs
    born, until, epoch = query
    floors, shares, lone = bounds
    stamp, listed, listed_floor, covered, count = found
    if not is_free and not (
        covered[others[at, 0]] | covered[others[at, 1]] | covered[others[at, 2]] or part[at] >= lone
    ):
        return count
    bearer = bearers[at]
    if stamp[bearer] == epoch:
        return count
    day = days[at]
    if born == NONE or day == NONE:
        kind = UNKNOWN
    elif day == SEVERAL:
        kind = ANY_KIND
    else:
        kind = agreement(born, until, day, day)
    if floors[kind] > 1.0 or min(needed, from_share[at]) > shares[kind]:
        return count
    stamp[bearer] = epoch
    listed[count] = bearer
    listed_floor[count] = floors[kind]
    return count + 1


@njit(cache=True, nogil=True)
def _walk(word: int, posting: Any, needs: Any, query: Any, span: Any, bounds: Any, found: Any) -> Any:
    """Consider the bearers of a list word whose birth dates leave the threshold within reach."""
    offsets, bearers, days, others, part, from_share, by_month_day = posting
    columns = (bearers, days, others, part, from_share)
    stamp, listed, listed_floor, covered, count = found
    first, last, month_day, everyone = span
    begin, end = offsets[word], offsets[word + 1]
    if everyone or end - begin <= SHORT:
        for at in range(begin, end):
            day = days[at]
            if everyone or day < 0 or first <= day <= last or day % 10000 == month_day:
                count = _consider(at, columns, needs, query, bounds, (stamp, listed, listed_floor, covered, count))
        return count
    undated = begin + np.searchsorted(days[begin:end], 0)
    for at in range(begin, undated):
        count = _consider(at, columns, needs, query, bounds, (stamp, listed, listed_floor, covered, count))
    at = undated + np.searchsorted(days[undated:end], first)
    while at < end and days[at] <= last:
        count = _consider(at, columns, needs, query, bounds, (stamp, listed, listed_floor, covered, count))
        at += 1
    if month_day > 0:
        low, high = begin, end
        while low < high:
            middle = (low + high) // 2
            if days[by_month_day[middle]] % 10000 < month_day:
                low = middle + 1
            else:
                high = middle
        while low < end and days[by_month_day[low]] % 10000 == month_day:
            place = by_month_day[low]
            count = _consider(place, columns, needs, query, bounds, (stamp, listed, listed_floor, covered, count))
            low += 1
    return count


@njit(cache=True, nogil=True)
def _gather(tokens: Any, room: Any, similar: Any, postings: Any, query: Any, bounds: Any, found: Any) -> Any:
    """List every bearer that the bound does not rule out; return how many, and mark names that join tokens."""
    starts, others, _ = similar
    single, key, from_share, is_lone, has_initial, (joined, begins, ends), joins = room
    full, keyed, join_ranges, join_names, bearer_offsets, bearer_days, name_joined = postings
    stamp, listed, listed_floor, covered, count = found
    born, until, epoch = query
    everyone = born == NONE or bounds[0][DIFFERENT] <= 1.0
    span = (np.int64(0), np.int64(0), np.int64(0), True)
    if not everyone:
        month_day = born % 10000 if born == until else np.int64(0)
        span = (written(day_number(born) - NEAR_DAYS), written(day_number(until) + NEAR_DAYS), month_day, False)
    for j in range(joins):  # first of all: their names need no second token
        needed = NEVER
        for k in range(begins[j], ends[j] + 1):
            if key[k]:
                needed = min(needed, from_share[k])
        posting = full if needed < NEVER else keyed
        state = (stamp, listed, listed_floor, covered, count)
        count = _walk(joined[j], posting, (needed, True), query, span, bounds, state)
    for i in range(len(tokens)):
        if single[i]:
            continue
        for which in range(2):
            begin, end = join_ranges[tokens[i], which, 0], join_ranges[tokens[i], which, 1]
            for place in range(begin, end):
                name = join_names[place]
                name_joined[name] = epoch
                for bearer in range(bearer_offsets[name], bearer_offsets[name + 1]):
                    state = (stamp, listed, listed_floor, covered, count)
                    count = _consider_joined(bearer, bearer_days[bearer], query, bounds, state)
        posting = full if key[i] else keyed
        needs = (from_share[i] if key[i] else NEVER, has_initial or is_lone[i])
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            state = (stamp, listed, listed_floor, covered, count)
            count = _walk(others[at], posting, needs, query, span, bounds, state)
    return count


@njit(cache=True, nogil=True)
def _consider_joined(bearer: int, day: int, query: Any, bounds: Any, found: Any) -> Any:
    born, until, epoch = query
    stamp, listed, listed_floor, _, count = found
    if born == NONE or day == NONE:
        kind = UNKNOWN
    elif day == SEVERAL:
        kind = ANY_KIND
    else:
        kind = agreement(born, until, day, day)
    if stamp[bearer] == epoch or bounds[0][kind] > 1.0:
        return count
    stamp[bearer] = epoch
    listed[count] = bearer
    listed_floor[count] = bounds[0][kind]
    return count + 1


@njit(cache=True, nogil=True)
def screen_names(span: Any, queries: Any, asked: Any, known: Any, similar: Any, postings: Any, bounds: Any, work: Any) -> Any:
    """Return (query, bearer, name score) for every pair at or above its floor, by query.

    Args:
        span: first and one past the last place of `queries` to look at.
        queries: name, first and last day of birth of each query; queries of one name stand together.
        asked: query names: offsets, tokens, weights, is split, word ints, word hashes.
        known: list names, the same.
        similar: for each query word: offsets, list words, similarities (single letters: only themselves).
        postings: full, keyed, words by hash, ranges of joins by query word, names of joins, bearers (offsets, names, days).
        bounds: (score settings, weight of an initial, share for key tokens, floors by kind of birth agreement, bound
            shares of these floors, lone share of the lowest floor).
        work: working arrays of `candidates.Workspace`.
    """
    names, births, untils = queries
    full, keyed, words, join_ranges, join_names, bearers = postings
    bearer_offsets, bearer_names, bearer_days = bearers
    settings, initial, share, floors, shares, lone = bounds
    epoch, stamp, listed, listed_floor, memo, head, covered, pool = work
    name_stamp, name_score, name_floor, name_joined = memo
    chains = (head, pool[0], pool[1], pool[2])
    a = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    b = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    key, single, is_lone = np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS, np.bool_)
    costs, from_share, space = np.zeros(MAX_TOKENS), np.zeros(MAX_TOKENS), np.empty((MAX_TOKENS, MAX_TOKENS))
    joined = (np.empty(64, np.int32), np.empty(64, np.int32), np.empty(64, np.int32))
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    out_query, out_bearer, out_score, count = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024), 0
    limits = (floors, shares, np.int64(np.floor(lone * 255)))
    at = span[0]
    while at < span[1]:
        query = names[at]
        n = _load(asked, query, a)
        tokens = asked[1][asked[0][query] : asked[0][query + 1]]
        has_initial = _prepare(n, tokens, (a, similar[0], similar[1], full[0]), (single, costs, is_lone), lone)
        key_tokens(a[2][:n], single[:n], costs[:n], share, initial, key, from_share)
        _chain(tokens, similar, chains, covered)
        joined, joins = _joined_words(n, (a[0], a[1]), words, joined)
        for j in range(joins):
            covered[joined[0][j]] = 2
        room = (single, key, from_share, is_lone, has_initial, joined, joins)
        lists = (full, keyed, join_ranges, join_names, bearer_offsets, bearer_days, name_joined)
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
                        a, n, (known, name), (chains, covered), (floor, settings[1], settings[4])
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
        _unchain(tokens, similar, head, covered)
    return out_query[:count].copy(), out_bearer[:count].copy(), out_score[:count].copy()


@njit(cache=True, nogil=True)
def _prepare(n: int, tokens: Any, known: Any, room: Any, lone: float) -> Any:
    """Fill in what the query's tokens cost, which are initials, which could carry a pair alone; return if any initial."""
    a, starts, others, offsets = known
    single, costs, is_lone = room
    total, has_initial = 0.0, False
    for i in range(n):
        total += a[2][i]
    for i in range(n):
        single[i] = a[0][i, 1] == 1
        has_initial |= single[i]
        is_lone[i] = a[2][i] >= lone * total - TOLERANCE
        costs[i] = 0.0
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            costs[i] += offsets[others[at] + 1] - offsets[others[at]]
    return has_initial


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
    floor, contradiction, common = limits
    left, right, initials, covered_a, covered_b, met = 0.0, 0.0, 0.0, 0.0, 0.0, np.int64(0)
    for k in range(offsets[name], offsets[name + 1]):
        if marks[tokens[k]] == 2:
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
    both = min(left - covered_a, right - covered_b) - initials
    return gain < floor * (gain + contradiction * max(both - TOLERANCE, 0.0) + common) - TOLERANCE


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
