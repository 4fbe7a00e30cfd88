"""Counted histories without any change, or with one that is planted, to measure false alarms and power.

`python -m tests.trends.simulated` prints the table of docs/trends.md.
"""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import polars as pl

from ops_hub.trends.changes import changes
from ops_hub.trends.frames import BASES, CELLS
from ops_hub.trends.journeys import Window
from ops_hub.trends.series import series
from ops_hub.trends.tables import Counted

START = dt.date(2026, 1, 5)  # a Monday
K = 10


def history(seed, *, periods=60, period="day", travellers=3000, categories=60, memory=0.0, planted=1.0):
    """Return Counted of one table: shares that differ by weekday and vary from day to day, in a feed that grows and fails.

    Args:
        seed: decides all.
        periods: days or weeks.
        period: day or week.
        travellers: a period, at the end.
        categories: of the table; the largest has a tenth, the smallest next to nothing.
        memory: how much a day's shares hang on those of the day before, 0 to 1.
        planted: factor by which category 20's share grows in the last third.
    """
    rng = np.random.default_rng(seed)
    size = np.exp(-np.arange(categories) / (categories / 4))
    rhythm = rng.normal(0, 0.3, (7, categories))
    drift = np.zeros((periods, categories))
    for at in range(periods):
        news = rng.normal(0, 0.15, categories)
        drift[at] = news if at == 0 else memory * drift[at - 1] + np.sqrt(1 - memory**2) * news
    step = 7 if period == "week" else 1
    weekday = np.arange(periods) % 7 if step == 1 else np.zeros(periods, dtype=int)
    weight = size * np.exp(drift + rhythm[weekday])
    weight[periods * 2 // 3 :, 20] *= planted
    share = weight / weight.sum(axis=1, keepdims=True)
    total = rng.poisson(travellers * np.linspace(0.6, 1, periods) * rng.lognormal(0, 0.2, periods))
    total[rng.random(periods) < 0.03] //= 10  # days on which most of the feed was missing
    counts = np.array([rng.multinomial(n, p) for n, p in zip(total, share, strict=True)])
    days = [START + dt.timedelta(days=step * at) for at in range(periods)]
    rows = [
        ("carrier", "", f"C{c}", day, int(n) if n >= K else None, bool(n < K))
        for day, line in zip(days, counts, strict=True)
        for c, n in enumerate(line)
    ]
    cells = pl.DataFrame(rows, schema={name: column.dtype for name, column in CELLS.items()}, orient="row")
    base = [("carrier", "", day, int(n)) for day, n in zip(days, total, strict=True)]
    bases = pl.DataFrame(base, schema={name: column.dtype for name, column in BASES.items()}, orient="row")
    return Counted(pl.DataFrame({"period": days, "journeys": total}), cells, bases)


def named(seed, rate=0.05, **options):
    """Return {category: Change} of what is named in a simulated history."""
    counted, period = history(seed, **options), options.get("period", "day")
    days = counted.totals["period"].to_list()
    within = Window(days[0], days[-1] + dt.timedelta(days=6), period, ())
    found = series(counted, within, K)
    told = changes(found, days, period, rate)
    return {one.category: change for one, change in zip(found, told, strict=True) if change}


def lines():
    """Yield the lines of the table."""
    yield "false alarms: histories of 400 without change in which anything was named"
    for what in (
        {"periods": 28}, {"periods": 60}, {"periods": 120}, {"period": "week", "periods": 12}, {"period": "week", "periods": 52},
        {"periods": 60, "travellers": 300}, {"periods": 60, "memory": 0.1}, {"periods": 60, "memory": 0.3}, {"periods": 60, "memory": 0.5},
        {"periods": 120, "memory": 0.3}, {"periods": 120, "memory": 0.5}, {"periods": 120, "memory": 0.7},
        {"period": "week", "periods": 52, "memory": 0.3},
    ):  # fmt: skip
        yield f"{what} {sum(bool(named(seed, **what)) for seed in range(400)) / 400:.3f}"
    yield "power: histories of 100 with a planted change in which it was named; others named beside it; median days off"
    for what in (
        {"planted": 1.1}, {"planted": 1.2}, {"planted": 1.5}, {"planted": 2.0}, {"planted": 0.5}, {"planted": 1.5, "periods": 28},
        {"planted": 1.2, "periods": 120}, {"planted": 1.3, "periods": 120}, {"planted": 1.5, "periods": 120},
        {"planted": 2.0, "travellers": 300}, {"planted": 1.5, "period": "week", "periods": 12}, {"planted": 1.5, "period": "week", "periods": 26},
    ):  # fmt: skip
        told = [named(seed, **what) for seed in range(100)]
        hit = [each["C20"].at for each in told if "C20" in each]
        step = 7 if what.get("period") == "week" else 1
        true = START + dt.timedelta(days=step * (what.get("periods", 60) * 2 // 3))
        off = np.median([abs((at - true).days) for at in hit]) if hit else None
        yield f"{what} {len(hit)} {np.mean([len(each) - ('C20' in each) for each in told]):.2f} {off}"


if __name__ == "__main__":
    for line in lines():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
