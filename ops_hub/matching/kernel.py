"""Distinct query names against an index of list names: every pair at or above a floor, compiled.

Reach for it through `candidates`. It never looks at pairs that the bound below rules out, and scores the
others with `alignment.score_names`, the one name score. Token similarity is left to `words`.

The bound. Let a pair score s >= F. By the score's form, contradiction*C <= cost <= G*(1 - F)/F. C is the
smaller of what the two names have left over, and G is at most what the alignment covers of either name.
So, with r = (1 - F)/(F*contradiction), one of the two names (call it N, of weight W) has at most r*(W - left)
left over, that is at most W*r/(1 + r). Hence, in any set P of N's tokens that weighs more than that, the
alignment covers some token wholly: leaving all of P uncovered would leave too much. An initial covers
only its own weight c of a full token, so P is chosen with sum(w - c) above the bound instead; then even
if initials met every token of P, too much would be left. (A pair also needs one edge between full tokens,
so where no P is heavy enough all full tokens serve.)

Therefore it suffices to look at names that share an edge with the query's P (all postings of tokens similar
to P), and names whose own P shares an edge with any query token (their "key" postings). Edges of joined
tokens are equalities and are looked up by hash, on both sides. The rarest tokens make the best P.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ops_hub.matching.alignment import MAX_EDGES, MIN_JOINED_SOUND, joined_hash, score_names
from ops_hub.normalise.names import MAX_TOKENS

SOUND_SALT = np.uint64(0xA5A5A5A55A5A5A5A)  # keeps keys of sounds apart from keys of spellings
TOLERANCE = 1e-9  # on the bound and the floor: sums of floats in another order


@njit(cache=True, nogil=True)
def key_tokens(
    weights: Any, single: Any, costs: Any, share: float, initial: float, chosen: Any, from_share: Any
) -> None:
    """Mark the cheapest set P of a name's tokens: sum(w - initial) above `share` of the name's weight.

    `from_share` tells from which share on each token is needed: the tokens chosen for a smaller share are the
    first of those chosen for a larger one, so one index serves every floor above its own.
    """
    total, reached = 0.0, 0.0
    for k in range(len(weights)):
        total += weights[k]
        chosen[k] = False
    while reached <= total * share + TOLERANCE:
        best, best_rate = -1, 0.0
        for k in range(len(weights)):
            if chosen[k] or single[k]:
                continue
            gain = weights[k] - min(weights[k], initial)
            rate = (gain + 1e-6) / (costs[k] + 1.0)
            if best < 0 or rate > best_rate:
                best, best_rate = k, rate
        if best < 0:
            return
        chosen[best] = True
        from_share[best] = (reached - TOLERANCE) / max(total, TOLERANCE)
        reached += weights[best] - min(weights[best], initial)


@njit(cache=True, nogil=True)
def find(keys: Any, key: Any) -> Any:
    """Return begin and end of a key's run in a sorted array."""
    begin = np.searchsorted(keys, key)
    end = begin
    while end < len(keys) and keys[end] == key:
        end += 1
    return begin, end


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
def _chain(tokens: Any, similar: Any, chains: Any) -> Any:
    """Hang every similar list token's (position, similarity) onto that token; return how many."""
    starts, others, values = similar
    head, following, position, value = chains
    count = 0
    for i in range(len(tokens)):
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            if count == len(following):
                return count
            following[count] = head[others[at]]
            position[count] = i
            value[count] = values[at]
            head[others[at]] = count
            count += 1
    return count


@njit(cache=True, nogil=True)
def _unchain(tokens: Any, similar: Any, head: Any) -> None:
    starts, others, _ = similar
    for i in range(len(tokens)):
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            head[others[at]] = -1


@njit(cache=True, nogil=True)
def _mark(names: Any, begin: int, end: int, found: Any) -> Any:
    """Add names not yet found for this query; return how many are found in all."""
    stamp, listed, count, query = found
    for at in range(begin, end):
        name = names[at]
        if stamp[name] != query:
            stamp[name] = query
            listed[count] = name
            count += 1
    return count


