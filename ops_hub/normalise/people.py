"""Travellers or list entries into PEOPLE: who bears which of the distinct names.

Reach for `travellers_people()` and `entries_people()`; both sides go through the same tokens and weights.
Birth dates become ranges of days here; comparing them is left to matching/.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ops_hub.config import NameSettings
from ops_hub.normalise.names import Names, distinct_names, name_columns
from ops_hub.normalise.tables import NameTables
from ops_hub.schemas import PEOPLE, check


@dataclass(frozen=True)
class People:
    """PEOPLE, and the distinct names that its column `name` counts."""

    rows: pl.DataFrame
    names: Names


def travellers_people(travellers: pl.DataFrame, tables: NameTables, settings: NameSettings) -> People:
    """Return the names of TRAVELLERS; one row each, also where there is no name."""
    columns = name_columns(pl.col("family_name"), pl.col("given_names"), pl.col("full_name"))
    named = travellers.select(*columns).with_row_index("person").with_columns(pl.lit(0, dtype=pl.UInt32).alias("place"))
    return _people(named, tables, settings, cut=True)


def entries_people(entries: pl.DataFrame, tables: NameTables, settings: NameSettings) -> People:
    """Return all names of ENTRIES, primary and others."""
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
    return _people(listed.select("person", *columns, "place"), tables, settings, cut=False)


def _people(named: pl.DataFrame, tables: NameTables, settings: NameSettings, *, cut: bool) -> People:
    distinct = named.select("family", "given").unique(maintain_order=True).with_row_index("name")
    rows = named.join(distinct, on=["family", "given"], how="left", nulls_equal=True, maintain_order="left")
    names = distinct_names(distinct.select("family", pl.col("given").fill_null("")), tables, settings, cut=cut)
    return People(check(rows.select(*PEOPLE), PEOPLE, "normalise"), names)


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
