"""Invented people in any number: names, birth dates, sex, nationality, documents.

Reach for `people()`. The same seed gives the same people. Journeys are added in `generate`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.exercise.populations import Pool, draw, pools, shares

_TWO_SURNAMES = ("es_MX", "es_CO", "es_ES", "pt_BR")
_ONE_GIVEN = ("zh_CN", "ko_KR", "fa_IR", "tr_TR", "yo_NG", "ar_SA", "en_IN")


def people(n: int, rng: np.random.Generator, reference: date, which: NDArray[np.int64] | None = None) -> pl.DataFrame:
    """Return n people: family_name, given_names, birth_date, sex, nationality, document_type, _number, _issuer, _expires.

    Args:
        n: how many.
        rng: decides everything.
        reference: day on which they are as old as travellers are.
        which: population of each, by its place in `pools()`; drawn by their shares when not given.
    """
    if which is None:
        which = rng.choice(len(pools()), size=n, p=shares())
    parts = [
        _of(pool, rows, rng) for at, pool in enumerate(pools()) if len(rows := np.flatnonzero(which == at)) or not n
    ]
    named = pl.concat(parts).sort("row").drop("row")
    age = np.clip(
        rng.gamma(5.0, 7.5, n), 0.1, 95.0
    )  # a traveller's usual age is about 37, from infants to the very old
    born = np.datetime64(reference) - (age * 365.25).astype("timedelta64[D]")
    letters = rng.integers(0, 26, n)
    numbers = rng.integers(1_000_000, 99_999_999, n)
    return named.with_columns(
        pl.Series("birth_date", born).cast(pl.Date).dt.to_string("%Y-%m-%d"),
        pl.lit("P").alias("document_type"),
        pl.concat_str(
            pl.Series([chr(65 + k) for k in range(26)]).gather(letters),
            pl.Series("digits", numbers).cast(pl.String),
        ).alias("document_number"),
        pl.col("nationality").alias("document_issuer"),
        pl.Series(
            "document_expires", np.datetime64(reference) + rng.integers(30, 3650, n).astype("timedelta64[D]")
        ).cast(pl.Date),
    )


def _of(pool: Pool, rows: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Return the people of one population, with the rows they stand in."""
    n = len(rows)
    female = rng.random(n) < 0.47
    is_female = pl.Series(female)
    given, second = (draw(pool.given["F"], rng, n).zip_with(is_female, draw(pool.given["M"], rng, n)) for _ in range(2))
    family, other = draw(pool.family, rng, n), draw(pool.family, rng, n)
    two_given = rng.random(n) < (0.10 if pool.locale in _ONE_GIVEN else 0.45)
    two_families = rng.random(n) < (0.85 if pool.locale in _TWO_SURNAMES else 0.04)
    joined = pl.concat_str
    frame = pl.DataFrame(
        {
            "row": rows,
            "g": given,
            "g2": second,
            "f": family,
            "f2": other,
            "two_g": two_given,
            "two_f": two_families,
            "female": female,
        }
    )
    states = pl.Series(pool.states, dtype=pl.String).gather(rng.integers(0, len(pool.states), n))
    arabic = pool.locale in ("ar_SA",)
    particle = (
        pl.when(pl.Series(rng.random(n) < 0.3)).then(pl.lit("AL ")).otherwise(pl.lit("")) if arabic else pl.lit("")
    )
    return frame.select(
        "row",
        pl.when(pl.col("two_f") & (pl.col("f") != pl.col("f2")))
        .then(joined("f", "f2", separator=" "))
        .otherwise(joined(particle, "f"))
        .alias("family_name"),
        pl.when(pl.col("two_g") & (pl.col("g") != pl.col("g2")))
        .then(joined("g", "g2", separator=" "))
        .otherwise("g")
        .alias("given_names"),
        pl.when("female").then(pl.lit("F")).otherwise(pl.lit("M")).alias("sex"),
        states.alias("nationality"),
    )
