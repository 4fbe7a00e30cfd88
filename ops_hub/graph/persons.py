"""Travellers into links between records that may be of one person: tied, never merged.

Reach for `bearers()` for each piece of the travellers, then for `same_person()` once. Everything else that
links people is left to `links`.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from ops_hub.graph.values import several
from ops_hub.schemas import LINKS, conform

_SAID = ("record_id", "from_id", "from_label", "source", "message_ref", "at")
_REASONS = ("same document", "same name and birth date")


def bearers(people: pl.DataFrame) -> pl.LazyFrame:
    """Return who bears which document, and which name with which birth date: key, label, number and what links say.

    Args:
        people: travellers with what links say, `person` (name and birth date) and `is_first` of their id.
    """
    documents, *_ = several(people.lazy(), _SAID)
    papers = documents.select(*_SAID, pl.col("id").alias("key"), pl.lit(_REASONS[0]).alias("reason"))
    known = people.lazy().filter("is_first").drop_nulls("person")
    names = known.select(*_SAID, pl.col("person").alias("key"), pl.lit(_REASONS[1]).alias("reason"))
    return pl.concat([papers, names]).with_columns(pl.struct("key", "reason").hash().alias("number"))


def same_person(borne: pl.LazyFrame, *, parts: int, hold: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.LazyFrame:
    """Return the ties as LINKS: each record to the next one with the same document, or the same name and birth date.

    Args:
        borne: what `bearers` gave.
        parts: how many times to go through it: only one part of the keys is in memory.
        hold: keeps what is too much for memory.
    """
    number = borne.select("number").collect(engine="streaming")["number"]
    again = number.filter(number.is_duplicated()).unique().to_frame()
    made = []
    for part in range(parts):
        some = again.filter(pl.col("number") % parts == part).lazy()
        rows = borne.join(some, on="number", how="semi").unique(["record_id", "key", "reason"])
        made.append(hold(_to_next(rows.sort("reason", "key", "record_id"))))
    return pl.concat(made)


def _to_next(rows: pl.LazyFrame) -> pl.LazyFrame:
    other = [pl.col(name).shift(-1).alias(f"next_{name}") for name in ("reason", "key", "from_id", "from_label")]
    is_same = (pl.col("next_key") == pl.col("key")) & (pl.col("next_reason") == pl.col("reason"))
    tied = (
        rows.with_columns(other)
        .filter(is_same)
        .select(
            *_SAID,
            pl.lit("passenger").alias("from_type"),
            pl.col("next_from_id").alias("to_id"),
            pl.lit("passenger").alias("to_type"),
            pl.col("next_from_label").alias("to_label"),
            pl.lit("perhaps same person").alias("link"),
            pl.col("reason").alias("label"),
        )
    )
    return conform(tied, LINKS)
