"""An exercise's files into what every peer is given: who is asked about, who is listed, and what is true.

Reach for `asked()`, `listed()` and `truth()`. Polars and numpy only: what is imported here is in the memory of every
peer. How a peer folds names is its own affair, except for the plain forms below.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

ASKED = ("family_name", "given_names", "birth_date", "sex", "nationality")
PLANTED = 4  # of a sample, one in so many is listed, so that recall is not told from a handful
DOCUMENT_ONLY = "document-only"  # another name altogether: found by a join on documents, no matter of names


@dataclass(frozen=True)
class Told:
    """What a peer may know besides the records.

    Attributes:
        place: folder of the exercise, with the compiled snapshot where ours needs one.
        threads: that it may use.
        variant: see `Peer`.
        model: trained beforehand; where a peer trains.
        threshold: that `find` will be asked with.
    """

    place: Path
    threads: int
    variant: str = ""
    model: Path | None = None
    threshold: float = 0.0


def listed(place: Path) -> pl.DataFrame:
    """Return the list: entry (its row), entry_id and the columns of ASKED."""
    name = pl.col("name").str.splitn(", ", 2).struct
    return pl.read_csv(place / "watchlist.csv", infer_schema=False).select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("entry"),
        "entry_id",
        name.field("field_0").alias("family_name"),
        name.field("field_1").alias("given_names"),
        *ASKED[2:],
    )


def truth(place: Path, entries: pl.DataFrame) -> pl.DataFrame:
    """Return passenger (row of the feed), entry and alteration of those who are listed."""
    feed = pl.read_parquet(place / "feed.parquet", columns=["record_id"]).with_row_index("passenger")
    told = pl.read_csv(place / "truth.csv", infer_schema=False)
    return (
        told.join(feed, on="record_id", maintain_order="left")
        .join(entries.select("entry", "entry_id"), on="entry_id", maintain_order="left")
        .select("passenger", "entry", "alteration")
    )


def asked(place: Path, true: pl.DataFrame, n: int, seed: int) -> pl.DataFrame:
    """Return passengers as they are asked about: passenger (row of the feed) and ASKED.

    Args:
        place: folder of the exercise.
        true: what `truth` gives; who travels on a listed document under another name is left out.
        n: how many; of fewer than all, one in four is listed.
        seed: decides who.
    """
    feed = pl.read_parquet(place / "feed.parquet", columns=list(ASKED)).with_row_index("passenger")
    feed = feed.join(
        true.filter(pl.col("alteration") == DOCUMENT_ONLY), on="passenger", how="anti", maintain_order="left"
    )
    if n >= feed.height:
        return feed
    planted = feed.join(true, on="passenger", how="semi")
    planted = planted.sample(min(planted.height, max(n // PLANTED, 1)), seed=seed)
    others = feed.join(true, on="passenger", how="anti")
    return pl.concat([planted, others.sample(n - planted.height, seed=seed)]).sample(
        fraction=1, shuffle=True, seed=seed
    )


def whole(records: pl.DataFrame) -> pl.Series:
    """Return the whole names, given names first."""
    both = pl.concat_str("given_names", "family_name", separator=" ", ignore_nulls=True)
    return records.select(both.fill_null("")).to_series()


def keys(records: pl.DataFrame) -> pl.Series:
    """Return the tokens of each whole name, in order."""
    return in_order(whole(records))


def in_order(names: pl.Series) -> pl.Series:
    """Return names with their tokens in order."""
    return names.fill_null("").str.split(" ").list.sort().list.join(" ")


def days(records: pl.DataFrame) -> NDArray[np.int32]:
    """Return birth dates as 19700203, a year alone as 19700000, and 0 where there is none."""
    plain = pl.col("birth_date").str.replace_all("-", "").str.pad_end(8, "0").cast(pl.Int32).fill_null(0)
    return records.select(plain).to_series().to_numpy()


def could_agree(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return whether two birth dates could be one person's: unknown, same year where no more is known, less than about
    a year apart, day and month exchanged, or one digit differs.

    What a careful user does with names that were compared alone. It loses none of an exercise's alterations. Not the
    engine's own reading of dates: that would bring its compiled code into the memory of others.
    """
    year, its_year = one // 10000, other // 10000
    month, day, its_month, its_day = one // 100 % 100, one % 100, other // 100 % 100, other % 100
    same_year = year == its_year
    agree: NDArray[np.bool_] = (one == 0) | (other == 0) | (same_year & ((month == 0) | (its_month == 0)))
    agree |= same_year & (month == its_day) & (day == its_month)
    agree |= np.abs((year * 372 + month * 31 + day) - (its_year * 372 + its_month * 31 + its_day)) <= 372
    digits = np.zeros(len(one), np.int8)
    for at in range(8):
        digits += one // 10**at % 10 != other // 10**at % 10
    agree |= digits == 1
    return agree
