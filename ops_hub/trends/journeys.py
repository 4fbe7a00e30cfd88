"""RECORDS into JOURNEYS: a person on a flight on a day, once, however many messages tell of it.

Reach for `window()` for the time that is looked at, then `journeys()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ops_hub.errors import FeedError
from ops_hub.schemas import check
from ops_hub.trends.frames import ATTRIBUTES, JOURNEYS, UNKNOWN
from ops_hub.trends.records import record_key

DAYS = {"day": 1, "week": 7}  # of a period
MOST_PERIODS = 1000  # that are looked back: a departure in 1900 must not make a history of 40,000 days
_PARTIES = {2: "1", 3: "2", 5: "3 to 4", 10: "5 to 9"}  # persons below which: name
_LARGEST = "10 and more"


@dataclass(frozen=True)
class Window:
    """The days that are looked at, how long a period is, and what lies outside, one line each."""

    since: date
    until: date
    period: str
    left_out: tuple[str, ...]

    def first_days(self, day: pl.Expr) -> pl.Expr:
        """Return the first day of the period of a day."""
        return day.dt.truncate("1w" if self.period == "week" else "1d")


def window(found: pl.DataFrame, *, since: date | None, until: date | None, period: str, today: date) -> Window:
    """Return the window of days.

    Args:
        found: RECORDS.
        since: first day of departure; by default the first there is, at most MOST_PERIODS periods back.
        until: last day; by default `today`: of later ones not all bookings are known yet.
        period: day or week.
        today: the day of the question.

    Raises:
        FeedError: there is no record, or none departs in it.
    """
    if found.is_empty():
        raise FeedError("history", "no traveller could be read", "give feeds that `ops-hub screen` reads")
    counted = found.group_by("day").len().sort("day")
    last = until or today
    inside = counted.filter((pl.col("day") <= last) & (pl.col("day") >= (since or date.min)))
    undated = int(counted.filter(pl.col("day").is_null())["len"].sum())
    if inside.is_empty():
        days = counted["day"].drop_nulls()
        where = f"departures lie from {days[0]} to {days[-1]}" if days.len() else "none has a date of departure"
        raise FeedError(
            "history",
            f"none of {found.height:,} records departs from {since or 'the first day'} to {last}",
            f"{where}: give other --since and --until, or other feeds",
        )
    end = inside["day"][-1]
    earliest = end - timedelta(days=min(MOST_PERIODS * DAYS[period], (end - date.min).days))
    recent = inside.filter(pl.col("day") > earliest)["day"]
    begin = since or (recent[0] if len(recent) else end)
    early, late = (int(counted.filter(side)["len"].sum()) for side in (pl.col("day") < begin, pl.col("day") > last))
    told = [
        f"{undated:,} records name no day of departure or arrival" if undated else "",
        f"{early:,} records depart before {begin}" + ("" if since else f", more than {MOST_PERIODS:,} periods back: --since takes them in") if early else "",
        f"{late:,} records depart after {last}" + ("" if until else " (today): --until takes them in") if late else "",
    ]  # fmt: skip
    return Window(begin, until or end, period, tuple(line for line in told if line))


def journeys(
    found: pl.DataFrame, within: Window, hits: pl.LazyFrame | None = None, findings: pl.LazyFrame | None = None
) -> pl.DataFrame:
    """Return JOURNEYS.

    A record without document takes that of a record of the same name on the same flight, a booking also that of one whose
    names begin alike: a booking, and the passenger list about the same people, are one journey each. What a record leaves open, another one of the journey may tell.

    Args:
        found: RECORDS.
        within: the window.
        hits: HITS of these travellers; columns beyond those needed may be missing.
        findings: FINDINGS, likewise.
    """
    day = pl.col("day")
    inside = found.lazy().filter((day >= within.since) & (day <= within.until))
    same = pl.col("document").max().over("flown", "name")
    # a booking may write one given name of two, or cut them: of two readings, the one of fewer persons holds
    alike = pl.when(pl.col("booking").is_not_null() & pl.col("brief").is_not_null()).then(
        pl.col("document").max().over("flown", "brief")
    )
    named = inside.with_columns(
        pl.coalesce(
            "document", pl.when(pl.col("name").is_not_null()).then(pl.coalesce(same, alike, "name")), "record"
        ).alias("person")
    )
    keyed = named.with_columns(pl.struct("flown", "person").hash().alias("journey")).collect()
    size = (
        keyed.lazy()
        .filter(pl.col("booking").is_not_null())
        .group_by("booking", "flown")
        .agg(pl.col("person").n_unique().alias("size"))
    )
    whole = (
        _once(keyed)
        .lazy()
        .join(size, on=["booking", "flown"], how="left")
        .join(_strongest(keyed, hits, ["score", "purpose"], "hit", descending=True), on="journey", how="left")
        .join(_strongest(keyed, findings, ["severity", "check"], "finding"), on="journey", how="left")
        .with_columns(
            within.first_days(day).alias("period"),
            pl.coalesce("name", "person").alias("name"),
            _party().alias("party"),
        )
        .with_columns(pl.col(*ATTRIBUTES).fill_null(UNKNOWN))
        .select(*JOURNEYS)
    )
    return check(whole.collect(), JOURNEYS, "journeys")


def messages_of(found: pl.DataFrame, within: Window, shown: pl.Series) -> int:
    """Return how many messages (or row groups) the journeys of the periods shown come from."""
    day = pl.col("day")
    inside = found.lazy().filter((day >= within.since) & (day <= within.until))
    return int(
        inside.filter(within.first_days(day).is_in(shown.implode()))
        .select(pl.col("message").n_unique())
        .collect()
        .item()
    )


def _once(keyed: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each journey: of several records, the first that says something, column by column."""
    is_single = ~pl.col("journey").is_duplicated()
    single, several = keyed.filter(is_single), keyed.filter(~is_single)
    said = [name for name in keyed.columns if name != "journey"]
    merged = several.group_by("journey", maintain_order=True).agg(pl.col(said).first(ignore_nulls=True))
    return pl.concat([single, merged.select(single.columns)])


def _strongest(
    keyed: pl.DataFrame, told: pl.LazyFrame | None, by: list[str], name: str, *, descending: bool = False
) -> pl.LazyFrame:
    """Return journey and what the strongest hit, or most severe finding, is called."""
    if told is None:
        return pl.LazyFrame(schema={"journey": pl.UInt64, name: pl.String})
    rank, label = by
    order = pl.col(rank)
    if rank == "severity":
        order = order.replace_strict({"high": 0, "medium": 1, "low": 2}, default=3, return_dtype=pl.Int8)
    of_record = told.select(record_key(), order.alias("order"), pl.col(label).fill_null(UNKNOWN).alias(name))
    met = keyed.lazy().select("record", "journey").join(of_record, on="record")
    return (
        met.sort("order", name, descending=[descending, False])
        .unique("journey", keep="first", maintain_order=True)
        .select("journey", name)
    )


def _party() -> pl.Expr:
    size = pl.col("size")
    named: pl.Expr = pl.when(size.is_not_null()).then(pl.lit(_LARGEST))
    for below, name in reversed(_PARTIES.items()):
        named = pl.when(size < below).then(pl.lit(name)).otherwise(named)
    return named
