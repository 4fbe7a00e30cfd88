"""One query and the postings of its words: every bearer that the bound does not rule out, compiled.

Reach for `gather()` from the kernel alone. Each word that is similar to one of the query's has its bearers in levels, by
how soon their own names need the word as a key token, and within a level by birth date. Looked at are days near the
one asked for, under the query's own key tokens; the same day of other years, likewise; and under every word the
days of the year that agree in more than being near, in those levels that the query or the bearer's name needs. Most
bearers end at their key, nearly all others at their cell. Scoring is left to `kernel`.

Nothing in here makes an array, so references to arrays are not counted (`uncounted`), and the small functions are
written out where they are called (`inline`): measured, the two save a third of a search.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ops_hub.matching.births import (
    DAY_BITS,
    DIFFERENT,
    MAX_YEAR,
    NEAR,
    NONE,
    ONE_DIGIT,
    SEVERAL,
    UNKNOWN,
    YEAR_AT,
    agreement,
    unpacked,
    year_slip,
)
from ops_hub.matching.bound import TOLERANCE
from ops_hub.matching.postings import (
    IS_LARGE,
    LEVELS,
    NAMED,
    NEVER,
    SHARES,
    SIGN,
    SIGN_BITS,
    STRETCHES,
    UNIT,
)
from ops_hub.matching.unowned import uncounted

ANY_KIND = DIFFERENT + 1  # of an entry with several dates or a range: the lowest floor of all
MAX_KEY = (1 << 62) - 1
NEARLY, CLOSELY = 1, 2  # ways for days to agree: near each other, or in more than that
FEW = 16  # bearers of a word that are sooner looked at one by one than by date


@uncounted()
def _first_from(values: Any, begin: Any, end: Any, least: Any) -> Any:
    """Return the first place of a sorted stretch whose value is `least` or more."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < least:
            begin = middle + 1
        else:
            end = middle
    return begin


@uncounted()
def _from_hint(values: Any, begin: Any, end: Any, least: Any, hint: Any) -> Any:
    """Return the same, looking near a place where it may be, in steps that double."""
    step = 1
    if hint < end and values[hint] < least:
        low = high = hint + 1
        while high < end and values[high] < least:
            low = high + 1
            high += step
            step *= 2
        return _first_from(values, low, min(high, end), least)
    low = high = hint
    while low > begin and values[low - 1] >= least:
        high = low - 1
        low = max(begin, low - step)
        step *= 2
    return _first_from(values, low, high, least)


@uncounted(inline="always")
def _is_closer(day: Any, query: Any) -> Any:
    """Return whether a day (packed) may agree with the one asked for in more than being near it (see births.agreement)."""
    born, until = query.days
    if born != until:
        return (born <= day) & (day <= until)
    differ = day ^ born  # without branches: they would be guessed wrong every other time
    month, of_month = (differ >> 5) & 15 == 0, differ & 31 == 0
    exchanged = ((day >> 5) & 15 == born & 31) & (day & 31 == (born >> 5) & 15)
    return (month & of_month) | ((differ >> YEAR_AT == 0) & (month | of_month | exchanged))


@uncounted(inline="always")
def _kind(query: Any, day: Any) -> Any:
    """Return the birth agreement of a query and a bearer."""
    if query.born == NONE or day == NONE:
        return UNKNOWN
    if day == SEVERAL:
        return ANY_KIND
    return agreement(query.born, query.until, day, day)


@uncounted()
def _is_possible(cell: Any, own: Any, word: Any, floor: Any, limits: Any, marks: Any) -> Any:
    """Return whether a bearer can reach its floor with all that meets (the argument stands in `bound`)."""
    covered, best = marks.covered, marks.best
    extra, omission, common, spelling = limits.costs
    shares, weight = np.uint64(cell[NAMED]) | np.uint64(cell[NAMED + 1]) << np.uint64(32), cell[NAMED + 2] >> 16
    floor -= TOLERANCE
    slope, base = 1.0 - floor + floor * spelling, floor * spelling
    met, part = own, int(shares & np.uint64(255))
    uncovered, gain = 255 - part, part * max(slope * best[word] - base, 0.0)
    for k in range(NAMED):
        bits = covered[cell[k]]
        if bits:
            met |= bits
            part = int(shares >> np.uint64(8 * (k + 1)) & np.uint64(255))
            uncovered -= part
            gain += part * max(slope * best[cell[k]] - base, 0.0)
    rest, initials = int(shares >> np.uint64(48) & np.uint64(255)), int(shares >> np.uint64(56))
    uncovered -= rest + initials
    gain += (rest + initials) * (1.0 - floor)
    if met >= len(limits.left):
        return True
    most = (weight + 1) / (255.0 * UNIT)
    left = 0.0 if rest else max(limits.left[met] - initials * most, 0.0)
    right = max(weight * uncovered / (255.0 * UNIT) - limits.initials, 0.0)
    cost = extra * min(left, right) + omission * max(left, right) + common
    gain = min(gain * most + limits.initials * (1.0 - floor), (limits.total - left) * (1.0 - floor))
    return gain >= floor * cost - TOLERANCE


