"""Exact chances of counts, and which of many tests are discoveries at a stated rate of false ones.

Reach for `poisson_binomial_tail()` where trials have chances of their own, `binomial_tail()` where they have the same,
`hypergeometric_tail()` for a cell of a table, and `adjusted()` for the rate of false discoveries. Sums are of positive
terms only, so a chance of 1e-30 is as exact as one of a half. What is counted is left to the analyses.
"""

from __future__ import annotations

from math import lgamma

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EULER = 0.5772156649015329
_FEW = 100_000  # terms of a harmonic sum that are added one by one
_CELLS = 4_000_000  # of the table of one pass


def _choose(n: int, k: Ints) -> Floats:
    """Return the logarithm of n over k."""
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1, dtype=np.float64)))]) if n < _FEW else None
    if factorial is not None:
        return np.asarray(factorial[n] - factorial[k] - factorial[n - k], dtype=np.float64)
    return np.array([lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1) for j in k.tolist()])


def binomial_tail(x: int, n: int, p: float) -> float:
    """Return the chance of x or more successes in n trials with chance p each."""
    if x <= 0 or p >= 1:
        return float(x <= n)
    if x > n or p <= 0:
        return 0.0
    k = np.arange(x, n + 1)
    return min(1.0, float(np.exp(_choose(n, k) + k * np.log(p) + (n - k) * np.log1p(-p)).sum()))


def hypergeometric_tail(x: int, total: int, marked: int, drawn: int) -> float:
    """Return the chance that x or more of `drawn` things are marked, of `total` things of which `marked` are."""
    k = np.arange(max(x, drawn + marked - total, 0), min(marked, drawn) + 1)
    if not len(k):
        return 0.0
    terms = _choose(marked, k) + _choose(total - marked, drawn - k) - _choose(total, np.array([drawn]))
    return min(1.0, float(np.exp(terms).sum()))


def poisson_binomial_tail(owner: NDArray[np.integer], chance: Floats, wanted: ArrayLike) -> Floats:
    """Return, for each owner, the chance that `wanted` or more of its trials succeed.

    Args:
        owner: of each trial, 0 to len(wanted) - 1, sorted.
        chance: of each trial.
        wanted: successes of each owner.
    """
    wished = np.asarray(wanted, dtype=np.int64)
    found = np.where(wished <= 0, 1.0, 0.0)
    if not len(wished):
        return found
    trials = np.bincount(owner, minlength=len(wished))
    begins = np.cumsum(trials) - trials
    order = np.argsort(trials, kind="stable")  # those with as many trials go through together
    start = 0
    while start < len(order):
        width = int(wished[order[start:]].max()) + 1
        some = order[start : start + max(1, _CELLS // max(1, width))]
        found[some] = _one_pass(begins[some], trials[some], chance, wished[some])
        start += len(some)
    return np.minimum(found, 1.0)


def _one_pass(begins: Ints, trials: Ints, chance: Floats, wished: Ints) -> Floats:
    """Add trials one by one: state[k] is the chance of k successes so far, and the state `wished` is never left."""
    rows = np.arange(len(wished))
    state = np.zeros((len(wished), max(int(wished.max()), 0) + 1))
    state[:, 0] = 1.0
    last = np.maximum(wished, 0)
    for trial in range(int(trials.max(initial=0))):
        has = trial < trials
        p = np.where(has, chance[np.where(has, begins + trial, 0)], 0.0)[:, None]
        moved = state * p
        moved[rows, last] = 0.0  # who has as many as wished stays there
        state -= moved
        state[:, 1:] += moved[:, :-1]
    return np.asarray(state[rows, last], dtype=np.float64)


def adjusted(chances: Floats, tests: int, *, independent: bool = False) -> Floats:
    """Return the smallest rate of false discoveries at which each would be one.

    Benjamini and Yekutieli (2001), right under any dependence between tests.

    Args:
        chances: of those tests that may be discoveries.
        tests: how many tests there are in all; those not given count as chance 1.
        independent: Benjamini and Hochberg (1995): smaller by the factor 1 + 1/2 + ... + 1/tests.
    """
    tests = max(tests, len(chances), 1)
    order = np.argsort(chances, kind="stable")
    rates = chances[order] * tests / np.arange(1, len(chances) + 1)
    if not independent:
        rates = rates * _harmonic(tests)
    out = np.empty(len(chances))
    out[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
    return out


def _harmonic(n: int) -> float:
    return float((1 / np.arange(1, n + 1)).sum()) if n < _FEW else float(np.log(n) + _EULER + 0.5 / n)
