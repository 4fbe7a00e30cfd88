"""Rows from any reader into ENTRIES, with the list's terms filled in and a hash of each entry.

Reach for `entries_frame()` at the end of every reader. Formats are left to the readers.
"""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl

from ops_hub.lists.info import ListInfo
from ops_hub.schemas import ENTRIES, check, conform, dtypes

Row = dict[str, Any]


def name(full: str | None, quality: str, family: str | None = None, given: str | None = None) -> Row:
    """Return one name of an entry; 'FAMILY, Given' is split when it was not."""
    if family is None and given is None and full and "," in full:
        head, _, tail = full.partition(",")
        if head.strip() and tail.strip():
            family, given = head.strip(), tail.strip()
    if full is None:
        full = ", ".join(part for part in (family, given) if part)
    return {"full": full, "family": family, "given": given, "quality": quality}


def entries_frame(records: list[Row], info: ListInfo) -> pl.DataFrame:
    """Return ENTRIES from dicts whose keys are columns of it; what a row leaves out is the list's own."""
    return finished(pl.DataFrame(records, schema_overrides=overrides(), schema=given_columns(), orient="row"), info)


def given_columns() -> list[str]:
    """Return the columns of ENTRIES that a reader may give."""
    return [column for column in ENTRIES if column != "entry_hash"]


def overrides() -> dict[str, Any]:
    """Return their dtypes."""
    return {column: dtype for column, dtype in dtypes(ENTRIES).items() if column != "entry_hash"}


def finished(frame: pl.DataFrame, info: ListInfo) -> pl.DataFrame:
    """Return ENTRIES from a frame with some of its columns: the list's terms and the entry's hash added."""
    whole = conform(
        frame.lazy(), {column: ENTRIES[column] for column in ENTRIES if column != "entry_hash"}
    ).with_columns(
        pl.lit(info.list_id).alias("list_id"),
        pl.col("kind").fill_null("person"),
        pl.col("owner").fill_null(info.owner),
        pl.col("purpose").fill_null(info.purpose),
        pl.col("handling").fill_null(info.handling),
        pl.col("crime_types").fill_null(pl.lit([], dtype=pl.List(pl.String))),
        pl.coalesce(
            pl.when(pl.col("caveats").list.len() > 0).then(pl.col("caveats")),
            pl.lit(list(info.caveats), dtype=pl.List(pl.String)),
        ).alias("caveats"),
    )
    filled = whole.with_columns(
        pl.col(c).fill_null(pl.lit([], dtype=ENTRIES[c].dtype))
        for c in ("names", "births", "nationalities", "birth_places", "documents")
    )
    made = filled.collect()
    content = made.select(pl.struct(pl.all()).struct.json_encode())[:, 0]
    hashes = [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in content]
    return check(made.with_columns(pl.Series("entry_hash", hashes, dtype=pl.String)), ENTRIES, "lists")