@njit(cache=True, nogil=True)
def _mark_keyed(keyed: Any, word: int, share: float, found: Any) -> Any:
    """Likewise for the key postings of a word: only those that the floor of this search needs."""
    offsets, names, shares = keyed
    stamp, listed, count, query = found
    for at in range(offsets[word], offsets[word + 1]):
        name = names[at]
        if shares[at] <= share and stamp[name] != query:
            stamp[name] = query
            listed[count] = name
            count += 1
    return count


@njit(cache=True, nogil=True)
def _mark_joined(n: int, room: Any, key: Any, postings: Any, found: Any, share: float, joined: Any) -> Any:
    """Mark the names that have one token where the query has two or three neighbours, as found and as joined."""
    ints, hashes = room
    _, full, keyed, word_keys, word_ids, _, _ = postings
    stamp, listed, count, query = found
    for first in range(n - 1):
        for last in range(first + 1, min(first + 3, n)):
            value, _, sound, sound_length = joined_hash(ints, hashes, first, last)
            touches = False
            for k in range(first, last + 1):
                touches |= key[k]
            offsets, names = full
            for which in range(2):
                if which == 1 and sound_length < MIN_JOINED_SOUND:
                    continue
                begin, end = find(word_keys, value if which == 0 else sound ^ SOUND_SALT)
                for at in range(begin, end):
                    word = word_ids[at]
                    for place in range(offsets[word], offsets[word + 1]):
                        joined[names[place]] = query
                    if touches:
                        count = _mark(names, offsets[word], offsets[word + 1], (stamp, listed, count, query))
                    else:
                        count = _mark_keyed(keyed, word, share, (stamp, listed, count, query))
    return count


@njit(cache=True, nogil=True)
def _gather(tokens: Any, room: Any, similar: Any, postings: Any, bound: Any, found: Any, joined: Any) -> Any:
    """Mark every list name that the bound does not rule out; return how many. `joined`: those with joined tokens."""
    starts, others, _ = similar
    ints, hashes, weights, key, costs, single, from_share = room
    frequency, full, keyed, _, _, join_keys, join_names = postings
    share, initial = bound
    stamp, listed, count, query = found
    n = len(tokens)
    for i in range(n):
        single[i] = ints[i, 1] == 1
        costs[i] = 0.0
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            costs[i] += frequency[others[at]]
    key_tokens(weights[:n], single[:n], costs[:n], share, initial, key, from_share)
    for i in range(n):
        if single[i]:
            continue
        offsets, names = full
        for at in range(starts[tokens[i]], starts[tokens[i] + 1]):
            word = others[at]
            if key[i]:
                count = _mark(names, offsets[word], offsets[word + 1], (stamp, listed, count, query))
            else:
                count = _mark_keyed(keyed, word, share, (stamp, listed, count, query))
        for which in range(2):
            begin, end = find(join_keys, hashes[i, 0] if which == 0 else hashes[i, 2] ^ SOUND_SALT)
            for place in range(begin, end):
                joined[join_names[place]] = query
            count = _mark(join_names, begin, end, (stamp, listed, count, query))
    return _mark_joined(n, (ints, hashes), key, postings, (stamp, listed, count, query), share, joined)


