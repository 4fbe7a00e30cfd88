"""Travellers made flat: nested columns as plain ones, and the keys by which documents, bookings and flights are told.

Reach for `flat()` first; members, parties, sharing and journeys start from it.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ops_hub.papers import plain
from ops_hub.ports import distance_km, state_of
from ops_hub.targeting.members import called

ADULT = 18  # years
_TABLES = ("csv", "ndjson", "parquet")


def flat(travellers: pl.LazyFrame, *, now: bool, today: dt.date) -> pl.LazyFrame:
    """Return TRAVELLERS with the flat columns of FACTS, `now`, `at`, `landed` and the keys (hashes).

    `document`; `called`: the name; `booking`; `departure`: flight, day and port as far as they are known, and `flown`,
    the same where flight and day are. All but `departure` are null when unknown.

    Args:
        travellers: TRAVELLERS.
        now: whether these are what is to be judged, or earlier ones.
        today: day of departure where a record has none, for ages.
    """
    papers = _documents(travellers).with_columns(
        pl.coalesce("departs_at", "arrives_at").alias("at"),
        pl.coalesce("arrives_at", "departs_at").alias("landed"),
        pl.col("family_name").str.to_uppercase().str.strip_chars().alias("family"),
    )
    aged = papers.with_columns(
        age("birth_date", pl.col("at").dt.date().fill_null(today)),
        pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
        pl.lit(now).alias("now"),
        state_of(pl.col("from_port")).alias("from_state"),
        state_of(pl.col("to_port")).alias("to_state"),
        pl.when(pl.col("document_number").str.len_chars() > 0)
        .then(pl.struct("document_issuer", "document_number").hash())
        .alias("document"),
    )
    return aged.with_columns(
        called("family_name", "given_names", "full_name").alias("called"),
        pl.when(pl.col("booking_ref").is_not_null())
        .then(pl.struct(pl.col("carrier").fill_null(""), "booking_ref").hash())
        .alias("booking"),
        pl.struct("flight", pl.col("at").dt.date(), "from_port").hash().alias("departure"),
    ).with_columns(
        pl.when(pl.col("called").is_not_null()).then(pl.col("called").hash()).alias("called"),
        pl.when(pl.col("flight").is_not_null() & pl.col("at").is_not_null()).then("departure").alias("flown"),
    )


def age(birth_date: str, on: pl.Expr) -> pl.Expr:
    """Return whole years on a day, of birth dates as text; what is not told of a birth date is taken as late as can be."""
    born = pl.col(birth_date)
    month = pl.coalesce(born.str.slice(5, 2).cast(pl.Int64, strict=False), pl.lit(12))
    day = pl.coalesce(born.str.slice(8, 2).cast(pl.Int64, strict=False), pl.lit(31))
    before = (on.dt.month().cast(pl.Int64) * 100 + on.dt.day()) < month * 100 + day
    years = on.dt.year().cast(pl.Int64) - born.str.head(4).cast(pl.Int64, strict=False) - before.cast(pl.Int64)
    return pl.when(years >= 0).then(years).alias("age")


def _documents(travellers: pl.LazyFrame) -> pl.LazyFrame:
    papers = pl.col("documents")
    each = pl.element().struct
    passports = papers.list.filter(each.field("type").str.starts_with("P"))
    first = pl.coalesce(passports.list.first(), papers.list.first())
    number = plain(first.struct.field("number"))
    return travellers.with_columns(
        first.struct.field("type").alias("document_type"),
        number.alias("document_number"),
        first.struct.field("issuer").alias("document_issuer"),
        first.struct.field("expires").alias("document_expires"),
        first.struct.field("issued").alias("document_issued"),
        first.struct.field("verified").alias("document_verified"),
        papers.list.eval(each.field("type")).alias("document_types"),
        papers.list.eval(each.field("number")).alias("document_numbers"),
    )


def plain_facts() -> list[pl.Expr]:
    """Return the facts that need nothing but the record itself, over what `flat` gives."""
    contacts, legs, payments = pl.col("contacts"), pl.col("legs"), pl.col("payments")
    each = pl.element().struct
    on = pl.col("at").dt.date()
    first, last = (
        leg.struct.field(port) for leg, port in ((legs.list.first(), "from_port"), (legs.list.last(), "to_port"))
    )
    # the legs of a PAXLST are the flight's; those of a table are the booking's where it says when it was made
    kind = pl.col("message_type")
    of_booking = (kind == "pnrgov") | (kind.is_in(_TABLES) & pl.col("booked_at").is_not_null())
    is_itinerary = of_booking & (legs.list.len() > 0)
    return [
        *(
            _contacts(contacts, kind).alias(name)
            for kind, name in (("phone", "phones"), ("email", "emails"), ("address", "addresses"))
        ),
        payments.list.eval(each.field("kind")).alias("payment_kinds"),
        payments.list.eval(each.field("kind").str.contains("(?i)^(CA|CASH)$")).list.any().alias("paid_cash"),
        pl.col("role").is_in(["crew", "transit-crew"]).fill_null(value=False).alias("is_crew"),
        legs.list.len().cast(pl.Int64).alias("legs_count"),
        pl.concat_list(
            legs.list.eval(each.field("from_port")), legs.list.eval(each.field("to_port")).list.tail(1)
        ).alias("leg_ports"),
        distance_km(pl.col("from_port"), pl.col("to_port")).alias("distance_km"),
        pl.when(is_itinerary).then(state_of(first) != state_of(last)).alias("one_way"),
        pl.when(is_itinerary).then(first == last).alias("round_trip"),
        (on - pl.col("document_issued")).dt.total_days().alias("document_age_days"),
        (pl.col("document_expires") - on).dt.total_days().alias("document_left_days"),
        (pl.col("document_issuer") != pl.col("nationality")).alias("issuer_differs"),
        ((pl.col("departs_at") - pl.col("booked_at")).dt.total_minutes() / 60).alias("hours_booking_to_departure"),
    ]


def detours(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by row, how much longer all legs are than the direct way, for journeys of several legs to another port."""
    legs, ports = pl.col("legs"), (pl.col("from_port"), pl.col("to_port"))
    ends = [legs.list.first().struct.field("from_port"), legs.list.last().struct.field("to_port")]
    far = (
        people.filter(legs.list.len() > 1).select("row", "legs", direct=distance_km(*ends)).filter(pl.col("direct") > 0)
    )
    each = (
        far.explode("legs", empty_as_null=False)
        .select("row", "direct", pl.col("legs").struct.unnest())
        .with_columns(distance_km(*ports).alias("flown"))
    )
    flown = each.group_by("row").agg(
        pl.col("flown").sum(), pl.col("flown").null_count().alias("unknown"), pl.col("direct").first()
    )
    return flown.filter(pl.col("unknown") == 0).select("row", (pl.col("flown") / pl.col("direct")).alias("detour"))


def _contacts(contacts: pl.Expr, kind: str) -> pl.Expr:
    each = pl.element().struct
    values = contacts.list.eval(each.field("value").filter(each.field("kind") == kind))
    if kind == "phone":
        return values.list.eval(pl.element().str.replace_all("[^0-9]", "").str.strip_chars_start("0"))
    return values.list.eval(pl.element().str.to_lowercase()) if kind == "email" else values
