"""Which series changed, and when, at a stated rate of false alarms.

Reach for `changes()`. Of each series the best single split in two levels is sought (least squares, as `ruptures` finds
it). Whether a split says anything is asked of chance: days are shuffled among the same weekdays (weeks among all), from
sixteen weeks on whole weeks are, which keeps the week's rhythm and destroys any change; and the split of the shuffled
series must nearly always explain less.
Benjamini and Hochberg's procedure over all series then keeps the expected share of false ones among those named, and
the probability to name any where nothing changed, at the rate asked for.

What it takes for granted: that without a change one Monday is like any other. That a day hangs on the day before is
allowed for as far as can be estimated; docs/trends.md says what it does where they hang together closely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ops_hub.trends.series import LEAST_SIDE, Floats, Series

LEAST_PERIODS = {"day": 21, "week": 8}  # fewer cannot tell a change from chance
WEEK, LEAST_WEEKS = 7, 16  # fewer weeks have too few orders to find a change among many series
_ENOUGH = 20  # shuffles that beat a series: it is no candidate any more
_MOST_SHUFFLES = 100_000
_AT_ONCE = 2_000_000  # numbers in memory at a time
_SEED = 20001115  # any; the same for the same result

Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Change:
    """A change of a series.

    Attributes:
        at: first period after it.
        before, after: share (or journeys a period); None where most periods have fewer than k persons.
        is_rise: up or down.
        p: adjusted p-value: the rate of false alarms at which it would just be named.
        strength: the share of the series' variation that the split explains.
    """

    at: date
    before: float | None
    after: float | None
    is_rise: bool
    p: float
    strength: float


def changes(found: Sequence[Series], periods: Sequence[date], period: str, rate: float) -> list[Change | None]:
    """Return the change of each series, None where there is none (or nothing can be tested).

    Args:
        found: series over the periods, all that are published.
        periods: their first days.
        period: day or week.
        rate: of false alarms, 0 to 1.
    """
    told: list[Change | None] = [None] * len(found)
    tested = [at for at, each in enumerate(found) if each.is_tested]
    if not tested or len(periods) < LEAST_PERIODS[period]:
        return told
    alike = np.array([day.weekday() if period == "day" else 0 for day in periods])
    levels = residuals(np.column_stack([found[at].level for at in tested]), alike)
    adjusted = adjusted_p(p_values(levels, alike, rate))
    for column, at in enumerate(tested):
        if adjusted[column] <= rate:
            told[at] = _change(found[at], levels[:, column], periods, float(adjusted[column]))
    return told


def residuals(levels: Floats, alike: Ints) -> Floats:
    """Return levels (periods x series) less the mean of their kind of day; 0 where nothing is known."""
    left = np.zeros_like(levels)
    for kind in np.unique(alike):
        rows = levels[alike == kind]
        known = ~np.isnan(rows)
        mean = np.where(known, rows, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        left[alike == kind] = np.where(known, rows - mean, 0)
    return left


def evidence(left: Floats) -> Floats:
    """Return how much the best split explains of what it leaves: (..., periods, series) -> (..., series).

    Where a day hangs on the day before, chance alone makes longer runs: so it is divided by how much longer, as in a
    series in which each value keeps a part (their correlation) of the one before.
    """
    n = left.shape[-2]
    at = np.arange(LEAST_SIDE, n - LEAST_SIDE + 1)
    # the sum of all is 0, so that of one side says both
    ahead = np.cumsum(left, axis=-2)[..., at - 1, :]
    gains = ahead**2 * (n / (at * (n - at)))[:, None]
    best = np.argmax(gains, axis=-2, keepdims=True)
    split, before = at[best], np.take_along_axis(ahead, best, axis=-2)
    level = np.where(np.arange(n)[:, None] < split, before / split, -before / (n - split))
    rest = left - level
    noise = np.maximum((rest**2).sum(axis=-2), 1e-12)
    memory = np.clip((rest[..., 1:, :] * rest[..., :-1, :]).sum(axis=-2) / noise, 0, 0.95)
    found: Floats = np.take_along_axis(gains, best, axis=-2)[..., 0, :] / noise * (1 - memory) / (1 + memory)
    return found


def best_split(left: Floats) -> int:
    """Return where one series is best split in two levels, by least squares: the first period of the new one."""
    n = len(left)
    at = np.arange(LEAST_SIDE, n - LEAST_SIDE + 1)
    ahead, whole = np.cumsum(left)[at - 1], left.sum()
    return int(at[np.argmax(ahead**2 / at + (whole - ahead) ** 2 / (n - at))])


def adjusted_p(found: Floats) -> Floats:
    """Return p-values adjusted by Benjamini and Hochberg's procedure."""
    order = np.argsort(found)[::-1]
    ranked = found[order] * len(found) / np.arange(len(found), 0, -1)
    adjusted: Floats = np.empty(len(found))
    adjusted[order] = np.minimum(np.minimum.accumulate(ranked), 1)
    return adjusted