@uncounted(inline="always")
def _others(key: Any, signs: Any) -> Any:
    """Return the query tokens that, for all that its sign tells, further words of a name may meet."""
    return signs[key & 1023] | signs[key >> 10 & 1023] | signs[key >> 20 & 1023] | signs[key >> 30 & 1023]


@uncounted(inline="always")
def _meets(key: Any, others: Any, alone: Any) -> Any:
    """Return whether a name has further words that may meet, or the word may be enough by itself."""
    return (others != 0) | (key & IS_LARGE != 0) | (not alone)


@uncounted(inline="always")
def _can(met: Any, limits: Any) -> Any:
    """Return which birth dates (NEARLY, CLOSELY) leave the threshold within reach if no other query tokens meet."""
    return limits.can[met] if met < len(limits.can) else np.uint8(NEARLY | CLOSELY)


@uncounted(inline="always")
def _is_too_little(own: Any, limits: Any) -> Any:
    """Return whether a pair cannot do where these query tokens meet one word, and that is no large part of its name."""
    return limits.alone and own < len(limits.left) and limits.left[own] > limits.widest * limits.total


@uncounted(inline="always")
def _by_day(word: Any, needed: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List the bearers of a word that were born near the day asked for, or have no day; return how many are listed."""
    offsets, keys, _, _, _, _ = posting
    first = word * STRETCHES
    near = needed <= limits.near
    few = offsets[first + STRETCHES] - offsets[first] <= FEW
    # what is not near but closer stands within the year, else by month and day
    from_day, to_day = query.first, query.last
    if not near:
        from_day, to_day = query.days[0] >> YEAR_AT << YEAR_AT, query.days[1] | (1 << YEAR_AT) - 1
    for stretch in range(first, first + STRETCHES):
        begin, end = offsets[stretch], offsets[stretch + 1]
        if begin == end or (not near and min(needed, LEVELS[(stretch - first) >> 1]) > limits.widest):
            continue
        if (stretch - first) & 1 == 0 or query.is_open:
            count = _any_day(word, (begin, end), needed, posting, query, limits, marks, count)
            continue
        last = np.int64(MAX_KEY)
        if not few:
            begin = _from_hint(keys, begin, end, from_day << SIGN_BITS, begin + marks.cursors[stretch])
            marks.cursors[stretch] = begin - offsets[stretch]
            last = to_day << SIGN_BITS | SIGN
        count = _days(word, (begin, end, last), (needed, near), posting, query, limits, marks, count)
    return count


@uncounted(inline="always")
def _days(word: Any, places: Any, need: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List bearers, all with a day, from one place to another or to the last key; return how many are listed."""
    _, keys, cells, bearers, _, _ = posting
    begin, end, last = places
    needed, near = need
    own = marks.covered[word]
    alone = _is_too_little(own, limits)
    for place in range(begin, end):
        key = keys[place]
        if key > last:
            break
        others, day = _others(key, marks.signs), key >> SIGN_BITS
        closer = _is_closer(day, query)
        wanted = CLOSELY * closer + NEARLY * (near & (query.first <= day) & (day <= query.last))
        if _can(own | others, limits) & wanted * _meets(key, others, alone) == 0:
            continue  # nearly all end here: what meets is too little of either name
        kind = NEAR
        if closer:
            written = unpacked(day)
            kind = agreement(query.born, query.until, written, written)
            if min(needed, _from(cells[place])) > limits.shares[kind]:
                continue
        floor = limits.floors[kind]
        if floor <= 1.0 and _is_possible(cells[place], own, word, floor, limits, marks):
            count = _list(bearers[place], floor, marks, count)
    return count


@uncounted(inline="always")
def _any_day(word: Any, places: Any, needed: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List bearers whatever their day, or without one; return how many are listed."""
    _, keys, cells, bearers, _, _ = posting
    own = marks.covered[word]
    alone = _is_too_little(own, limits)
    for place in range(places[0], places[1]):
        key = keys[place]
        if not _meets(key, _others(key, marks.signs), alone):
            continue
        kind = _kind(query, unpacked(key >> SIGN_BITS))
        floor = limits.floors[kind]
        if floor > 1.0 or min(needed, _from(cells[place])) > limits.shares[kind]:
            continue
        if _is_possible(cells[place], own, word, floor, limits, marks):
            count = _list(bearers[place], floor, marks, count)
    return count


@uncounted(inline="always")
def _by_month_day(word: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List the bearers of a word born on the same day of another year, one digit of it another; return how many are listed."""
    offsets, _, cells, bearers, month_days, by_month_day = posting
    floor = limits.floors[ONE_DIGIT]
    own, first = marks.covered[word], word * STRETCHES
    alone = _is_too_little(own, limits)
    begin, end = offsets[first], offsets[first + STRETCHES]
    wanted = query.month_day << DAY_BITS - YEAR_AT + SIGN_BITS
    last = query.month_day + 1 << DAY_BITS - YEAR_AT + SIGN_BITS
    for at in range(_from_hint(month_days, begin, end, wanted, begin + int((end - begin) * query.of_year)), end):
        key = month_days[at]
        if key >= last:
            break
        if not year_slip(key >> SIGN_BITS & MAX_YEAR, query.year):
            continue
        others = _others(key, marks.signs)
        if not _meets(key, others, alone) or _can(own | others, limits) & CLOSELY == 0:
            continue
        place = by_month_day[at]
        if _is_possible(cells[place], own, word, floor, limits, marks):
            count = _list(bearers[place], floor, marks, count)
    return count


@uncounted()
def _walk(words: Any, needed: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List the bearers of the words given whose birth dates leave the threshold within reach; return how many."""
    listed, begin_word, end_word = words
    for k in range(begin_word, end_word):
        count = _by_day(listed[k], needed, posting, query, limits, marks, count)
        if query.month_day and needed <= limits.other_year:
            count = _by_month_day(listed[k], posting, query, limits, marks, count)
    return count


@uncounted(inline="always")
def _from(cell: Any) -> Any:
    """Return the share from which on a bearer's name needs the word as a key token."""
    return (cell[NAMED + 2] & 0xFFFF) / SHARES


@uncounted(inline="always")
def _list(bearer: Any, floor: Any, marks: Any, count: Any) -> Any:
    """List a bearer, once; return how many are listed."""
    if marks.stamp[bearer] == marks.epoch:
        return count
    marks.stamp[bearer] = marks.epoch
    marks.listed[count] = bearer
    marks.floors[count] = floor
    return count + 1


@uncounted()
def gather(tokens: Any, room: Any, similar: Any, known: Any, query: Any, limits: Any, marks: Any) -> Any:
    """List every bearer that the bound does not rule out; return how many.

    Args:
        tokens: words of the query.
        room: of its tokens: whether it is an initial, a key token, from which share on; list words that they make
            joined (words, first and last token, how many);
            for each query word, where `known.join_bearers` begin and end, by spelling and by sound.
        similar: for each query word where its list words begin, and these.
        known: Listed.
        query: Asked.
        limits: Limits.
        marks: Marks.
    """
    single, key, from_share, (joined, begins, ends, joins), join_ranges = room
    starts, others = similar
    count = 0
    for j in range(joins):
        needed = NEVER
        for k in range(begins[j], ends[j] + 1):
            if key[k]:
                needed = min(needed, from_share[k])
        count = _walk((joined, j, j + 1), needed, known.posting, query, limits, marks, count)
    for i in range(len(tokens)):
        if single[i]:
            continue
        for which in range(2):
            for place in range(join_ranges[tokens[i], which, 0], join_ranges[tokens[i], which, 1]):
                floor = limits.floors[_kind(query, known.join_days[place])]
                if floor <= 1.0:
                    count = _list(known.join_bearers[place], floor, marks, count)
        needed = from_share[i] if key[i] else NEVER
        span = (others, starts[tokens[i]], starts[tokens[i] + 1])
        count = _walk(span, needed, known.posting, query, limits, marks, count)
    return count
