"""What each carrier sent against what its schedule says it should have: missing, late, empty, poor.

Reach for `compliance()`. A carrier is judged by what was due in the period only.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ops_hub.manifests.duties import PARTS, Duties
from ops_hub.manifests.frames import COMPLIANCE
from ops_hub.schemas import conform

_DAY = ("flight", "departure_date", "from_port", "to_port")


def compliance(
    manifests: pl.DataFrame, schedule: pl.DataFrame, duties: Duties, since: date, until: date
) -> pl.DataFrame:
    """Return COMPLIANCE, one row a carrier.

    Args:
        manifests: as `assemble` returns them.
        schedule: SCHEDULE: the departures of the period.
        duties: the limit of poor quality, and names of carriers.
        since: first day of the period.
        until: last day of the period.
    """
    due = schedule.with_columns(pl.col("departs_at").dt.date().alias("departure_date"))
    about = manifests.filter(pl.col("departure_date").is_between(since, until) & pl.col("is_reported"))
    matched = due.join(
        about.select(*_DAY, "manifest_id", "status", "closed_at"), on=list(_DAY), how="left", nulls_equal=True
    )
    scheduled = about.join(due, on=list(_DAY), how="semi", nulls_equal=True)
    came = pl.col("manifest_id").is_not_null()
    named = pl.concat_str(
        "flight",
        pl.lit("/"),
        pl.col("departure_date").dt.to_string("%Y-%m-%d"),
        pl.lit("/"),
        "from_port",
        pl.lit("-"),
        "to_port",
    )
    of_schedule = matched.sort("departs_at", "flight").group_by("carrier").agg(
        pl.len().alias("expected"),
        came.sum().alias("arrived"),
        (~came).sum().alias("missing"),
        (pl.col("closed_at").is_null() & (pl.col("status") != "cancelled").fill_null(True)).sum().alias("no_close_out"),
        named.filter(~came).alias("missing_flights"),
    )  # fmt: skip
    extra = about.join(scheduled, on="manifest_id", how="anti").group_by("carrier").agg(pl.len().alias("unscheduled"))
    whole = of_schedule.join(_sent(about, duties), on="carrier", how="full", coalesce=True, nulls_equal=True)
    whole = whole.join(extra, on="carrier", how="left", nulls_equal=True)
    counts = [name for name, column in COMPLIANCE.items() if column.dtype == pl.UInt32]
    names = {code: each.name for code, each in duties.carriers.items()}
    return (
        conform(
            whole.with_columns(
                pl.col(counts).fill_null(0),
                pl.col("carrier").replace_strict(names, default=None, return_dtype=pl.String).alias("name"),
                pl.coalesce("missing_flights", pl.lit([], dtype=pl.List(pl.String))).alias("missing_flights"),
            ).lazy(),
            COMPLIANCE,
        )
        .collect()
        .sort("carrier", nulls_last=True)
    )


def _sent(about: pl.DataFrame, duties: Duties) -> pl.DataFrame:
    goes = pl.col("status") != "cancelled"
    listed = pl.col("passengers") + pl.col("transit")
    differs = (pl.col("expected_passengers") != pl.col("arrived_passengers").fill_null(0)).fill_null(False)
    return about.group_by("carrier").agg(
        (pl.col("late_minutes") > 0).fill_null(False).sum().alias("late"),
        (goes & (listed + pl.col("booked_only") + pl.col("crew") + pl.col("boarded") == 0)).sum().alias("empty"),
        (goes & (listed == 0) & (pl.col("boarded_passengers") == 0)).sum().alias("no_list"),
        (goes & ((pl.col("lost_parts").list.len() > 0).fill_null(False) | differs)).sum().alias("incomplete"),
        (pl.col("quality") < duties.poor).fill_null(False).sum().alias("poor"),
        (listed + pl.col("crew") + pl.col("booked_only")).sum().alias("travellers"),
        pl.col("quality").mean(),
        *(pl.col(f"{part}_part").mean() for part in PARTS),
    )
