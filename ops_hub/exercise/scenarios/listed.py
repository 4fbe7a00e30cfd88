"""The list of an exercise of many days: some of the staged are on it, most are not, and others never travel.

Reach for `watchlist()`. What a hit on it should find is in the truth of the exercise.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from ops_hub.exercise.people import people

OTHERS = 300  # entries about people who do not travel
# Share of the staged that states have listed before, and how.
_LISTED = {"facilitator": (0.2, "enforce", "smuggling", "migrant-smuggling"), "victim": (0.15, "protect", "missing", "human-trafficking")}  # fmt: skip
_LENT = 0.3  # of passports used by several: reported lost by their holders


def watchlist(known: pl.DataFrame, seed: int, reference: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the list in the project's own format, and which person has which entry (person, entry_id).

    Args:
        known: the staged: kind, role, person and the columns of BEARERS.
        seed: of the exercise.
        reference: first day under test.
    """
    rng = np.random.default_rng((seed, 3))
    one = known.unique("person", keep="first", maintain_order=True)
    chance = pl.Series("chance", rng.random(one.height))
    share, handling, purpose, crime = (
        pl.col("role").replace_strict({r: v[k] for r, v in _LISTED.items()}, default=None) for k in range(4)
    )
    chosen = one.filter(chance.to_frame().with_columns(one["role"]).select(pl.col("chance") < share.fill_null(0)).to_series())  # fmt: skip
    of_people = chosen.select(
        "person", *_PERSONAL, handling.alias("handling"), purpose.alias("purpose"), crime.alias("crime_types"),
        pl.lit(None, dtype=pl.String).alias("documents"), pl.lit("person").alias("kind"),
    )  # fmt: skip
    lent = one.filter((pl.col("kind") == "shared-passport") & (pl.col("role") == "facilitator"))
    lent = lent.filter(pl.Series(rng.random(lent.height) < _LENT, dtype=pl.Boolean))
    number = pl.format("P:{}:{}:lost", "document_number", "document_issuer")
    of_papers = lent.select(
        "person", *(pl.lit(None, dtype=pl.String).alias(name) for name in _PERSONAL), pl.lit("enforce").alias("handling"),
        pl.lit("documents").alias("purpose"), pl.lit("document-fraud").alias("crime_types"),
        number.alias("documents"), pl.lit("document").alias("kind"),
    )  # fmt: skip
    others = people(OTHERS, rng, reference).select(
        pl.lit(None, dtype=pl.Int64).alias("person"), *_PERSONAL, pl.lit("enforce").alias("handling"), pl.lit("exercise").alias("purpose"),
        pl.lit("narcotics").alias("crime_types"), pl.lit(None, dtype=pl.String).alias("documents"), pl.lit("person").alias("kind"),
    )  # fmt: skip
    entry = pl.format("X{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(5)).alias("entry_id")
    whole = pl.concat([of_people, of_papers, others]).select(entry, pl.all())
    remark = pl.lit("invented for an exercise").alias("remarks")
    entries = whole.drop_nulls("person").group_by("person", maintain_order=True).agg(pl.col("entry_id").first())
    return whole.drop("person").with_columns(remark), entries


_PERSONAL = ("family_name", "given_names", "birth_date", "sex", "nationality")
