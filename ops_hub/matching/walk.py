"""One query and the postings of its words: every bearer that the bound does not rule out, compiled.

Reach for `gather()` from the kernel alone. Each word that is similar to one of the query's has its bearers in levels, by
how soon their own names need the word as a key token, and within a level by birth date. So of each level only
those dates are looked at that leave the threshold within reach: near ones where near dates can do, else those that agree
in more, and no level that neither the query nor the bearer's name needs. Scoring is left to `kernel`.

Nothing in here makes an array, so references to arrays are not counted (`uncounted`), and the small functions are
written out where they are called (`inline`): measured, the two save a third of a search.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ops_hub.matching.asking import BY_DAY, BY_MONTH_DAY
from ops_hub.matching.births import (
    DIFFERENT,
    NEAR,
    NONE,
    ONE_DIGIT,
    SEVERAL,
    UNKNOWN,
    agreement,
)
from ops_hub.matching.bound import TOLERANCE
from ops_hub.matching.postings import LEVELS, NEVER, SIGN, STRETCHES, UNIT, YEAR_BITS
from ops_hub.matching.unowned import uncounted

ANY_KIND = DIFFERENT + 1  # of an entry with several dates or a range: the lowest floor of all
YEARS = (1 << YEAR_BITS) - 1
MAX_KEY = (1 << 62) - 1
JOINED = 0  # column of what is kept of each list name: the last query that met its joined tokens
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
    """Return whether a day may agree with the one asked for in more than being near it (see births.agreement)."""
    born = query.born
    if born != query.until:
        return born <= day <= query.until
    if day // 10000 != born // 10000:
        return day % 10000 == born % 10000
    same = day // 100 == born // 100 or day % 100 == born % 100
    return same or (day // 100 % 100 == born % 100 and day % 100 == born // 100 % 100)


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
    one, two, three = covered[cell[0]], covered[cell[1]], covered[cell[2]]
    met = own | one | two | three
    if met >= len(limits.left):
        return True
    extra, omission, common, spelling = limits.costs
    shares, weight = int(cell[3]), (int(cell[4]) + 1) / (255.0 * UNIT)
    floor -= TOLERANCE
    slope, base = 1.0 - floor + floor * spelling, floor * spelling
    uncovered, gain = 255, 0.0
    for k in range(4):
        which = word if k == 0 else cell[k - 1]
        if k == 0 or covered[which] > 0:
            part = shares >> (8 * k) & 255
            uncovered -= part
            gain += part * max(slope * best[which] - base, 0.0)
    left, right = limits.left[met], (int(cell[4]) - 1) * max(uncovered, 0) / (255.0 * UNIT)
    cost = extra * min(left, right) + omission * max(left, right) + common
    return min(gain * weight, (limits.total - left) * (1.0 - floor)) >= floor * cost - TOLERANCE


@uncounted(inline="always")
def _is_alone(key: Any, signs: Any) -> Any:
    """Return whether, for all that its sign tells, a name has no other word that meets and the word is no large part of it."""
    return signs[key & 1023] | signs[key >> 10 & 1023] | signs[key >> 20 & 1023] == 0 and key >> 30 & 1 == 0


@uncounted(inline="always")
def _by_day(word: Any, needed: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List the bearers of a word that were born near the day asked for, or have no day; return how many are listed."""
    offsets, keys, cells, bearers, _, _ = posting
    floors, shares, signs = limits.floors, limits.shares, marks.signs
    own, first = marks.covered[word], word * STRETCHES
    alone = limits.alone and own < len(limits.left) and limits.left[own] > limits.widest * limits.total
    few = query.is_open or offsets[first + STRETCHES] - offsets[first] <= FEW
    for stretch in range(first, first + STRETCHES):
        begin, end = offsets[stretch], offsets[stretch + 1]
        least = min(needed, LEVELS[(stretch - first) >> 1])
        if begin == end or least > limits.widest:
            continue
        is_dated = (stretch - first) & 1 == 1 and not query.is_open
        near = floors[NEAR] <= 1.0 and least <= shares[NEAR]
        from_day, to_day = query.first, query.last
        if not near and not few:  # days that agree in more stand within the year; others by month and day
            from_day, to_day = query.born // 10000 * 10000, query.until // 10000 * 10000 + 9999
        if is_dated and not few:
            begin = _from_hint(keys, begin, end, from_day << 32, begin + marks.cursors[stretch])
            marks.cursors[stretch] = begin - offsets[stretch]
        last = to_day << 32 | SIGN if is_dated and not few else np.int64(MAX_KEY)
        for place in range(begin, end):
            key = keys[place]
            if key > last:
                break
            if alone and _is_alone(key, signs):
                continue  # most end here: they meet in this token only, and it is too little of either name
            day = key >> 32
            kind = NEAR
            if not is_dated:
                kind = _kind(query, day)
            elif _is_closer(day, query):
                kind = agreement(query.born, query.until, day, day)
            elif not near or day < from_day or day > to_day:
                continue
            if floors[kind] > 1.0 or min(needed, cells[place, 5] / UNIT) > shares[kind]:
                continue
            if _is_possible(cells[place], own, word, floors[kind], limits, marks):
                count = _list(bearers[place], floors[kind], marks, count)
    return count


