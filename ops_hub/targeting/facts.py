"""TRAVELLERS, their history and their hits into FACTS: what rules ask about, in one lazy plan of joins and group_bys.

Reach for `facts()`. What each column means is in `columns`; how each is made, in flat, members, parties, sharing and
journeys.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ops_hub.schemas import HITS, TRAVELLERS, conform, empty
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.flat import detours, flat, plain_facts
from ops_hub.targeting.journeys import document_facts, seat_changes, trip_facts
from ops_hub.targeting.members import with_members
from ops_hub.targeting.parties import accompanied, listed_members, party_facts
from ops_hub.targeting.sharing import contact_facts, payer_facts

_COUNTING = ("exact-document", "high")  # bands of a hit that make somebody a listed companion


def facts(
    travellers: pl.LazyFrame,
    *,
    today: dt.date,
    hits: pl.LazyFrame | None = None,
    history: pl.LazyFrame | None = None,
    manifested: pl.LazyFrame | None = None,
    findings: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """Return FACTS, a row for each of the travellers, in their order.

    Args:
        travellers: TRAVELLERS to be judged.
        today: stands for the day of departure where a record has none.
        hits: HITS of these travellers; without, the columns about lists say that there are none.
        history: earlier TRAVELLERS; a trip that is in both counts once.
        manifested: MANIFESTED of these travellers; without, its columns are null.
        findings: FINDINGS of these travellers; without, the columns about them are null.
    """
    found = empty(HITS).lazy() if hits is None else hits
    listed = found.filter(pl.col("band").is_in(_COUNTING)).select("record_id").unique()
    earlier = empty(TRAVELLERS).lazy() if history is None else history
    now, before = (
        flat(each.drop("raw", "extra"), now=is_now, today=today)
        for each, is_now in ((travellers, True), (earlier, False))
    )
    people = with_members(
        pl.concat([now, before]).with_row_index("row").cache()
    ).cache()  # the parts take different columns and rows of it
    present = people.filter("now")
    switches, births = document_facts(people)
    party = party_facts(present, listed)
    itself = listed_members(present, listed).with_columns(pl.lit(1).alias("is_listed"))
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
        .join(seat_changes(present), on="trip", how="left", maintain_order="left")
        .join(_hit_facts(found), on="record_id", how="left", maintain_order="left")
        .join(itself, on=["party", "member"], how="left", maintain_order="left")
    )
    if manifested is not None:
        counting = manifested.with_columns(pl.lit(True).alias("_counts"))
        joined = joined.join(counting, on="record_id", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("flight").is_not_null()).then(pl.col("_counts").fill_null(False)).alias("record_counts")
        )
    if findings is not None:
        checks = _finding_facts(findings)
        joined = joined.join(checks, on="record_id", how="left", maintain_order="left").with_columns(
            pl.col("finding_checks", "finding_checks_weak").fill_null(pl.lit([], dtype=pl.List(pl.String)))
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
    texts = {
        "list_id": "hit_lists", "purpose": "hit_purposes", "handling": "hit_handlings", "owner": "hit_owners",
        "birth_agreement": "hit_birth_agreements", "document_agreement": "hit_document_agreements",
    }  # fmt: skip
    return hits.group_by("record_id").agg(
        pl.len().cast(pl.Int64).alias("hit_count"),
        pl.col("score").max().alias("hit_score"),
        pl.col("name_score").max().alias("hit_name_score"),
        best.alias("hit_band"),
        *(pl.col(name).drop_nulls().unique().sort().alias(to) for name, to in texts.items()),
        pl.col("crime_types").explode().drop_nulls().unique().sort().alias("hit_crime_types"),
    )


def _finding_facts(findings: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by record, which checks found something about it, or about it and another record."""
    columns = ("check", "severity", "is_weak")
    both = pl.concat(
        findings.select(pl.col(record).alias("record_id"), *columns) for record in ("record_id", "other_record_id")
    ).drop_nulls("record_id")
    weak, rank = pl.col("is_weak"), pl.col("severity").replace_strict({"low": 0, "medium": 1, "high": 2}, default=None)
    return both.group_by("record_id").agg(
        pl.col("check").filter(~weak).unique().sort().alias("finding_checks"),
        pl.col("check").filter(weak).unique().sort().alias("finding_checks_weak"),
        pl.col("severity").filter(~weak).sort_by(rank.filter(~weak)).last().alias("finding_severity"),
    )
