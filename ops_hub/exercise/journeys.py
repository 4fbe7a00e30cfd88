"""Who is booked on what: three small frames, put together into travellers as a feed has them.

Reach for `Travel` to say who travels and `travellers()` to get the rows. A row is one person on one flight, with the
whole booking beside. Inventing people and their plans is left to `ordinary` and `scenarios`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import polars as pl

from ops_hub.exercise.timetable import CARRIERS, CODES, DAY, Legs, flight_numbers
from ops_hub.ports import distance_km

_TELL_ISSUE = ("BW", "JM", "DL")  # carriers that send the day of issue, which most do not
_BASE = "0123456789ABCDEFGHJKLMNPQRSTUVWX"

BEARERS: dict[str, Any] = {
    "bearer": pl.Int64,  # a person with one document: who shows two in turn stands here twice
    "person": pl.Int64, "family_name": pl.String, "given_names": pl.String, "birth_date": pl.String, "sex": pl.String,
    "nationality": pl.String, "document_issuer": pl.String, "document_number": pl.String,
    "document_issued": pl.Date, "document_expires": pl.Date,
}  # fmt: skip
BOOKINGS: dict[str, Any] = {
    "booking": pl.Int64,
    "booked": pl.Int64,  # minutes after midnight of day 0
    "agency": pl.String,
    "paid": pl.String,  # CA cash, CC VI card, INV invoice
    "card": pl.Int64,  # which card of all; null where none was used
    "phone": pl.String, "email": pl.String,
}  # fmt: skip
LEGS: dict[str, Any] = {
    "booking": pl.Int64, "origin": pl.Int64, "target": pl.Int64, "departs": pl.Int64, "arrives": pl.Int64,
}  # fmt: skip
MEMBERS: dict[str, Any] = {"booking": pl.Int64, "bearer": pl.Int64, "bags": pl.Int64}


@dataclass(frozen=True)
class Travel:
    """Frames of the columns above; `bearer` and `booking` number their rows from 0 on."""

    bearers: pl.DataFrame
    bookings: pl.DataFrame
    legs: pl.DataFrame
    members: pl.DataFrame


def legs_frame(legs: Legs, bookings: pl.Series) -> pl.DataFrame:
    """Return flights as LEGS; `bookings` says which booking each trip of `legs` belongs to."""
    times = {name: getattr(legs, name) for name in ("origin", "target", "departs", "arrives")}
    return pl.DataFrame({"booking": bookings.gather(legs.trip), **times}, schema=LEGS)


def together(parts: Sequence[Travel]) -> Travel:
    """Return several parts as one, numbered on."""
    frames, bearer, booking, person = [], 0, 0, 0
    for part in parts:
        frames.append(
            {
                "bearers": part.bearers.with_columns(pl.col("bearer") + bearer, pl.col("person") + person),
                "bookings": part.bookings.with_columns(pl.col("booking") + booking),
                "legs": part.legs.with_columns(pl.col("booking") + booking),
                "members": part.members.with_columns(pl.col("booking") + booking, pl.col("bearer") + bearer),
            }
        )
        bearer, booking = bearer + part.bearers.height, booking + part.bookings.height
        person += part.bearers.height  # at least as many as there are persons
    return Travel(**{name: pl.concat([each[name] for each in frames]) for name in frames[0]})


def card_number(card: int) -> str:
    """Return an invented card number: its first digits are of no issuer."""
    return f"0000{card:012d}"


def travellers(travel: Travel, first: date, days: int) -> pl.DataFrame:
    """Return a row for each person on each flight that leaves on one of the days, in the order of departure.

    Columns are those of TRAVELLERS, flat, and `bearer` and `card_number` beside.

    Args:
        travel: who is booked on what.
        first: day 0.
        days: how many days from then on.
    """
    legs = _flights(travel.legs, first)
    itinerary = legs.group_by("booking", maintain_order=True).agg(
        pl.struct("flight", "from_port", "to_port", "departs_at", "arrives_at").alias("legs"), _fare()
    )
    rows = (
        legs.filter(pl.col("departs").is_between(0, days * DAY, closed="left"))
        .join(travel.members, on="booking", maintain_order="left_right")
        .sort("departs", "flight", "booking", "bearer")
        .join(itinerary, on="booking", how="left", maintain_order="left")
        .join(_bookings(travel.bookings, first), on="booking", how="left", maintain_order="left")
        .join(travel.bearers, on="bearer", how="left", maintain_order="left")
    )
    return rows.select(
        pl.format("E{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)).alias("record_id"),
        pl.lit("passenger").alias("role"),
        "family_name", "given_names", "birth_date", "sex", "nationality", pl.lit("P").alias("document_type"),
        "document_number", "document_issuer", "document_expires",
        pl.when(pl.col("carrier").is_in(_TELL_ISSUE)).then("document_issued").alias("document_issued"), "carrier", "flight",
        "from_port", "to_port", "departs_at", "arrives_at", "legs", "booking_ref", "bags", "phone", "email", "payments",
        "agency", "booked_at", "bearer", "card_number", "fare",
    )  # fmt: skip


def _fare() -> pl.Expr:
    """Return what a seat on all legs of a booking costs: by distance, some bookings dearer than others."""
    km = distance_km(pl.col("from_port"), pl.col("to_port"))
    dear = 0.8 + 0.01 * (pl.col("booking").first() * 7919 % 61)
    whole = ((50 + 0.11 * km).sum() * dear).round().cast(pl.Int64)
    return pl.format("{}.00 USD", whole).alias("fare")


def _moment(name: str, first: date) -> pl.Expr:
    return pl.lit(first).cast(pl.Datetime("us")) + pl.duration(minutes=pl.col(name))


def _flights(legs: pl.DataFrame, first: date) -> pl.DataFrame:
    ordered = legs.sort("booking", "departs")
    carrier, number = flight_numbers(*(ordered[name].to_numpy() for name in ("origin", "target", "departs")))
    codes = pl.Series(CODES, dtype=pl.String)
    carriers = pl.Series(CARRIERS, dtype=pl.String).gather(carrier)
    return ordered.with_columns(
        carriers.alias("carrier"),
        (carriers + pl.Series(number).cast(pl.String)).alias("flight"),
        codes.gather(ordered["origin"]).alias("from_port"),
        codes.gather(ordered["target"]).alias("to_port"),
        _moment("departs", first).alias("departs_at"),
        _moment("arrives", first).alias("arrives_at"),
    )


def _bookings(bookings: pl.DataFrame, first: date) -> pl.DataFrame:
    """Return locator, payments and contacts of each booking."""
    code = bookings["booking"].to_numpy() * 7_368_787 % 32**6
    signs = pl.Series(list(_BASE))
    locator = pl.concat_str([pl.Series(signs.gather(code // 32**k % 32)) for k in range(6)])
    cards = bookings["card"].drop_nulls().unique().sort()
    tokens = pl.DataFrame(
        {
            "card": cards,
            "card_number": [card_number(card) for card in cards],
            "token": [
                blake2b(card_number(card).encode(), key=b"exercise", digest_size=12).hexdigest() for card in cards
            ],  # fmt: skip
        },
        schema={"card": pl.Int64, "card_number": pl.String, "token": pl.String},
    )
    known = bookings.join(tokens, on="card", how="left", maintain_order="left")
    return known.select(
        "booking",
        locator.alias("booking_ref"),
        "card_number",
        pl.concat_list(pl.struct(pl.col("paid").alias("kind"), "token")).alias("payments"),
        "phone",
        "email",
        "agency",
        _moment("booked", first).dt.truncate("1m").alias("booked_at"),
    )
