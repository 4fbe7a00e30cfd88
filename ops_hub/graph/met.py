"""Hits into what a network says of them: who met which entry, how strongly, and how that must be handled.

Reach for `met()`. A hit is a lead for a person to verify: an edge with a band and a score, never a person's description.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.nodes import BANDS
from ops_hub.schemas import ENTRIES, HITS, check

HANDLINGS = ("protect", "enforce", "discreet")  # what counts first
UNKNOWN = "unknown"  # stands where entries were not given: no rule names it, so that it counts as the strictest


def met(hits: pl.DataFrame, records: pl.DataFrame, entries: pl.DataFrame | None) -> pl.DataFrame:
    """Return r, entry_id (a node id), entry_label and the columns of hits that edges have; each record and entry once.

    Args:
        hits: HITS.
        records: r, sent_id, source and position; hits of others are left out.
        entries: ENTRIES of those met, for their caveats; None where not known.
    """
    check(hits, HITS, "met")
    percent = (pl.col("score") * 100).round(0).cast(pl.Int64)
    named = pl.coalesce("matched_name", pl.concat_str(pl.lit("document "), "matched_document"), "entry_id")
    found = _of_records(hits, records)
    if entries is not None:
        of_entry = check(entries, ENTRIES, "met").select("list_id", "entry_id", "caveats", "nationalities")
        of_entry = of_entry.unique(["list_id", "entry_id"], keep="last", maintain_order=True)
        found = found.join(of_entry, on=["list_id", "entry_id"], how="left", maintain_order="left")
    else:
        unknown = pl.lit(None, dtype=pl.List(pl.String))
        found = found.with_columns(unknown.alias("caveats"), unknown.alias("nationalities"))
    found = found.sort("score", "hit_id", descending=[True, False])
    found = found.unique(["r", "list_id", "entry_id"], keep="first", maintain_order=True)
    return found.select(
        "r",
        pl.concat_str(pl.lit("entry:"), "list_id", pl.lit("/"), "entry_id").alias("entry_id"),
        pl.concat_str(named, pl.lit(" ["), "list_id", pl.lit("]")).alias("entry_label"),
        "band", "score", "handling", "owner",
        pl.concat_str("band", pl.lit(" "), percent, pl.lit("%")).alias("label"),
        pl.col("crime_types").fill_null(pl.lit([], dtype=pl.List(pl.String))),
        pl.col("caveats").fill_null(pl.lit([UNKNOWN])), "nationalities",
    )  # fmt: skip


def _of_records(hits: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return the hits with r: where one id stands for several records, of the one at the hit's own place."""
    sent = records.select("r", pl.col("sent_id").alias("record_id"), "source", "position")
    several = pl.col("record_id").is_duplicated()
    if not sent["record_id"].is_duplicated().any():
        return hits.join(sent.select("r", "record_id"), on="record_id")
    here = hits.join(sent.filter(~several).select("r", "record_id"), on="record_id")
    by_place = hits.join(sent.filter(several), on=["record_id", "source", "position"], nulls_equal=True)
    return pl.concat([here, by_place.select(here.columns)])


def strongest(found: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return one row for each combination of keys: the strongest band and score, protect first, all crimes and caveats."""
    ranked = found.with_columns(
        pl.col("band").replace_strict({band: place for place, band in enumerate(BANDS)}, default=len(BANDS)).alias("rank"),
        pl.col("handling").replace_strict({each: place for place, each in enumerate(HANDLINGS)}, default=len(HANDLINGS)).alias("care"),
    )  # fmt: skip
    best = ranked.sort(*keys, "rank", "score", descending=[*(False for _ in keys), False, True], maintain_order=True)
    return best.group_by(keys, maintain_order=True).agg(
        pl.col("band", "label").first(),
        pl.col("score").max(),
        pl.col("handling").sort_by("care").first(),
        pl.col("owner").drop_nulls().unique().sort().first(),
        *(pl.col(name).explode(empty_as_null=False).unique().sort() for name in ("crime_types", "caveats")),
        pl.col("entry_label").min(),
    )
