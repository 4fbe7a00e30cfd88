"""A run and the truth into recall for each kind of alteration, and precision.

Reach for `score()`. It compares pairs: a listed traveller counts as found when the run shows that very entry.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ops_hub.exercise.truth import read_truth

_TRUTH = ("record_id", "entry_id", "alteration")
_STRONG = ("exact-document", "high")


def read_pairs(path: Path) -> pl.DataFrame:
    """Return who is whom: the truth of `ops-hub exercise generate`.

    Raises:
        ConfigError: not readable, or other columns.
    """
    return read_truth(path, _TRUTH, "generate")


def score(hits: pl.DataFrame, truth: pl.DataFrame, screened: int) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return one row an alteration (planted, found, recall, strong: found as high or by document), and the precision.

    Args:
        hits: HITS, or its columns record_id, entry_id, band.
        truth: record_id, entry_id, alteration.
        screened: travellers in the run.
    """
    strong = pl.col("band").is_in(_STRONG)
    pairs = hits.group_by("record_id", "entry_id").agg(strong.any().alias("is_strong"))
    joined = truth.join(pairs, on=["record_id", "entry_id"], how="left")
    found = pl.col("is_strong").is_not_null()
    per_kind = [
        pl.len().alias("planted"),
        found.sum().alias("found"),
        pl.col("is_strong").fill_null(False).sum().alias("strong"),
        found.mean().alias("recall"),
        pl.col("is_strong").fill_null(False).mean().alias("strong_recall"),
    ]
    table = pl.concat(
        [
            joined.group_by("alteration").agg(per_kind).sort("alteration"),
            joined.select(pl.lit("all").alias("alteration"), *per_kind),
        ]
    )
    true = pairs.join(truth, on=["record_id", "entry_id"], how="semi").height
    strong_pairs = pairs.filter("is_strong")
    strong_true = strong_pairs.join(truth, on=["record_id", "entry_id"], how="semi").height
    others = pairs.join(truth, on="record_id", how="anti")["record_id"].n_unique()
    others_strong = strong_pairs.join(truth, on="record_id", how="anti")["record_id"].n_unique()
    ordinary = max(screened - truth["record_id"].n_unique(), 1)
    return table, {
        "pairs_shown": pairs.height,
        "precision": true / max(pairs.height, 1),
        "precision_strong": strong_true / max(strong_pairs.height, 1),
        "others_flagged_per_1000": 1000 * others / ordinary,
        "others_flagged_strong_per_1000": 1000 * others_strong / ordinary,
    }
