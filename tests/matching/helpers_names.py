"""Names for tests: from 'FAMILY, Given' or plain texts to the arrays that the matcher takes."""

import random
from datetime import date

import numpy as np
import polars as pl

from ops_hub.exercise.people import people
from ops_hub.normalise.names import distinct_names, name_columns


def names_of(texts, knowledge, *, cut=False):
    nothing = pl.lit(None, dtype=pl.String)
    frame = pl.DataFrame({"full": texts}, schema={"full": pl.String})
    columns = frame.select(name_columns(nothing, nothing, pl.col("full"))).with_columns(pl.col("given").fill_null(""))
    return distinct_names(columns, knowledge.tables, knowledge.config.names, cut=cut)


def adversarial(rng: random.Random) -> str:
    """A name made to be awkward: short, repeated, joined, initials, particles, many alike."""
    parts = ["A", "J", "AL", "BIN", "DE", "LA", "VAN", "ALI", "ALY", "KIM", "GARCIA", "GARCIAS", "GARSIA", "GARCIALOPEZ", "LOPEZ", "JEAN", "JUAN",
             "IVAN", "MOHAMED", "MUHAMMAD", "ABDULRAHMAN", "RAHMAN", "ABD", "MARIA", "ANAMARIA", "ANA", "O", "XX", "ZEDONG", "ZE", "DONG", "TSE"]  # fmt: skip
    name = " ".join(rng.choice(parts) for _ in range(rng.randint(1, 6)))
    return name.replace(" ", ", ", 1) if rng.random() < 0.5 else name


def people_names(n, seed):
    made = people(n, np.random.default_rng(seed), date(2026, 11, 23))
    return made.select(pl.concat_str("family_name", pl.lit(", "), "given_names"))[:, 0].to_list()
