"""Travellers or list entries into PEOPLE: who bears which of the distinct names.

Reach for `travellers_people()` and `entries_people()`; both sides go through the same tokens and weights.
Birth dates become ranges of days here; comparing them is left to matching/.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ops_hub.config import NameSettings
from ops_hub.normalise.names import Names, distinct_names, name_columns
from ops_hub.normalise.tables import NameTables
from ops_hub.schemas import PEOPLE, check

UNKNOWN = -2  # stands for a day of birth that is not known


@dataclass(frozen=True)
class People:
    """PEOPLE, and the distinct names that its column `name` counts."""

    rows: pl.DataFrame
    names: Names

    @property
    def nameless(self) -> pl.Series:
        """Which rows have no name that can be compared: an emoji, digits, signs."""
        return pl.Series((np.diff(self.names.offsets) == 0)[self.rows["name"].to_numpy()], dtype=pl.Boolean)


def travellers_people(travellers: pl.DataFrame, tables: NameTables, settings: NameSettings) -> People:
    """Return the names and birth dates of TRAVELLERS; one row each, also where there is no name."""
    columns = name_columns(pl.col("family_name"), pl.col("given_names"), pl.col("full_name"))
    born, until = (day_number(day).fill_null(UNKNOWN) for day in birth_range(pl.col("birth_date")))
    named = travellers.select(*columns, born.alias("born"), until.alias("until"))
    named = named.with_row_index("person").with_columns(pl.lit(0, dtype=pl.UInt32).alias("place"))
    return _people(named, tables, settings, cut=True)


def entries_people(entries: pl.DataFrame, tables: NameTables, settings: NameSettings) -> People:
    """Return all names of ENTRIES, primary and others; their birth dates stay in ENTRIES."""
    listed = (
        entries.lazy()
        .select("names")
        .with_row_index("person")
        .explode("names", empty_as_null=False)
        .with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).over("person").alias("place"))
        .unnest("names")
        .collect()
    )
    columns = name_columns(pl.col("family"), pl.col("given"), pl.col("full"))
    unknown = pl.lit(UNKNOWN, dtype=pl.Int32)
    named = listed.select("person", *columns, "place", unknown.alias("born"), unknown.alias("until"))
    return _people(named, tables, settings, cut=False)


def _people(named: pl.DataFrame, tables: NameTables, settings: NameSettings, *, cut: bool) -> People:
    texts = pl.Categorical(pl.Categories.random())  # numbers are told apart quicker than texts
    named = named.with_columns(pl.col("family", "given").cast(texts))
    distinct = named.select("family", "given").unique(maintain_order=True).with_row_index("name")
    rows = named.join(distinct, on=["family", "given"], how="left", nulls_equal=True, maintain_order="left")
    as_text = distinct.select(pl.col("family").cast(pl.String), pl.col("given").cast(pl.String).fill_null(""))
    return People(check(rows.select(*PEOPLE), PEOPLE, "normalise"), distinct_names(as_text, tables, settings, cut=cut))


def birth_range(birth_date: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return first and last day of a partial ISO date: 1970, 1970-02 or 1970-02-03."""
    length = birth_date.str.len_chars()
    first = (
        pl.when(length == 4)
        .then(birth_date + "-01-01")
        .when(length == 7)
        .then(birth_date + "-01")
        .otherwise(birth_date)
    )
    day = first.str.to_date("%Y-%m-%d", strict=False)
    last = (
        pl.when(length == 4)
        .then(day.dt.offset_by("1y").dt.offset_by("-1d"))
        .when(length == 7)
        .then(day.dt.month_end())
        .otherwise(day)
    )
    return day, last


def day_number(day: pl.Expr) -> pl.Expr:
    """Return a day as the number that it is written with: 19700203."""
    return day.dt.year() * 10000 + day.dt.month().cast(pl.Int32) * 100 + day.dt.day().cast(pl.Int32)
