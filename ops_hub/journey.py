"""The walk of a journey through the rooms: what its manifest says of a traveller, and which risk rules it sets off.

Reach for `flag()`, over as many travellers and days as are to be compared, and `manifested()` for what rules ask about
manifests. What compares names is left to `pipeline`. No clock, disk or environment in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ops_hub.manifests.assemble import Assembled
from ops_hub.schemas import FLAGS, MANIFESTED, TRAVELLERS, check, conform
from ops_hub.targeting.evaluate import evaluate
from ops_hub.targeting.facts import facts
from ops_hub.targeting.rulefile import Rule


def flag(
    travellers: pl.LazyFrame,
    rules: Sequence[Rule],
    *,
    today: date,
    hits: pl.LazyFrame | None = None,
    history: pl.LazyFrame | None = None,
    manifested: pl.LazyFrame | None = None,
    findings: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """Return FLAGS of TRAVELLERS by risk rules, as one lazy plan.

    Args:
        travellers: TRAVELLERS to be judged.
        rules: what to ask.
        today: the day; rules not valid then are passed over.
        hits: their HITS, when they were screened.
        history: earlier TRAVELLERS.
        manifested: what manifests say of them (`manifested`).
        findings: FINDINGS about their documents (`check_documents`).
    """
    known = facts(
        check(travellers, TRAVELLERS, "flag"),
        today=today, hits=hits, history=history, manifested=manifested, findings=findings,
    )  # fmt: skip
    return check(evaluate(known, rules, today=today), FLAGS, "flag")


def manifested(assembled: Assembled) -> pl.DataFrame:
    """Return MANIFESTED of the people of manifests: what risk rules may ask about a record's manifest."""
    about = assembled.manifests.select(
        "manifest_id",
        pl.col("status").alias("manifest_status"),
        pl.col("late_minutes").alias("list_minutes_late"),
        pl.col("quality").alias("manifest_quality"),
        "departs_at",
    )
    people = assembled.people.drop_nulls("record_id").join(about, on="manifest_id", how="left")
    direction = pl.concat_str(pl.element().struct.field("direction"), pl.lit(":"), pl.element().struct.field("state"))
    first = people.sort("departs_at", "manifest_id", nulls_last=True).unique(
        "record_id", keep="first", maintain_order=True
    )
    told = first.lazy().with_columns(
        pl.col("state").alias("travel_state"),
        pl.col("revision").alias("times_replaced"),
        pl.col("changed").alias("what_changed"),
        pl.col("directions").list.eval(direction),
    )
    return conform(told, MANIFESTED).collect()
