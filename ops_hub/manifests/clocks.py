"""Local times and senders' clocks in universal time, and when a carrier's duty falls due.

Reach for `universal()` and `with_duties()`. A port whose time zone is not known gives null, never a guess.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.duties import Duties
from ops_hub.states import States


def universal(frame: pl.DataFrame, at: str, port: str, states: States) -> pl.Series:
    """Return a column of local times in universal time.

    Args:
        frame: has both columns.
        at: name of the column of local times.
        port: name of the column of ports, in the form of `legs.port`.
        states: time zones of ports that are no airports.
    """
    zones = {each: states.zone(each) for each in frame[port].unique().drop_nulls().to_list()}
    zoned = frame.select(at, _zone=pl.col(port).replace_strict(zones, default=None, return_dtype=pl.String))
    told = pl.when(pl.lit(False)).then(pl.col(at)).otherwise(None)  # a column of nulls, also where there is no row
    for zone in sorted({each for each in zones.values() if each}):
        local = pl.col(at).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        here = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        told = pl.when(pl.col("_zone") == zone).then(here).otherwise(told)
    return zoned.select(told.alias(at))[at]


def with_duties(manifests: pl.DataFrame, duties: Duties, states: States) -> pl.DataFrame:
    """Return the manifests with `leaves_at` (UTC), `due_at`, `crew_due_at`, `close_due_at` (UTC) and `clock`."""
    pairs = manifests.select("carrier", "from_port").unique(maintain_order=True)
    owed = [duties.owed(carrier, port) for carrier, port in pairs.iter_rows()]
    told = pairs.with_columns(
        pl.Series("_passengers", [each.passengers for each in owed], dtype=pl.Int64),
        pl.Series("_crew", [each.crew for each in owed], dtype=pl.Int64),
        pl.Series("_close", [each.close_out for each in owed], dtype=pl.Int64),
        pl.Series("clock", [each.clock for each in owed], dtype=pl.String),
    )
    whole = manifests.join(told, on=["carrier", "from_port"], how="left", nulls_equal=True, maintain_order="left")
    whole = whole.with_columns(universal(whole, "departs_at", "from_port", states).alias("leaves_at"))
    return whole.with_columns(
        (pl.col("leaves_at") - pl.duration(minutes=name)).alias(due)
        for name, due in (("_passengers", "due_at"), ("_crew", "crew_due_at"), ("_close", "close_due_at"))
    ).drop("_passengers", "_crew", "_close")


def sent_at(frame: pl.DataFrame, at: str, states: States) -> pl.Expr:
    """Return an expression of a sender's time in universal time, by the carrier's `clock` (utc or local)."""
    local = universal(frame, at, "from_port", states)
    return pl.when(pl.col("clock") == "local").then(pl.lit(local)).otherwise(pl.col(at)).alias(at)
