"""Candidate pairs into total scores: birth date, sex, nationality and document beside the name.

Reach for `weighed()` after `candidates` and `documents`. Every part is a column that the total is summed
from. What is unknown on either side adds nothing: absence is not a mismatch.
"""

from __future__ import annotations

import polars as pl

from ops_hub.config import Bands, EvidenceSettings

NEAR_DAYS = 366  # birth dates this close are 'near': a year mistaken, or a date converted between calendars


def weighed(
    pairs: pl.DataFrame, people: pl.DataFrame, entries: pl.DataFrame, settings: EvidenceSettings
) -> pl.DataFrame:
    """Return the pairs with birth_agreement, the terms and the score.

    Args:
        pairs: person, entry, name_score, name_quality, document_agreement (null where no document met).
        people: person, born_from, born_to, sex, nationality of the travellers.
        entries: entry, births, sex, nationalities.
        settings: points.
    """
    births = _births(pairs.select("person", "entry"), people, entries, settings)
    own = people.select("person", "sex", "nationality")
    theirs = entries.select("entry", pl.col("sex").alias("sex_listed"), "nationalities")
    quality = pl.when(pl.col("name_quality") == "weak").then(settings.weak_name).otherwise(0.0)
    return (
        pairs.join(births, on=["person", "entry"], how="left", maintain_order="left")
        .join(own, on="person", how="left", maintain_order="left")
        .join(theirs, on="entry", how="left", maintain_order="left")
        .with_columns(
            pl.col("birth_agreement").fill_null("unknown"),
            pl.col("birth_term").fill_null(0.0),
            pl.col("document_agreement").fill_null("unknown"),
            quality.alias("quality_term"),
            _sex(settings).alias("sex_term"),
            _nationality(settings).alias("nationality_term"),
            _document(settings).alias("document_term"),
        )
        .with_columns(total().clip(0.0, 1.0).alias("score"))
        .drop("sex", "nationality", "sex_listed", "nationalities")
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


def _births(pairs: pl.DataFrame, people: pl.DataFrame, entries: pl.DataFrame, s: EvidenceSettings) -> pl.DataFrame:
    """Return person, entry, birth_agreement and birth_term: the best over the entry's alternative dates."""
    listed = (
        entries.lazy()
        .select("entry", "births")
        .explode("births", empty_as_null=False)
        .drop_nulls("births")
        .unnest("births")
        .rename({"from": "listed_from", "to": "listed_to"})
    )
    points = {
        "exact": s.birth_exact,
        "swapped": s.birth_swapped,
        "one-digit": s.birth_one_digit,
        "year": s.birth_year,
        "near": s.birth_near,
        "different": s.birth_different,
    }
    born = people.lazy().select("person", "born_from", "born_to").drop_nulls("born_from")
    return (
        pairs.lazy()
        .join(born, on="person")
        .join(listed, on="entry")
        .with_columns(_agreement().alias("birth_agreement"))
        .with_columns(pl.col("birth_agreement").replace_strict(points, return_dtype=pl.Float64).alias("birth_term"))
        .sort("person", "entry", "birth_term", "birth_agreement", descending=[False, False, True, False])
        .unique(["person", "entry"], keep="first", maintain_order=True)
        .select("person", "entry", "birth_agreement", "birth_term")
        .collect()
    )


def _agreement() -> pl.Expr:
    """Return how a traveller's range of birth days agrees with a listed one."""
    born, until, first, last = (pl.col(name) for name in ("born_from", "born_to", "listed_from", "listed_to"))
    both_days = (born == until) & (first == last)
    swapped = (
        (born.dt.year() == first.dt.year()) & (born.dt.month() == first.dt.day()) & (born.dt.day() == first.dt.month())
    )
    overlap = (born <= last) & (first <= until)
    apart = pl.max_horizontal((first - until).dt.total_days(), (born - last).dt.total_days(), pl.lit(0))
    wide = (last - first).dt.total_days() > NEAR_DAYS
    return (
        pl.when(both_days & (born == first)).then(pl.lit("exact"))
        .when(both_days & swapped).then(pl.lit("swapped"))
        .when(both_days & (_digits_apart(born, first) == 1)).then(pl.lit("one-digit"))
        .when(overlap & ~both_days & ~wide).then(pl.lit("year"))
        .when(apart <= NEAR_DAYS).then(pl.lit("near"))
        .otherwise(pl.lit("different"))
    )  # fmt: skip


def _digits_apart(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Return in how many of the eight digits two days differ."""
    a, b = (
        day.dt.year().cast(pl.Int64) * 10000 + day.dt.month().cast(pl.Int64) * 100 + day.dt.day().cast(pl.Int64)
        for day in (one, other)
    )
    return pl.sum_horizontal((((a // 10**k) % 10) != ((b // 10**k) % 10)).cast(pl.Int64) for k in range(8))
