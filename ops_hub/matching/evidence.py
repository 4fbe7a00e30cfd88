"""Candidate pairs into total scores: birth date, sex, nationality and document beside the name.

Reach for `weighed()` after `candidates` and `documents`. Every part is a column that the total is summed
from. What is unknown on either side adds nothing: absence is not a mismatch.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.config import Bands, EvidenceSettings, MatchingConfig
from ops_hub.matching import births
from ops_hub.normalise.people import day_number


def points(settings: EvidenceSettings) -> NDArray[np.float64]:
    """Return what each kind of birth agreement is worth, in the order of births.KINDS."""
    s = settings
    worth = {"unknown": 0.0, "exact": s.birth_exact, "swapped": s.birth_swapped, "one-digit": s.birth_one_digit}
    worth |= {"year": s.birth_year, "range": s.birth_range, "near": s.birth_near, "different": s.birth_different}
    return np.array([worth[kind] for kind in births.KINDS])


def floors(config: MatchingConfig) -> NDArray[np.float64]:
    """Return, for each kind of birth agreement, the name score below which nothing else makes a pair a hit.

    A hair is left below: sums of floats must not decide who is found.
    """
    more = max(config.evidence.sex_same, 0.0) + max(config.evidence.nationality_same, 0.0)
    return np.maximum(config.bands.threshold - points(config.evidence) - more - 1e-9, 0.05)


def weighed(pairs: pl.DataFrame, own: pl.DataFrame, theirs: pl.DataFrame, settings: EvidenceSettings) -> pl.DataFrame:
    """Return the pairs with birth_agreement, the terms and the score.

    Args:
        pairs: person, entry, name_score, name_quality, document_agreement (null where no document met).
        own: born, until, sex, nationality of the traveller of each pair, row by row.
        theirs: births, sex, nationalities of the entry of each pair, row by row.
        settings: points.
    """
    quality = pl.when(pl.col("name_quality") == "weak").then(settings.weak_name).otherwise(0.0)
    beside = [own.select("sex", "nationality"), theirs.select(pl.col("sex").alias("sex_listed"), "nationalities")]
    return (
        pl.concat([pairs, _births(own, theirs["births"], settings), *beside], how="horizontal")
        .lazy()
        .with_columns(
            pl.col("document_agreement").fill_null("unknown"),
            quality.alias("quality_term"),
            _sex(settings).alias("sex_term"),
            _nationality(settings).alias("nationality_term"),
            _document(settings).alias("document_term"),
        )
        .with_columns(total().clip(0.0, 1.0).alias("score"))
        .drop("sex", "nationality", "sex_listed", "nationalities")
        .collect()
    )


TERMS = ("name_score", "quality_term", "birth_term", "sex_term", "nationality_term", "document_term")


def total() -> pl.Expr:
    """Return the sum of all parts, before it is cut to 0 to 1."""
    return pl.sum_horizontal(*TERMS)


def band(bands: Bands) -> pl.Expr:
    """Return the band of a scored pair."""
    exact = pl.col("document_agreement").is_in(["exact", "in-range"])
    return (
        pl.when(exact)
        .then(pl.lit("exact-document"))
        .when(pl.col("score") >= bands.high)
        .then(pl.lit("high"))
        .otherwise(pl.lit("review"))
    )


def is_hit(bands: Bands) -> pl.Expr:
    """Return whether a scored pair is shown: at or above the threshold, or any document that met."""
    return (pl.col("score") >= bands.threshold - 1e-9) | pl.col("document_agreement").is_in(
        ["exact", "in-range", "look-alike"]
    )


def _sex(s: EvidenceSettings) -> pl.Expr:
    one, other = pl.col("sex"), pl.col("sex_listed")
    known = one.is_in(["M", "F"]) & other.is_in(["M", "F"])
    return pl.when(known & (one == other)).then(s.sex_same).when(known).then(s.sex_different).otherwise(0.0)


def _nationality(s: EvidenceSettings) -> pl.Expr:
    known = pl.col("nationality").is_not_null() & (pl.col("nationalities").list.len() > 0)
    same = pl.col("nationalities").list.contains(pl.col("nationality"))
    return pl.when(known & same).then(s.nationality_same).when(known).then(s.nationality_different).otherwise(0.0)


def _document(s: EvidenceSettings) -> pl.Expr:
    agreement = pl.col("document_agreement")
    exact = agreement.is_in(["exact", "in-range"]).fill_null(False)
    return (
        pl.when(exact).then(s.document_exact).when(agreement == "look-alike").then(s.document_look_alike).otherwise(0.0)
    )


def _births(own: pl.DataFrame, listed: pl.Series, s: EvidenceSettings) -> pl.DataFrame:
    """Return birth_agreement and birth_term of each row: the best over the entry's alternative dates."""
    count = listed.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = listed.filter(pl.Series(count > 0)).explode(empty_as_null=False).struct
    rows = np.arange(len(own))
    found = births.agreements(
        (own["born"].to_numpy(), own["until"].to_numpy()),
        (np.concatenate(([0], np.cumsum(count))), _days(flat.field("from")), _days(flat.field("to"))),
        np.column_stack((rows, rows)),
        points(s),
    )
    return pl.DataFrame(
        {
            "birth_agreement": pl.Series(births.KINDS, dtype=pl.String).gather(found),
            "birth_term": points(s)[found],
        }
    )


def _days(day: pl.Series) -> NDArray[np.int32]:
    return pl.DataFrame({"day": day}).select(day_number(pl.col("day")))["day"].to_numpy()
