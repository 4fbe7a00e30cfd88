"""Two names as weighted tokens into one score: the best one-to-one alignment, compiled.

Both the candidate kernel and the explanation call `score_names()` here, so there is one score. Token
similarities come in as a small matrix (from `words`); which names to compare is left to `kernel`.

    score = G / (G + spelling*L + contradiction*C + omission*O + order*X + common)

An edge pairs one token with one token, an initial with a token, or two or three neighbouring tokens
with the one token they were written as. Its weight w is the smaller of the two sides' weights; it gains
w*similarity and loses w*(1 - similarity). The alignment with the largest gain wins; G and L are its sums.
What neither edge covers is left over: C is what both sides have left over, O what only one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.matching.words import Words

MAX_EDGES = 48  # the best ones by gain; two names of 14 tokens each seldom have 20
MAX_STEPS = 4096  # of the search for the best alignment; ordinary names need fewer than 20
MIN_JOINED = 4  # letters of a joined token
MIN_JOINED_SOUND = 5  # sounds of one that is spelled otherwise
EPS = 1e-12
_BASE = np.uint64(1_000_003)  # of the polynomial hash; any odd number that is large for letters does

# Settings as the kernels take them: a tuple of floats in this order.
SETTINGS = (
    "spelling",
    "contradiction",
    "omission",
    "order",
    "common",
    "initial_fits",
    "joined",
    "same_sound",
)


@dataclass(frozen=True)
class WordArrays:
    """What kernels need of a vocabulary: `ints` (first letter, is single letter, length, length as it sounds,
    first and last sound) and `hashes` (token, its power, sound, its power, sound without its first, its power).
    """

    ints: NDArray[np.int32]
    hashes: NDArray[np.uint64]


def word_arrays(vocabulary: Words) -> WordArrays:
    """Return a vocabulary in the form that kernels walk."""
    bare, folds = vocabulary.bare, vocabulary.folds
    hashes = np.zeros((len(vocabulary), 6), dtype=np.uint64)
    _hash_into(*vocabulary.spelled, hashes[:, 0:2], 0)
    _hash_into(*vocabulary.sounds, hashes[:, 2:4], 0)
    _hash_into(*vocabulary.sounds, hashes[:, 4:6], 1)
    columns = (
        [ord(text[0]) for text in bare],
        [len(text) == 1 for text in bare],
        [len(text) for text in bare],
        [len(sound) for sound in folds],
        [ord((sound or "?")[0]) for sound in folds],
        [ord((sound or "?")[-1]) for sound in folds],
    )
    ints = np.ascontiguousarray(np.array(columns, dtype=np.int32).T.reshape(-1, 6))
    return WordArrays(ints, hashes)


def settings_tuple(settings: NameSettings) -> tuple[float, ...]:
    """Return the settings that kernels take, in the order of SETTINGS."""
    return tuple(float(getattr(settings, name)) for name in SETTINGS)


@njit(cache=True, nogil=True)
def _hash_into(spelled: Any, offsets: Any, out: Any, skip: int) -> None:
    """Write hash and power of every text, its first `skip` letters left out."""
    for word in range(len(offsets) - 1):
        value, power = np.uint64(0), np.uint64(1)
        for at in range(offsets[word] + skip, offsets[word + 1]):
            value = value * _BASE + np.uint64(spelled[at])
            power *= _BASE
        out[word, 0] = value
        out[word, 1] = power


@njit(cache=True, nogil=True)
def _add(edges: Any, masks: Any, n: int, edge: Any, mask: Any) -> Any:
    """Put an edge (gain, loss, cover a, cover b) in its place: larger gain first, then smaller masks."""
    gain = edge[0]
    at = n
    while at > 0 and (
        edges[at - 1, 0] < gain
        or (
            edges[at - 1, 0] == gain
            and (masks[at - 1, 0] > mask[0] or (masks[at - 1, 0] == mask[0] and masks[at - 1, 1] > mask[1]))
        )
    ):
        at -= 1
    if at >= MAX_EDGES:
        return n
    last = min(n, MAX_EDGES - 1)
    for k in range(last, at, -1):
        edges[k, :] = edges[k - 1, :]
        masks[k, :] = masks[k - 1, :]
    edges[at, 0], edges[at, 1], edges[at, 2], edges[at, 3] = edge
    masks[at, 0], masks[at, 1] = mask
    return min(n + 1, MAX_EDGES)


@njit(cache=True, nogil=True)
def _single_edges(similar: Any, a: Any, b: Any, initial_fits: float, edges: Any, masks: Any) -> Any:
    """Add the edges of one token to one token; an initial covers only its own weight of a full token."""
    n = 0
    a_ints, a_weights, b_ints, b_weights = a[0], a[2], b[0], b[2]
    for i in range(len(a_weights)):
        for j in range(len(b_weights)):
            w = min(a_weights[i], b_weights[j])
            if a_ints[i, 1] != b_ints[j, 1]:
                if a_ints[i, 0] == b_ints[j, 0]:
                    edge = (w * initial_fits, w * (1 - initial_fits), w, w)
                    n = _add(edges, masks, n, edge, (np.int64(1) << i, np.int64(1) << j))
            elif similar[i, j] > 0:
                s = similar[i, j]
                edge = (w * s, w * (1 - s), a_weights[i], b_weights[j])
                n = _add(edges, masks, n, edge, (np.int64(1) << i, np.int64(1) << j))
    return n


@njit(cache=True, nogil=True)
def joined_hash(ints: Any, hashes: Any, first: int, last: int) -> Any:
    """Return hash and length of neighbouring tokens written as one, and of how that sounds."""
    value, length = hashes[first, 0], ints[first, 2]
    sound, sound_length, end = hashes[first, 2], ints[first, 3], ints[first, 5]
    for k in range(first + 1, last + 1):
        value = value * hashes[k, 1] + hashes[k, 0]
        length += ints[k, 2]
        if ints[k, 3] == 0:
            continue
        if ints[k, 4] == end:  # a doubled sound at the seam is one sound
            sound = sound * hashes[k, 5] + hashes[k, 4]
            sound_length += ints[k, 3] - 1
        else:
            sound = sound * hashes[k, 3] + hashes[k, 2]
            sound_length += ints[k, 3]
        end = ints[k, 5]
    return value, length, sound, sound_length


@njit(cache=True, nogil=True)
def _joined_edges(many: Any, one: Any, flip: bool, settings: Any, room: Any) -> Any:
    """Add the edges of two or three neighbouring tokens to the one token that they were written as."""
    edges, masks, n = room
    joined, same_sound = settings
    ints, hashes, weights = many
    other_ints, other_hashes, other_weights = one
    for first in range(len(weights) - 1):
        for last in range(first + 1, min(first + 3, len(weights))):
            value, length, sound, sound_length = joined_hash(ints, hashes, first, last)
            if length < MIN_JOINED:
                continue
            mask, weight = np.int64(0), 0.0
            for k in range(first, last + 1):
                mask |= np.int64(1) << k
                weight += weights[k]
            for j in range(len(other_weights)):
                if other_hashes[j, 0] == value and other_ints[j, 2] == length:
                    s = joined
                elif (
                    other_hashes[j, 2] == sound
                    and other_ints[j, 3] == sound_length
                    and sound_length >= MIN_JOINED_SOUND
                ):
                    s = joined * same_sound
                else:
                    continue
                w = min(weight, other_weights[j])
                bit = np.int64(1) << j
                if flip:
                    n = _add(edges, masks, n, (w * s, w * (1 - s), other_weights[j], weight), (bit, mask))
                else:
                    n = _add(edges, masks, n, (w * s, w * (1 - s), weight, other_weights[j]), (mask, bit))
    return n


@njit(cache=True, nogil=True)
def _best(n: int, edges: Any, masks: Any) -> Any:
    """Return the edges (bits) of the alignment with the largest gain; search bounded by MAX_STEPS."""
    rest = np.zeros(MAX_EDGES + 1)
    for k in range(n - 1, -1, -1):
        rest[k] = rest[k + 1] + edges[k, 0]
    stack = np.empty((MAX_EDGES * 2 + 2, 4), np.int64)  # next edge, mask a, mask b, chosen
    gains = np.empty(MAX_EDGES * 2 + 2)
    stack[0, :] = 0
    gains[0] = 0.0
    top, best, chosen, steps = 1, 0.0, np.int64(0), 0
    while top > 0:
        top -= 1
        k, mask_a, mask_b, picked = stack[top, 0], stack[top, 1], stack[top, 2], stack[top, 3]
        gain = gains[top]
        if gain > best + EPS:
            best, chosen = gain, picked
        if k >= n or gain + rest[k] <= best + EPS or steps >= MAX_STEPS:
            continue
        steps += 1
        stack[top, 0] = k + 1  # leave edge k out; looked at after taking it
        gains[top] = gain
        top += 1
        if not (masks[k, 0] & mask_a or masks[k, 1] & mask_b):
            stack[top, 0], stack[top, 1], stack[top, 2] = k + 1, mask_a | masks[k, 0], mask_b | masks[k, 1]
            stack[top, 3] = picked | (np.int64(1) << k)
            gains[top] = gain + edges[k, 0]
            top += 1
    return chosen


@njit(cache=True, nogil=True)
def _most(n: int, edges: Any, left: float, right: float, contradiction: float, common: float) -> Any:
    """Return a score that no alignment of these edges exceeds: as if all of them could be taken at once."""
    gain = 0.0
    for k in range(n):
        gain += edges[k, 0]
        left -= edges[k, 2]
        right -= edges[k, 3]
    both = max(min(left, right) - 1e-9, 0.0)
    return gain / (gain + contradiction * both + common)


@njit(cache=True, nogil=True)
def _all_or_none(n: int, masks: Any) -> Any:
    """Return all edges (bits) where no two share a token: then they are the best alignment; else 0."""
    seen_a, seen_b, chosen = np.int64(0), np.int64(0), np.int64(0)
    for k in range(n):
        if masks[k, 0] & seen_a or masks[k, 1] & seen_b:
            return np.int64(0)
        seen_a |= masks[k, 0]
        seen_b |= masks[k, 1]
        chosen |= np.int64(1) << k
    return chosen


@njit(cache=True, nogil=True)
def _out_of_order(chosen: int, n: int, masks: Any) -> bool:
    """Return whether the aligned tokens stand in another order on the two sides."""
    last_b = np.int64(0)
    done = np.int64(0)
    for _ in range(n):
        low, at = np.int64(0), -1
        for k in range(n):
            if chosen >> k & 1 and not done >> k & 1 and (at < 0 or masks[k, 0] < low):
                low, at = masks[k, 0], k
        if at < 0:
            return False
        if masks[at, 1] < last_b:
            return True
        last_b = masks[at, 1]
        done |= np.int64(1) << at
    return False


@njit(cache=True, nogil=True)
def score_names(
    similar: Any, a: Any, b: Any, same_form: bool, settings: Any, edges: Any, masks: Any, floor: float = 0.0
) -> Any:
    """Return (score, chosen edges as bits, G, L, C, O, X); `edges` and `masks` hold the edges afterwards.

    Args:
        similar: matrix tokens of a by tokens of b.
        a: one side: (ints, hashes, weights) of its tokens, in the order of the name.
        b: the other side.
        same_form: whether both names are split into family and given names, or neither is.
        settings: the floats named in SETTINGS.
        edges: room for MAX_EDGES rows of (gain, loss, cover a, cover b).
        masks: room for MAX_EDGES rows of (tokens of a, tokens of b), as bits.
        floor: where the score is certain to be below this, 0 is returned without looking further.
    """
    spelling, contradiction, omission, order, common, initial_fits, joined, same_sound = settings
    n = _single_edges(similar, a, b, initial_fits, edges, masks)
    n = _joined_edges(a, b, False, (joined, same_sound), (edges, masks, n))
    n = _joined_edges(b, a, True, (joined, same_sound), (edges, masks, n))
    left, right = 0.0, 0.0
    for w in a[2]:
        left += w
    for w in b[2]:
        right += w
    if n == 0 or _most(n, edges, left, right, contradiction, common) < floor:
        return 0.0, np.int64(0), 0.0, 0.0, min(left, right), 0.0, 0.0
    chosen = _all_or_none(n, masks)
    if chosen == 0:
        chosen = _best(n, edges, masks)
    gain, loss, full = 0.0, 0.0, False
    for k in range(n):
        if chosen >> k & 1:
            gain += edges[k, 0]
            loss += edges[k, 1]
            left -= edges[k, 2]
            right -= edges[k, 3]
            full |= _is_full(masks[k, 0], a[0]) and _is_full(masks[k, 1], b[0])
    left, right = max(left, 0.0), max(right, 0.0)
    both, one = min(left, right), max(left, right) - min(left, right)
    crossed = 1.0 if same_form and _out_of_order(chosen, n, masks) else 0.0
    if not full:  # initials alone never make two names one
        return 0.0, np.int64(0), 0.0, 0.0, both, one, crossed
    cost = spelling * loss + contradiction * both + omission * one + order * crossed + common
    return gain / (gain + cost), chosen, gain, loss, both, one, crossed


@njit(cache=True, nogil=True)
def _is_full(mask: int, ints: Any) -> bool:
    """Return whether a mask holds a token of more than one letter."""
    for k in range(len(ints)):  # noqa: SIM110  compiled code has no generator expressions
        if mask >> k & 1 and not ints[k, 1]:
            return True
    return False