@uncounted(inline="always")
def _by_month_day(word: Any, needed: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List the bearers of a word born on the same day of another year, one digit of it another; return how many are listed."""
    offsets, _, cells, bearers, month_days, by_month_day = posting
    floor, share = limits.floors[ONE_DIGIT], limits.shares[ONE_DIGIT]
    own, first = marks.covered[word], word * STRETCHES
    alone = limits.alone and own < len(limits.left) and limits.left[own] > limits.widest * limits.total
    begin, end = offsets[first], offsets[first + STRETCHES]
    if end - begin <= FEW:
        return count  # seen by day
    wanted = query.month_day << YEAR_BITS + 32
    last = query.month_day + 1 << YEAR_BITS + 32
    for at in range(_from_hint(month_days, begin, end, wanted, begin + int((end - begin) * query.of_year)), end):
        key = month_days[at]
        if key >= last:
            break
        if not _is_one_digit(key >> 32 & YEARS, query.year) or (alone and _is_alone(key, marks.signs)):
            continue
        place = by_month_day[at]
        if min(needed, cells[place, 5] / UNIT) > share:
            continue
        if _is_possible(cells[place], own, word, floor, limits, marks):
            count = _list(bearers[place], floor, marks, count)
    return count


@uncounted(inline="always")
def _touch(words: Any, posting: Any, query: Any, ways: Any, marks: Any) -> Any:
    """Read the places where each word's bearers will be looked for: memory answers many questions sooner at once than one by one."""
    listed, begin_word, end_word = words
    offsets, keys, _, _, month_days, _ = posting
    read = np.int64(0)
    for k in range(begin_word, end_word):
        first = listed[k] * STRETCHES
        begin, end = offsets[first], offsets[first + STRETCHES]
        if end - begin > FEW and ways & BY_MONTH_DAY:
            read ^= month_days[begin + int((end - begin) * query.of_year)]
        if ways & BY_DAY:
            for stretch in range(first + 1, first + STRETCHES, 2):
                at = offsets[stretch] + marks.cursors[stretch]
                read ^= keys[at - (at == len(keys))]
    return read


@uncounted(inline="always")
def _walk(words: Any, needed: Any, posting: Any, query: Any, limits: Any, marks: Any, count: Any) -> Any:
    """List the bearers of the words given whose birth dates leave the threshold within reach; return how many."""
    listed, begin_word, end_word = words
    for k in range(begin_word, end_word):
        if query.ways & BY_DAY:
            count = _by_day(listed[k], needed, posting, query, limits, marks, count)
        if query.ways & BY_MONTH_DAY:
            count = _by_month_day(listed[k], needed, posting, query, limits, marks, count)
    return count


@uncounted(inline="always")
def _is_one_digit(one: Any, other: Any) -> Any:
    """Return whether two years differ in one digit, or by one."""
    differ = int(one // 1000 != other // 1000) + int(one // 100 % 10 != other // 100 % 10)
    differ += int(one // 10 % 10 != other // 10 % 10) + int(one % 10 != other % 10)
    return differ == 1 or abs(one - other) == 1


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
    """List every bearer that the bound does not rule out; return how many, and mark names that join tokens.

    Args:
        tokens: words of the query.
        room: of its tokens: whether it is an initial, a key token, from which share on; list words that they make
            joined (words, first and last token, how many); what is kept of each list name: here, the last query that met its joined tokens;
            for each query word, where the names of `known.join_names` begin and end, by spelling and by sound.
        similar: for each query word where its list words begin, and these.
        known: Listed.
        query: Asked.
        limits: Limits.
        marks: Marks.
    """
    single, key, from_share, (joined, begins, ends, joins), memo, join_ranges = room
    starts, others = similar
    count = 0
    for i in range(len(tokens)):
        span = (others, starts[tokens[i]], starts[tokens[i] + 1])
        marks.touched[0] ^= _touch(span, known.posting, query, query.ways, marks)
    for j in range(joins):
        needed = NEVER
        for k in range(begins[j], ends[j] + 1):
            if key[k]:
                needed = min(needed, from_share[k])
        count = _walk((joined, j, j + 1), needed, known.posting, query, limits, marks, count)
    for i in range(len(tokens)):
        if single[i]:
            continue
        for which in range(2 if query.ways & BY_DAY else 0):
            for place in range(join_ranges[tokens[i], which, 0], join_ranges[tokens[i], which, 1]):
                name = known.join_names[place]
                memo[name, JOINED] = marks.epoch
                for bearer in range(known.bearer_offsets[name], known.bearer_offsets[name + 1]):
                    floor = limits.floors[_kind(query, known.bearer_days[bearer])]
                    if floor <= 1.0:
                        count = _list(bearer, floor, marks, count)
        needed = from_share[i] if key[i] else NEVER
        span = (others, starts[tokens[i]], starts[tokens[i] + 1])
        count = _walk(span, needed, known.posting, query, limits, marks, count)
    return count
