"""A whole bulletin: what is known of the time, in the order of article 10 of the Smuggling of Migrants Protocol.

Reach for `bulletin()`; what it returns is what is printed, sent as JSON and drawn. Nothing else leaves the room, and
all of it is numbers of cells of at least k persons, their sums and shares (see `folding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from ops_hub.errors import FeedError
from ops_hub.trends.changes import LEAST_PERIODS, Change, changes
from ops_hub.trends.frames import UNKNOWN
from ops_hub.trends.journeys import DAYS, Window, journeys, messages_of
from ops_hub.trends.series import Floats, Series, series
from ops_hub.trends.tables import SECTIONS, TABLES, counted


@dataclass(frozen=True)
class Asked:
    """What a bulletin is asked for.

    Attributes:
        centre: who issues it.
        within: the window of days.
        k: least number of persons of a cell.
        false_alarms: rate of false alarms among the changes named.
        files: number of feed files.
        digest: hash of their contents.
    """

    centre: str
    within: Window
    k: int
    false_alarms: float
    files: int
    digest: str


def bulletin(
    found: pl.DataFrame, asked: Asked, hits: pl.LazyFrame | None = None, findings: pl.LazyFrame | None = None
) -> dict[str, Any]:
    """Return the bulletin as plain data.

    Args:
        found: RECORDS.
        asked: what for.
        hits: HITS of these travellers; None where nothing was screened.
        findings: FINDINGS of their documents; None where they were not checked.

    Raises:
        FeedError: no period has k persons.
    """
    within = asked.within
    whole = journeys(found, within, hits, findings)
    known = counted(whole, asked.k, hits=hits is not None, findings=findings is not None)
    periods: list[date] = known.totals["period"].to_list()
    if not periods:
        raise FeedError(
            "history", f"no {within.period} has {asked.k} different persons", "give more feeds, or --period week"
        )
    each = series(known, within, asked.k)
    told = changes(each, periods, within.period, asked.false_alarms)
    is_enough = len(periods) >= LEAST_PERIODS[within.period]
    return {
        "issued_by": asked.centre,
        # of the periods shown: that somebody departed before or after is not told
        "since": max(within.since, periods[0]),
        "until": min(within.until, periods[-1] + timedelta(days=DAYS[within.period] - 1)),
        "period": within.period,
        "k": asked.k,
        "made_from": {
            "journeys": int(known.totals["journeys"].sum()),
            "messages": messages_of(found, within, known.totals["period"]),
            "files": asked.files,
            "hash": asked.digest[:16],
        },
        "false_alarms": asked.false_alarms,
        "series_tested": sum(one.is_tested for one in each) if is_enough else 0,
        "changes": sum(change is not None for change in told),
        "periods_needed": LEAST_PERIODS[within.period],
        "periods": periods,
        "journeys": known.totals["journeys"].to_list(),
        "tables": _tables(each, told),
    }


def _tables(each: Sequence[Series], told: Sequence[Change | None]) -> list[dict[str, Any]]:
    made = []
    for name, table in TABLES.items():
        rows = [_row(one, change) for one, change in zip(each, told, strict=True) if one.table == name]
        if rows:
            about = {
                "table": name,
                "title": table.title,
                "section": SECTIONS[table.section],
                "share_of": table.share_of,
            }
            made.append(about | {"series": rows})
    return made


def _row(one: Series, change: Change | None) -> dict[str, Any]:
    is_share = one.table != "volume"
    total, of = np.nansum(one.journeys), np.nansum(one.of)
    is_part = is_share and one.category != UNKNOWN and of > 0
    return {
        "group": one.group,
        "category": one.category,
        "total": int(total),
        "share": round(float(total / of), 4) if is_part else None,
        "journeys": _whole(one.journeys),
        "of": _whole(one.of) if is_share else None,
        "change": _said(change, is_share) if change else None,
    }


def _whole(numbers: Floats) -> list[int | None]:
    return [None if np.isnan(number) else int(number) for number in numbers]


def _said(change: Change, is_share: bool) -> dict[str, Any]:
    before, after = (
        None if level is None else round(level, 4 if is_share else 1) for level in (change.before, change.after)
    )
    return {
        "at": change.at,
        "direction": "up" if change.is_rise else "down",
        "before": before,
        "after": after,
        "p_adjusted": change.p,
        "strength": change.strength,
    }
