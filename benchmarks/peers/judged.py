"""Pairs that a peer found and the truth into recall, wrong alarms, and the threshold that reaches a recall.

Reach for `judged()` after a run and `reaching()` to choose a threshold on an exercise that is not the one reported.
Rows and scores only; no peer is known here.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

EDGE = 1e-6  # thresholds stand this much below the score that must still be found


def best_true(pairs: pl.DataFrame, true: pl.DataFrame) -> pl.DataFrame:
    """Return the truth with the score that each listed passenger's own entry was found with, or null."""
    own = pairs.join(true, on=["passenger", "entry"]).group_by("passenger").agg(pl.col("score").max())
    return true.join(own, on="passenger", how="left", maintain_order="left")


def best_wrong(pairs: pl.DataFrame, true: pl.DataFrame, asked: pl.Series) -> pl.DataFrame:
    """Return passengers asked about who are not listed, with the best score of any entry, or null."""
    others = asked.to_frame("passenger").join(true, on="passenger", how="anti")
    best = pairs.group_by("passenger").agg(pl.col("score").max())
    return others.join(best, on="passenger", how="left", maintain_order="left")


def reaching(scores: pl.Series, recall: float) -> float | None:
    """Return the highest threshold at which this share of the scores is found; None where none does."""
    known = np.sort(scores.drop_nulls().to_numpy())[::-1]
    wanted = math.ceil(recall * len(scores) - 1e-9)
    return float(known[wanted - 1]) - EDGE if 0 < wanted <= len(known) else None


def judged(pairs: pl.DataFrame, true: pl.DataFrame, asked: pl.Series, threshold: float) -> dict[str, float]:
    """Return planted, recall, others and others flagged per 1,000.

    Args:
        pairs: passenger, entry, score.
        true: passenger, entry, of those listed among the asked.
        asked: all passengers asked about.
        threshold: pairs below it do not count.
    """
    kept = pairs.filter(pl.col("score") >= threshold)
    found, wrong = best_true(kept, true)["score"], best_wrong(kept, true, asked)["score"]
    flagged = len(wrong) - wrong.null_count()
    return {
        "planted": len(found),
        "recall": (len(found) - found.null_count()) / max(len(found), 1),
        "others": len(wrong),
        "flagged": 1000 * flagged / max(len(wrong), 1),
    }
