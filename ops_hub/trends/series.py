"""CELLS into series: one category of a table, period by period, as numbers that can be compared.

Reach for `series()`. A series is a share, so that a feed that grows, or is missing for a day, changes nothing by itself:
of the journeys of which the attribute is known, or of the route's. Only the number of all journeys is a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from ops_hub.trends.frames import OTHERS, UNKNOWN
from ops_hub.trends.journeys import DAYS, Window
from ops_hub.trends.tables import Counted

LEAST_SIDE = 3  # periods before and after a change
MOST_SERIES = 100  # of a table, the largest, about; more are neither shown nor tested

Bools = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
_Parts = Mapping[tuple[object, ...], pl.DataFrame]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Series:
    """One category over the periods shown.

    Attributes:
        table, group, category: which.
        journeys: by period, NaN where the number may not be told.
        of: what they are shares of, NaN where it is not known; all 1 for the number of all journeys.
        small: by period, whether there were fewer than k persons.
        level: journeys or shares made of equal variance, about 1/2 (arcsine, square root); NaN where
            nothing is known.
    """

    table: str
    group: str
    category: str
    journeys: Floats
    of: Floats
    small: Bools
    level: Floats = field(repr=False)

    @property
    def is_tested(self) -> bool:
        """Whether enough of it is known to look for a change."""
        return self.category not in (OTHERS, UNKNOWN) and int((~np.isnan(self.journeys)).sum()) >= LEAST_SIDE

    def mean(self, begin: int, end: int) -> float | None:
        """Return the share (or journeys a period) over some periods, of numbers that may be told; None where most may not."""
        known = ~np.isnan(self.journeys[begin:end]) & ~np.isnan(self.of[begin:end])
        if known.sum() * 2 < (known | self.small[begin:end]).sum() or not known.any():
            return None
        return float(self.journeys[begin:end][known].sum() / self.of[begin:end][known].sum())


def series(counted: Counted, within: Window, k: int) -> list[Series]:
    """Return the series of all tables, largest first in each table.

    Args:
        counted: all tables.
        within: the window, for weeks that it cuts.
        k: least number of persons of a cell.
    """
    names = ["table", "group", "category"]
    sizes = counted.cells.drop_nulls("journeys").group_by(names).agg(pl.col("journeys").sum())
    is_rest = pl.col("category").is_in([OTHERS, UNKNOWN])
    ordered = sizes.sort("table", is_rest, "journeys", *names[1:], descending=[False, False, True, False, False])
    chosen = ordered.group_by("table", maintain_order=True).head(MOST_SERIES)
    periods = counted.totals["period"]
    place = {period: at for at, period in enumerate(periods)}
    full = ~_is_cut(periods, within)
    cells = counted.cells.join(chosen.select(names), on=names, how="semi").partition_by(names, as_dict=True)
    bases = counted.bases.partition_by("table", "group", as_dict=True)
    return list(_each(chosen, cells, bases, place, full, k))


def _each(
    chosen: pl.DataFrame, cells: _Parts, bases: _Parts, place: Mapping[date, int], full: Bools, k: int
) -> Iterator[Series]:
    empty = np.full(len(place), np.nan)
    for table, group, category, *_ in chosen.iter_rows():
        journeys, of, small = empty.copy(), empty.copy(), np.ones(len(place), dtype=np.bool_)
        cell = cells[table, group, category]
        at = [place[period] for period in cell["period"]]
        journeys[at] = cell["journeys"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        small[at] = cell["is_small"].to_numpy()
        if table == "volume":
            of[:] = 1.0
            level = np.where(full, 2 * np.sqrt(journeys + 3 / 8), np.nan)
        else:
            base = bases.get((table, group))
            if base is not None:
                of[[place[period] for period in base["period"]]] = base["of"].cast(pl.Float64).to_numpy()
            small &= ~np.isnan(of)
            level = 2 * np.arcsin(
                np.sqrt(np.minimum(_shares(journeys, of, small, k), 1))
            )  # 'not known' can be more than those known
        yield Series(table, group, category, journeys, of, small, level)


def _shares(journeys: Floats, of: Floats, small: Bools, k: int) -> Floats:
    """Return shares to be compared: whatever lies below a floor, told or too small to be told, is the floor.

    The floor is k of the journeys of a period with few (one in ten has fewer; it is left out where the floor is
    needed). So whether a cell is told, which changes as the feed grows or fails, makes no difference by itself.
    """
    known = ~np.isnan(of)
    if not (small & known).any():
        return journeys / of
    few = max(float(np.quantile(of[known], 0.1)), float(k))
    share = np.where(small, 0.0, journeys) / of
    return np.where(of < few, np.nan, np.maximum(share, k / few))


def _is_cut(periods: pl.Series, within: Window) -> Bools:
    """Return which periods lie only in part within the window: their number of journeys says nothing."""
    last = timedelta(days=DAYS[within.period] - 1)
    return np.array([day < within.since or day + last > within.until for day in periods], dtype=np.bool_)
