"""Two birth dates into how they agree: compiled, one definition for the search and for the evidence.

Reach for `agreement()` in kernels and `agreements()` for columns. Days are written as numbers, 19700203, and a
date known only in part is the range of days that it may be. What each agreement is worth is left to `evidence`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ops_hub.normalise.people import UNKNOWN as UNKNOWN_DAY

KINDS = ("unknown", "exact", "swapped", "one-digit", "year", "range", "near", "different")
UNKNOWN, EXACT, SWAPPED, ONE_DIGIT, YEAR, RANGE, NEAR, DIFFERENT = range(len(KINDS))
NEAR_DAYS = 366  # a year mistaken, or a date converted between calendars
YEAR_AT, DAY_BITS, MAX_YEAR = 9, 22, 8191  # of a packed day: later years are taken for the last one
NONE, SEVERAL = UNKNOWN_DAY, -1  # instead of a day, where an entry has no birth date, or more than one or a range


@njit(cache=True, nogil=True)
def day_number(day: Any) -> Any:
    """Return days since 0000-03-01 of a day written as 19700203 (proleptic Gregorian calendar)."""
    year, month = day // 10000, day // 100 % 100
    year -= month <= 2
    month = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day % 100


@njit(cache=True, nogil=True)
def written(number: Any) -> Any:
    """Return the day, as 19700203, of a `day_number`."""
    number -= 1
    cycle, rest = number // 146097, number % 146097
    year = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    day = rest - (153 * month + 2) // 5 + 1
    year += cycle * 400 + (month >= 10)
    return year * 10000 + ((month + 2) % 12 + 1) * 100 + day


@njit(cache=True, nogil=True)
def packed(day: Any) -> Any:
    """Return a day, 19700203, as year, month and day in 13, 4 and 5 bits: the order of days is kept; negative codes stay."""
    if day < 0:
        return int(day)
    return min(int(day // 10000), MAX_YEAR) << YEAR_AT | int(day // 100 % 100) << 5 | int(day % 100)


@njit(cache=True, nogil=True)
def unpacked(bits: Any) -> Any:
    """Return the day, as 19700203, of `packed`."""
    return bits if bits < 0 else (bits >> YEAR_AT) * 10000 + (bits >> 5 & 15) * 100 + (bits & 31)


@njit(cache=True, nogil=True)
def _is_one_digit(one: Any, other: Any) -> Any:
    """Return whether two numbers, as written, differ in one digit."""
    digits = 0
    while one != other:
        digits += one % 10 != other % 10
        one //= 10
        other //= 10
    return digits == 1


@njit(cache=True, nogil=True)
def year_slip(one: Any, other: Any) -> Any:
    """Return what `_slip` does for the same day of two years."""
    return _is_one_digit(one, other) or abs(one - other) == 1


@njit(cache=True, nogil=True)
def _slip(one: Any, other: Any) -> Any:
    """Return whether one digit differs, or one of year, month and day, and that by one (1979 and 1980)."""
    if _is_one_digit(one, other):
        return True
    year = abs(one // 10000 - other // 10000)
    month = abs(one // 100 % 100 - other // 100 % 100)
    day = abs(one % 100 - other % 100)
    return year + month + day == 1


@njit(cache=True, nogil=True)
def agreement(born: Any, until: Any, first: Any, last: Any) -> Any:
    """Return how a traveller's birth (`born` to `until`) agrees with a listed one (`first` to `last`); a code of KINDS."""
    if born == until and first == last:
        if born == first:
            return EXACT
        if born // 10000 == first // 10000 and born // 100 % 100 == first % 100 and born % 100 == first // 100 % 100:
            return SWAPPED
        if _slip(born, first):
            return ONE_DIGIT
    elif born <= last and first <= until:
        return YEAR if day_number(last) - day_number(first) <= NEAR_DAYS else RANGE
    if max(day_number(first) - day_number(until), day_number(born) - day_number(last)) <= NEAR_DAYS:
        return NEAR
    return DIFFERENT


@njit(cache=True, nogil=True)
def _agreements(own: Any, listed: Any, pairs: Any, points: Any) -> Any:
    born, until = own
    offsets, first, last = listed
    found = np.zeros(len(pairs), np.uint8)
    for at in range(len(pairs)):
        person, entry = pairs[at, 0], pairs[at, 1]
        if born[person] == NONE:
            continue
        for k in range(offsets[entry], offsets[entry + 1]):
            kind = agreement(born[person], until[person], first[k], last[k])
            if found[at] == UNKNOWN or points[kind] > points[found[at]]:
                found[at] = kind
    return found


Days = NDArray[np.int32]


def agreements(
    own: tuple[Days, Days],
    listed: tuple[NDArray[np.int64], Days, Days],
    pairs: NDArray[np.int64],
    points: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Return the agreement of each pair (person, entry): the one with most points among the entry's dates.

    Args:
        own: first and last possible day of each person's birth, NONE where it is unknown.
        listed: of each entry, where its dates begin; first and last day of every date.
        pairs: person and entry, one pair a row.
        points: what each of KINDS is worth.
    """
    return _agreements(own, listed, pairs, points)  # type: ignore[no-any-return]
