"""How good what a carrier sent is: a score of parts, each a share between 0 and 1.

Reach for `quality()`. Weights and the limit of poor quality are data (rules/carriers.toml).
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.duties import PARTS, Duties

# Notes that say nothing bad of the sender: parts hold a part of the total, bookings are cancelled, close-outs refer.
_HARMLESS = ("part-of-total", "empty-booking", "close-out-reference")


def quality(people: pl.DataFrame, sent: pl.DataFrame, totals: pl.DataFrame, duties: Duties) -> pl.DataFrame:
    """Return (manifest_id, NAME_part ..., quality) of manifests on whose lists there is somebody.

    Args:
        people: those named on passenger and crew lists and in tables.
        sent: TRANSMISSIONS on legs, those in effect.
        totals: (manifest_id, total_agrees: true, false, or null where none can be sent).
        duties: weights.
    """
    shares = people.group_by("manifest_id").agg(_shares())
    structure = sent.group_by("manifest_id").agg(_sound().mean().alias("structure_part"))
    told = shares.join(structure, on="manifest_id", how="left").join(totals, on="manifest_id", how="left")
    told = told.with_columns(pl.col("total_agrees").cast(pl.Float64).alias("total_part"))
    parts = [pl.col(f"{name}_part") * duties.weights[name] for name in PARTS]
    weights = [
        pl.when(pl.col(f"{name}_part").is_not_null()).then(duties.weights[name]).otherwise(0.0) for name in PARTS
    ]
    score = pl.sum_horizontal(parts) / pl.sum_horizontal(weights)
    return told.select("manifest_id", *(f"{name}_part" for name in PARTS), score.alias("quality"))


def in_words() -> pl.Expr:
    """Return the parts of the score in one line."""
    each = [
        pl.concat_str(pl.lit(f"{name} "), (pl.col(f"{name}_part") * 100).round(0).cast(pl.Int64), pl.lit("%"))
        for name in PARTS
    ]
    return pl.concat_str(*each, separator="; ", ignore_nulls=True).replace("", None).alias("quality_parts")


def _shares() -> list[pl.Expr]:
    document = pl.element().struct
    full = document.field("number").is_not_null() & document.field("issuer").is_not_null()
    said = {
        "name": pl.col("family_name").is_not_null() & pl.col("given_names").is_not_null(),
        "birth": pl.col("birth_date").str.len_chars() == 10,
        "sex": pl.col("sex").is_not_null(),
        "nationality": pl.col("nationality").is_not_null(),
        "document": pl.col("documents").list.eval(full).list.any(),
        "expiry": pl.col("documents").list.eval(document.field("expires").is_not_null()).list.any(),
    }
    return [expr.fill_null(False).mean().alias(f"{name}_part") for name, expr in said.items()]


def _sound() -> pl.Expr:
    faults = pl.col("faults").list.set_difference(pl.lit(list(_HARMLESS))).list.len()
    return (faults.fill_null(0) == 0) & (pl.col("lost") == 0) & pl.col("is_complete")