def p_values(left: Floats, alike: Ints, rate: float) -> Floats:
    """Return how often a shuffled series has a better split, for each series of (periods, series).

    A series is shuffled until _ENOUGH shuffles beat it (Besag and Clifford 1991), or so often that the smallest p-value
    could pass among all series.
    """
    n, m = left.shape
    most = int(min(_MOST_SHUFFLES, max(2000, np.ceil(4 * m / rate))))
    found = np.ones(m)
    open_ = np.flatnonzero(np.abs(left).sum(axis=0) > 0)
    real, beaten, done = evidence(left), np.zeros(m, dtype=np.int64), 0
    rng = np.random.default_rng(_SEED)
    while open_.size and done < most:
        size = int(min(most - done, max(1, _AT_ONCE // (n * open_.size)), 500))
        order = shuffles(rng, alike, size)
        # a hair of tolerance: the same days in another order must count as equal
        is_better = evidence(left[:, open_][order]) >= real[open_] * (1 - 1e-9)
        so_far = beaten[open_] + np.cumsum(is_better, axis=0)
        is_out = so_far[-1] >= _ENOUGH
        found[open_[is_out]] = _ENOUGH / (done + 1 + np.argmax(so_far[:, is_out] >= _ENOUGH, axis=0))
        beaten[open_] = so_far[-1]
        open_, done = open_[~is_out], done + size
    found[open_] = (beaten[open_] + 1) / (done + 1)
    return found


def shuffles(rng: np.random.Generator, alike: Ints, size: int) -> Ints:
    """Return orders of the periods (size, periods) in which each takes the place of one of its kind.

    Long histories of days are shuffled in whole weeks, which keeps what hangs together within a week.
    """
    weeks = alike.size // WEEK
    if np.unique(alike).size > 1 and weeks >= LEAST_WEEKS:
        begin = rng.integers(0, alike.size - weeks * WEEK + 1, (size, 1))
        week = np.argsort(rng.random((size, weeks)), axis=1)
        moved = (begin[:, :, None] + week[:, :, None] * WEEK + np.arange(WEEK)).reshape(size, -1)
        whole = np.tile(np.arange(alike.size), (size, 1))
        np.put_along_axis(whole, begin + np.arange(weeks * WEEK), moved, axis=1)
        return whole
    kinds = np.unique(alike, return_inverse=True)[1]
    place = np.argsort(kinds, kind="stable")
    order = np.empty((size, alike.size), dtype=np.int64)
    order[:, place] = np.argsort(kinds + rng.random((size, alike.size)), axis=1)
    return order


def _change(each: Series, left: Floats, periods: Sequence[date], p: float) -> Change:
    split = best_split(left)
    total = float((left**2).sum())
    explained = float(left[:split].sum() ** 2 * len(left) / (split * (len(left) - split)))
    return Change(
        at=periods[split],
        before=each.mean(0, split),
        after=each.mean(split, len(periods)),
        is_rise=bool(left[split:].mean() > left[:split].mean()),
        p=float(f"{p:.1g}"),
        strength=round(explained / total, 2) if total else 0.0,
    )