@njit(cache=True, nogil=True)
def screen_names(span: Any, asked: Any, known: Any, similar: Any, postings: Any, settings: Any) -> Any:
    """Return (query name, list name, score) for every pair at or above the floor, by query name.

    Args:
        span: first and one past the last query name.
        asked: query side: offsets, tokens, weights, is split, word ints, word hashes.
        known: list side, the same.
        similar: for each query word: offsets, list words, similarities (single letters: only themselves).
        postings: document frequency of list words; postings of all tokens (offsets, names) and of key tokens
            (offsets, names, share from which on each is needed); sorted hashes of list words and their ids; of joined list tokens and their names.
        settings: (score settings, floor, bound share, weight of an initial).
    """
    score_settings, floor, share, initial = settings
    limits = (floor - TOLERANCE, score_settings[1], score_settings[4])
    names = len(known[0]) - 1
    joined = np.full(names, -1, np.int64)
    stamp, listed = np.full(names, -1, np.int64), np.empty(names, np.int64)
    pool = 1 << 16
    head = np.full(len(postings[0]), -1, np.int64)
    chains = (head, np.empty(pool, np.int64), np.empty(pool, np.int64), np.empty(pool))
    a = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    b = (np.empty((MAX_TOKENS, 6), np.int32), np.empty((MAX_TOKENS, 6), np.uint64), np.empty(MAX_TOKENS))
    key, costs, single = np.zeros(MAX_TOKENS, np.bool_), np.zeros(MAX_TOKENS), np.zeros(MAX_TOKENS, np.bool_)
    from_share, space = np.zeros(MAX_TOKENS), np.empty((MAX_TOKENS, MAX_TOKENS))
    edges, masks = np.empty((MAX_EDGES, 4)), np.empty((MAX_EDGES, 2), np.int64)
    out_query, out_name, out_score, count = (
        np.empty(1024, np.int64),
        np.empty(1024, np.int64),
        np.empty(1024),
        0,
    )
    for query in range(span[0], span[1]):
        n = _load(asked, query, a)
        tokens = asked[1][asked[0][query] : asked[0][query + 1]]
        room = (a[0], a[1], a[2], key, costs, single, from_share)
        found = _gather(tokens, room, similar, postings, (share, initial), (stamp, listed, 0, query), joined)
        if found == 0:
            continue
        _chain(tokens, similar, chains)
        for at in range(found):
            name = listed[at]
            if joined[name] != query and _is_hopeless(a, n, (known, name), chains, limits):
                continue
            m = _load(known, name, b)
            matrix = _matrix(n, m, known[1][known[0][name] : known[0][name + 1]], chains, space)
            one, other = (a[0][:n], a[1][:n], a[2][:n]), (b[0][:m], b[1][:m], b[2][:m])
            same_form = asked[3][query] == known[3][name]
            score = score_names(matrix, one, other, same_form, score_settings, edges, masks, floor - TOLERANCE)[0]
            if score >= floor - TOLERANCE:
                if count == len(out_query):
                    out_query, out_name, out_score = (
                        _twice(out_query),
                        _twice(out_name),
                        _twice_float(out_score),
                    )
                out_query[count], out_name[count], out_score[count] = query, name, score
                count += 1
        _unchain(tokens, similar, head)
    return out_query[:count].copy(), out_name[:count].copy(), out_score[:count].copy()


@njit(cache=True, nogil=True)
def _is_hopeless(a: Any, n: int, listed: Any, chains: Any, limits: Any) -> Any:
    """Return whether a pair without joined tokens cannot reach the floor, from which tokens have anyone to meet.

    As if every token with a similar one on the other side were covered, and every initial met a token: what is left
    over even then is contradicted, and the gain is at most what is covered of either name.
    """
    known, name = listed
    offsets, tokens, weights, _, ints, _ = known
    head, following, position, _ = chains
    floor, contradiction, common = limits
    left, right, initials, covered_a, covered_b, met = 0.0, 0.0, 0.0, 0.0, 0.0, np.int64(0)
    for i in range(n):
        left += a[2][i]
        if a[0][i, 1]:
            initials += a[2][i]
    for k in range(offsets[name], offsets[name + 1]):
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


@njit(cache=True, nogil=True)
def _twice(array: Any) -> Any:
    larger = np.empty(len(array) * 2, np.int64)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True)
def _twice_float(array: Any) -> Any:
    larger = np.empty(len(array) * 2)
    larger[: len(array)] = array
    return larger
