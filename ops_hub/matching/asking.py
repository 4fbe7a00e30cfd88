"""What one query asks of the postings, and what is found for it so far: the values that `walk` and `kernel` hand on.

Reach for `asked()` to turn a birth date into the days that can do. How they are looked for is said in `walk`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from ops_hub.matching.births import DIFFERENT, NEAR_DAYS, NONE, ONE_DIGIT, YEAR_AT, day_number, packed, written
from ops_hub.matching.postings import Posting
from ops_hub.matching.unowned import uncounted


class Listed(NamedTuple):
    """The list side as the search walks it."""

    posting: Posting
    join_bearers: NDArray[Any]  # by the words that neighbouring tokens of their names make when joined
    join_days: NDArray[Any]  # when they were born, beside


class Limits(NamedTuple):
    """What a pair must reach.

    Attributes:
        floors: lowest name score by kind of birth agreement; above 1 where none would do.
        shares: share of a name's weight that may be left over at each floor.
        widest: the largest of these.
        near, other_year: share from which on a token of the query is not needed to find bearers born near, or on the same
            day of another year (below 0: they are not looked for).
        alone: whether a word that is no large part of a name can never be enough by itself.
        left: for each set of query tokens, as bits, what the other tokens but initials weigh; empty where that is not
            listed.
        can: for the same sets, which birth dates leave the threshold within reach (see `walk`).
        total, initials: weight of the query's tokens, and of the initials among them.
        costs: of what both names leave over beyond what one does; of what one does; of every pair; of spelling.
    """

    floors: NDArray[Any]
    shares: NDArray[Any]
    widest: float
    near: float
    other_year: float
    alone: bool
    left: NDArray[Any]
    can: NDArray[Any]
    total: float
    initials: float
    costs: tuple[float, float, float, float]


class Asked(NamedTuple):
    """The birth date asked for, and which days can do."""

    born: int  # as numbers, 19700203
    until: int
    days: tuple[int, int]  # the same packed
    first: int  # packed
    last: int
    month_day: int  # packed; 0 where it is not to be looked for
    year: int
    of_year: float  # how much of a year has gone by on that day, about
    is_open: bool  # every day can do


class Marks(NamedTuple):
    """What has been found so far for a query: bearers `listed[:count]` with the floor of each."""

    epoch: int
    stamp: NDArray[Any]  # of each bearer: the query that listed it last
    listed: NDArray[Any]
    floors: NDArray[Any]
    covered: NDArray[Any]  # of each list word: the query tokens it is similar to, as bits
    best: NDArray[Any]  # of each list word: how similar it is to the query token it is most similar to
    signs: NDArray[Any]  # of each hash of words: the query tokens that such words may be similar to
    cursors: NDArray[Any]  # of each stretch: where days were found last; queries come by birth date


@uncounted()
def asked(born: Any, until: Any, floors: Any) -> Any:
    """Return what is asked for as `gather` takes it."""
    is_open = born == NONE or floors[DIFFERENT] <= 1.0
    days = packed(born), packed(until)
    first, last, month_day = days[0], days[1], 0
    if not is_open:
        first, last = packed(written(day_number(born) - NEAR_DAYS)), packed(written(day_number(until) + NEAR_DAYS))
        is_day = born == until and floors[ONE_DIGIT] <= 1.0
        month_day = days[0] & (1 << YEAR_AT) - 1 if is_day else 0
    of_year = max(((month_day >> 5) - 1) / 12.0 + ((month_day & 31) - 1) / 372.0, 0.0)
    return Asked(int(born), int(until), days, first, last, month_day, days[0] >> YEAR_AT, of_year, is_open)
