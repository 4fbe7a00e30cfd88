"""Facts about a person's trips one after another: how many, how soon, from where, with which document.

Reach for `trip_facts()` and `document_facts()`. One trip is a person on a flight on a day, however many messages say so.
All of it is sorting and counting of positions, so that it grows with the number of trips and not with its square.
"""

from __future__ import annotations

import polars as pl

_MINUTES = 1 << 28  # room for the minutes of one person's trips, 500 years, in a number that sorts by person and time
_DAY = 1440


def trip_facts(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by trip, what is known of the person's earlier trips.

    Args:
        people: what `flat` gave, earlier ones included.
    """
    legs = ["from_port", "to_port"]
    known = people.filter(pl.col("person").is_not_null() & pl.col("at").is_not_null())
    trips = known.select("trip", "person", "at", "landed", *legs, "from_state", "to_state").sort(
        "person", "at", "trip", "landed", "to_port"
    )
    trips = trips.unique(
        "trip", keep="first", maintain_order=True
    )  # told by several messages, perhaps with other times
    person, at = pl.col("person"), pl.col("at")
    is_first = (person != person.shift(1)).fill_null(value=True)
    number = is_first.cum_sum().cast(pl.Int64)
    minute = at.dt.timestamp("us") // 60_000_000
    placed = trips.with_row_index("place").with_columns(
        pl.col("place").cast(pl.Int64),
        is_first.alias("is_first"),
        (number * _MINUTES + minute + _MINUTES // 2).alias("key"),
        pl.struct("person", *legs).is_first_distinct().alias("is_new"),
        *(
            pl.when(~is_first).then(pl.col(name).shift(1)).alias(f"last_{name}")
            for name in (*legs, "at", "landed", "to_state")
        ),
    )
    place, key = pl.col("place"), pl.col("key")
    begin = pl.when("is_first").then(place).forward_fill()
    counted = placed.with_columns(
        (place - begin).alias("trips_before"),
        *(
            (key.search_sorted(key, "left").cast(pl.Int64) - key.search_sorted(key - days * _DAY, "left")).alias(
                f"trips_last_{days}_days"
            )
            for days in (30, 365)
        ),
        ((at - pl.col("last_at")).dt.total_minutes() / _DAY).alias("days_since_last_trip"),
        (pl.col("last_to_state") != pl.col("from_state")).alias("broken_travel"),
    )
    away = (at - pl.col("last_landed")).dt.total_minutes() / 60
    return counted.select(
        "trip", "trips_before", "trips_last_30_days", "trips_last_365_days", "days_since_last_trip", "last_from_port",
        "last_to_port", "broken_travel",
        pl.when(~pl.col("broken_travel") & (away >= 0)).then(away).alias("turnaround_hours"),
        pl.when(pl.col("trips_before") > 0).then("is_new").alias("route_new"),
    )  # fmt: skip


def document_facts(people: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return two frames: by named, at and document, whether it was switched and
    from one of another state; by document, the birth dates seen with it.

    Args:
        people: what `flat` gave, earlier ones included.
    """
    shown = (
        people.drop_nulls(["named", "document", "at"])
        .select("named", "at", "document", "document_issuer")
        .unique(["named", "at", "document"])
        .sort("named", "at", "document")
    )
    named, document, issuer = pl.col("named"), pl.col("document"), pl.col("document_issuer")
    is_later = named == named.shift(1)
    switched = is_later & (document != document.shift(1))
    seen = ~pl.struct("named", "document").is_first_distinct()
    switches = shown.select(
        "named", "at", "document",
        switched.fill_null(value=False).alias("document_switched"),
        (switched & seen).fill_null(value=False).alias("document_alternated"),
        pl.when(is_later).then(issuer != issuer.shift(1)).alias("document_of_another_state"),
    )  # fmt: skip
    births = (
        people.drop_nulls(["document", "birth_date"])
        .group_by("document")
        .agg(pl.col("birth_date").n_unique().cast(pl.Int64).alias("document_birth_dates"))
    )
    return switches, births


def seat_changes(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by trip, how often a later message of one type gave another seat than the one before it.

    Args:
        people: what `flat` gave, those to be judged only; their order is that in which the messages were read.
    """
    seated = people.filter(pl.col("trip").is_not_null() & (pl.col("seats").list.len() > 0))
    told = seated.select("row", "trip", "message_type", pl.col("seats").list.sort().list.join("/").alias("seat"))
    inside = [pl.col(name) == pl.col(name).shift(1) for name in ("trip", "message_type")]
    changed = pl.all_horizontal(*inside, pl.col("seat") != pl.col("seat").shift(1)).fill_null(value=False)
    each = told.sort("trip", "message_type", "row").with_columns(changed.alias("n"))
    of_type = each.group_by("trip", "message_type").agg(pl.col("n").sum())
    return of_type.group_by("trip").agg(pl.col("n").max().cast(pl.Int64).alias("seat_changes"))
