"""TRAVELLERS, their history and their hits into FACTS: what rules ask about, in one lazy plan of joins and group_bys.

Reach for `facts()`. What each column means is in `columns`; how each is made, in flat, parties, sharing and journeys.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ops_hub.schemas import HITS, TRAVELLERS, conform, empty
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.flat import detours, flat, plain_facts
from ops_hub.targeting.journeys import document_facts, trip_facts
from ops_hub.targeting.parties import accompanied, party_facts
from ops_hub.targeting.sharing import contact_facts, payer_facts

_COUNTING = ("exact-document", "high")  # bands of a hit that make somebody a listed companion


def facts(
    travellers: pl.LazyFrame, *, today: dt.date, hits: pl.LazyFrame | None = None, history: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """Return FACTS, a row for each of the travellers, in their order.

    Args:
        travellers: TRAVELLERS to be judged.
        today: stands for the day of departure where a record has none.
        hits: HITS of these travellers; without, the columns about lists say that there are none.
        history: earlier TRAVELLERS; a trip that is in both counts once.
    """
    found = empty(HITS).lazy() if hits is None else hits
    listed = found.filter(pl.col("band").is_in(_COUNTING)).select("record_id").unique()
    earlier = empty(TRAVELLERS).lazy() if history is None else history
    now, before = (
        flat(each.drop("raw", "extra"), now=is_now, today=today)
        for each, is_now in ((travellers, True), (earlier, False))
    )
    people = pl.concat([now, before]).with_row_index("row").cache()  # the parts take different columns and rows of it
    present = people.filter("now")
    switches, births = document_facts(people)
    party = party_facts(present, listed)
    joined = (
        present.with_columns(plain_facts())
        .join(party, on="party", how="left", maintain_order="left")
        .join(detours(present), on="row", how="left", maintain_order="left")
        .join(trip_facts(people), on="trip", how="left", maintain_order="left")
        .join(accompanied(people), on=["member", "at"], how="left", maintain_order="left")
        .join(switches, on=["named", "at", "document"], how="left", maintain_order="left")
        .join(births, on="document", how="left", maintain_order="left")
        .join(payer_facts(people), on="row", how="left", maintain_order="left")
        .join(contact_facts(people), on="row", how="left", maintain_order="left")
        .join(_hit_facts(found), on="record_id", how="left", maintain_order="left")
        .join(listed.with_columns(pl.lit(1).alias("is_listed")), on="record_id", how="left", maintain_order="left")
    )
    minor_facts = [name for name in FACTS if name.endswith("_365_days") and name.startswith(("distinct", "unrelated"))]
    told = joined.with_columns(
        pl.col("hit_count", *minor_facts).fill_null(0),
        (pl.col("party_listed") - pl.col("is_listed").fill_null(0)).clip(0).alias("co_travel_with_listed"),
    )
    return conform(told, FACTS)


def _hit_facts(hits: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by record, what its hits say together."""
    order = {"exact-document": 0, "high": 1, "review": 2}
    best = pl.col("band").sort_by(pl.col("band").replace_strict(order, default=3, return_dtype=pl.Int8)).first()
    texts = {"list_id": "hit_lists", "purpose": "hit_purposes", "handling": "hit_handlings"}
    return hits.group_by("record_id").agg(
        pl.len().cast(pl.Int64).alias("hit_count"),
        pl.col("score").max().alias("hit_score"),
        best.alias("hit_band"),
        *(pl.col(name).drop_nulls().unique().sort().alias(to) for name, to in texts.items()),
        pl.col("crime_types").explode().drop_nulls().unique().sort().alias("hit_crime_types"),
    )
