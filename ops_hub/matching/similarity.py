"""How alike two tokens are: the only place where token similarity is defined, compiled.

Reach for `similarities()`: pairs of tokens to similarity and kind. The best kind of agreement wins. Edit distance is
optimal string alignment: a letter more, less or other, or two neighbours exchanged, each counts one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.matching.words import Words

KINDS = (
    "none",
    "same",
    "spelling",
    "sound",
    "variant",
    "syllable",
    "nickname",
    "language",
    "script",
    "truncated",
)
NONE, SAME, SPELLING, SOUND, VARIANT, SYLLABLE, NICKNAME, LANGUAGE, SCRIPT, TRUNCATED = range(len(KINDS))
# Edits beyond which two tokens are never one: deletion neighbourhoods stay small and exact.
MAX_EDITS = 2
MAX_FOLD_EDITS = 1
MIN_CUT = 3  # letters that must remain of a token cut by the sender
MIN_SOUND = 3  # sounds that must be left: CHAO and CHOE both fold to two, and are two names
MAX_TOLD_APART = 5  # letters of the longer of two known names that one letter tells apart: NADIR, NASIR
MIN_EDIT_LENGTH = 4  # of the longer token: below, one letter makes another name
ROOM = 64  # letters of a token at most (normalise.tokens keeps 40)

Pairs = tuple[NDArray[np.float64], NDArray[np.uint8]]


def similarities(
    a: Words, b: Words, left: NDArray[np.int64], right: NDArray[np.int64], settings: NameSettings
) -> Pairs:
    """Return similarity (0, or from `settings.least` to 1) and kind of the pairs `a[left[i]]`, `b[right[i]]`.

    Single letters only equal themselves here: as initials they are handled by the alignment, which knows the other
    token's first letter.
    """
    return _similarities(side(a), side(b), left, right, costs(settings))  # type: ignore[no-any-return]


def costs(settings: NameSettings) -> tuple[object, ...]:
    """Return the settings that `similarity()` takes."""
    s = settings
    plain = (s.edit_cost, s.first_letter, s.same_sound, s.near_sound, s.consonants, s.truncated, s.least)
    return plain, (s.variant, s.syllable, s.nickname, s.language, s.variant)  # in the order of tables.KINDS


def side(vocabulary: Words) -> tuple[object, ...]:
    """Return a vocabulary in the form that `similarity()` takes."""
    return (
        vocabulary.spelled,
        vocabulary.sounds,
        vocabulary.consonants,
        vocabulary.is_cut,
        vocabulary.is_abjad,
        vocabulary.groups,
    )


@njit(cache=True, nogil=True)
def _similarities(a: Any, b: Any, left: Any, right: Any, costs: Any) -> Any:
    values, kinds = np.zeros(len(left)), np.zeros(len(left), np.uint8)
    rows = np.zeros((3, ROOM + 1), np.int64)
    for at in range(len(left)):
        values[at], kinds[at] = similarity(a, b, left[at], right[at], costs, rows)
    return values, kinds


@njit(cache=True, nogil=True)
def similarity(a: Any, b: Any, i: int, j: int, costs: Any, rows: Any) -> Any:
    """Return similarity and kind of token i of one side and token j of the other; `rows` is working room (3, ROOM + 1)."""
    (edit_cost, first_letter, same_sound, near_sound, consonants, truncated, least), worth = costs
    spelled = (a[0][0], a[0][1][i], a[0][1][i + 1]), (b[0][0], b[0][1][j], b[0][1][j + 1])
    edits = _distance(spelled[0], spelled[1], MAX_EDITS, rows)
    if edits == 0:
        return 1.0, SAME
    length = max(spelled[0][2] - spelled[0][1], spelled[1][2] - spelled[1][1])
    value, kind = 0.0, NONE
    if a[4][i] == b[4][j]:
        if _are_syllables(a[5], b[5], i, j):  # PENG and PING are two names, unless the table says that they are one
            return _by_group(a[5], b[5], i, j, worth, 0.0, NONE)
        two = _are_two_names(a[5], b[5], i, j)
        if two and length <= MAX_TOLD_APART:
            return _by_group(a[5], b[5], i, j, worth, 0.0, NONE)
        if edits <= MAX_EDITS and length >= MIN_EDIT_LENGTH:
            value = 1.0 - edit_cost * edits / max(length - 1, 1) - first_letter * _first(spelled[0], spelled[1])
            kind = SPELLING
        if length >= 3:
            sound = (a[1][0], a[1][1][i], a[1][1][i + 1]), (b[1][0], b[1][1][j], b[1][1][j + 1])
            heard = _by_sound(sound[0], sound[1], (edit_cost, first_letter, same_sound, near_sound), rows)
            if heard > value:
                value, kind = heard, SOUND
        if two:
            value = min(value, least)
    else:
        bones = (a[2][0], a[2][1][i], a[2][1][i + 1]), (b[2][0], b[2][1][j], b[2][1][j + 1])
        value, kind = _by_consonants(bones[0], bones[1], consonants, rows), SCRIPT
    value, kind = _by_group(a[5], b[5], i, j, worth, value, kind)
    is_cut = (a[3][i] and _begins(spelled[0], spelled[1])) or (b[3][j] and _begins(spelled[1], spelled[0]))
    if is_cut and truncated > value:
        value, kind = truncated, TRUNCATED
    return (value, kind) if value >= least else (0.0, NONE)


@njit(cache=True, nogil=True)
def _distance(one: Any, other: Any, most: int, rows: Any) -> Any:
    """Return the edit distance of two texts, `most` + 1 for more."""
    letters_a, begin_a, end_a = one
    letters_b, begin_b, end_b = other
    while begin_a < end_a and begin_b < end_b and letters_a[begin_a] == letters_b[begin_b]:
        begin_a += 1
        begin_b += 1
    while begin_a < end_a and begin_b < end_b and letters_a[end_a - 1] == letters_b[end_b - 1]:
        end_a -= 1
        end_b -= 1
    n, m = end_a - begin_a, end_b - begin_b
    if n == 0 or m == 0 or abs(n - m) > most or max(n, m) > ROOM:
        return min(max(n, m), most + 1)
    for k in range(m + 1):
        rows[0, k] = k
    for i in range(1, n + 1):
        now, last, before = i % 3, (i - 1) % 3, (i - 2) % 3
        rows[now, 0] = i
        least = i
        for j in range(1, m + 1):
            differ = letters_a[begin_a + i - 1] != letters_b[begin_b + j - 1]
            value = min(rows[last, j] + 1, rows[now, j - 1] + 1, rows[last, j - 1] + differ)
            if (
                i > 1
                and j > 1
                and letters_a[begin_a + i - 1] == letters_b[begin_b + j - 2]
                and letters_a[begin_a + i - 2] == letters_b[begin_b + j - 1]
            ):
                value = min(value, rows[before, j - 2] + 1)
            rows[now, j] = value
            least = min(least, value)
        if least > most:  # an exchange reaches back two rows, yet never gains more than one
            return most + 1
    return min(rows[n % 3, m], most + 1)


@njit(cache=True, nogil=True)
def _first(one: Any, other: Any) -> Any:
    """Return 1 where first letters differ (a text without letters differs from every other), else 0."""
    empty_a, empty_b = one[1] == one[2], other[1] == other[2]
    if empty_a or empty_b:
        return 0.0 if empty_a and empty_b else 1.0
    return 1.0 if one[0][one[1]] != other[0][other[1]] else 0.0


@njit(cache=True, nogil=True)
def _by_sound(one: Any, other: Any, costs: Any, rows: Any) -> Any:
    edit_cost, first_letter, same_sound, near_sound = costs
    length = max(one[2] - one[1], other[2] - other[1])
    if length < MIN_SOUND:
        return 0.0
    edits = _distance(one, other, MAX_FOLD_EDITS, rows)
    if edits == 0:
        return same_sound
    if edits > MAX_FOLD_EDITS:
        return 0.0
    return 1.0 - near_sound - edit_cost * edits / max(length - 1, 1) - first_letter * _first(one, other)


@njit(cache=True, nogil=True)
def _by_consonants(one: Any, other: Any, consonants: float, rows: Any) -> Any:
    """Similarity of a token in a consonant script to a Latin one: by consonants, at least two of them."""
    length, short = max(one[2] - one[1], other[2] - other[1]), min(one[2] - one[1], other[2] - other[1])
    if short < 2:
        return 0.0
    edits = _distance(one, other, 1, rows)
    if edits == 0:
        return consonants if length > 2 else consonants - 0.1
    return consonants - 0.15 if edits == 1 and length >= 5 else 0.0


@njit(cache=True, nogil=True)
def _are_syllables(a: Any, b: Any, i: int, j: int) -> Any:
    """Return whether both tokens are known syllables of Chinese or Korean names."""
    one, other = False, False
    for k in range(a[0][i], a[0][i + 1]):
        one |= a[2][k] == SYLLABLE - VARIANT
    for k in range(b[0][j], b[0][j + 1]):
        other |= b[2][k] == SYLLABLE - VARIANT
    return one and other


@njit(cache=True, nogil=True)
def _are_two_names(a: Any, b: Any, i: int, j: int) -> Any:
    """Return whether the hand-written table knows both tokens: then it also says whether they are one name."""
    one, other = False, False
    for k in range(a[0][i], a[0][i + 1]):
        one |= a[2][k] == 0
    for k in range(b[0][j], b[0][j + 1]):
        other |= b[2][k] == 0
    return one and other


@njit(cache=True, nogil=True)
def _by_group(a: Any, b: Any, i: int, j: int, worth: Any, value: float, kind: int) -> Any:
    """Return value and kind, or those of a shared equivalence group where that is worth more."""
    for k in range(a[0][i], a[0][i + 1]):
        for other in range(b[0][j], b[0][j + 1]):
            if a[1][k] == b[1][other] and worth[a[2][k]] > value:
                value, kind = worth[a[2][k]], VARIANT + a[2][k]
    return value, kind


@njit(cache=True, nogil=True)
def _begins(one: Any, other: Any) -> Any:
    """Return whether the first text, long enough to tell, is the beginning of the second."""
    letters_a, begin_a, end_a = one
    letters_b, begin_b, end_b = other
    if end_a - begin_a < MIN_CUT or end_a - begin_a > end_b - begin_b:
        return False
    for k in range(end_a - begin_a):  # noqa: SIM110  compiled code has no generator expressions
        if letters_a[begin_a + k] != letters_b[begin_b + k]:
            return False
    return True
